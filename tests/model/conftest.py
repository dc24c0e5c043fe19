"""A folder of object definition files, as small as they can be."""

from pathlib import Path

import pytest

TANK = """<LWM2M>
<Object ObjectType="MODefinition">
<Name>Tank</Name>
<Description1>A tank</Description1>
<ObjectID>33000</ObjectID>
<ObjectURN>urn:oma:lwm2m:x:33000:1.1</ObjectURN>
<LWM2MVersion>1.1</LWM2MVersion>
<ObjectVersion>1.1</ObjectVersion>
<MultipleInstances>Multiple</MultipleInstances>
<Mandatory>Optional</Mandatory>
<Resources>
<Item ID="5">
  <Name>Level</Name>
  <Operations>R</Operations>
  <MultipleInstances>Single</MultipleInstances>
  <Mandatory>Mandatory</Mandatory>
  <Type>Integer</Type>
  <RangeEnumeration>0..100</RangeEnumeration>
  <Units>%</Units>
  <Description>How full the tank is</Description>
</Item>
</Resources>
<Description2></Description2>
</Object>
</LWM2M>
"""


class DefinitionFolder:
    """Writes definitions of one object, the tank, in version 1.1 unless changed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, content: str | bytes, name: str = "33000.xml") -> Path:
        file = self.path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return file

    def tank(self, *changes: tuple[str, str], name: str = "33000.xml") -> Path:
        """The tank with the first occurrence of each first string replaced by the second."""
        text = TANK
        for old, new in changes:
            assert old in text, f"{old!r} does not occur in the definition"
            text = text.replace(old, new, 1)
        return self.write(text, name)

    def tank_version(self, version: str, name: str = "33000.xml", enabler: str = "1.1") -> Path:
        return self.tank(
            ("33000:1.1", f"33000:{version}"),
            ("<ObjectVersion>1.1", f"<ObjectVersion>{version}"),
            ("<LWM2MVersion>1.1", f"<LWM2MVersion>{enabler}"),
            name=name,
        )


@pytest.fixture
def folder(tmp_path: Path) -> DefinitionFolder:
    return DefinitionFolder(tmp_path)
