"""A definition is read as it stands, its sloppiness is tolerated by name, and nothing else gets through."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.model import DataType, InvalidDefinition, ObjectDefinition, ResourceDefinition, load_ddf
from conformance.model.ddf import MAX_FILE_BYTES

if TYPE_CHECKING:
    from .conftest import DefinitionFolder


def only(path: Path) -> ObjectDefinition:
    (definition,) = load_ddf(path)
    return definition


def test_a_definition_is_read_as_it_stands(folder: DefinitionFolder) -> None:
    assert only(folder.tank()) == ObjectDefinition(
        id=33000,
        name="Tank",
        version="1.1",
        lwm2m_version="1.1",
        multiple=True,
        mandatory=False,
        urn="urn:oma:lwm2m:x:33000:1.1",
        description="A tank",
        resources={
            5: ResourceDefinition(
                id=5,
                name="Level",
                operations=frozenset("R"),
                multiple=False,
                mandatory=True,
                type=DataType.INTEGER,
                range="0..100",
                units="%",
                description="How full the tank is",
            )
        },
    )


def test_a_file_may_define_several_objects(folder: DefinitionFolder) -> None:
    text = folder.tank().read_text()
    second = text.replace("33000", "33001").replace("<LWM2M>", "")
    path = folder.write(text.replace("</LWM2M>", second))
    assert [definition.id for definition in load_ddf(path)] == [33000, 33001]


@pytest.mark.parametrize("written", ["", "R", "W", "RW", "E"])
def test_operations_are_single_letters(folder: DefinitionFolder, written: str) -> None:
    path = folder.tank(("<Operations>R<", f"<Operations>{written}<"))
    assert only(path).resources[5].operations == frozenset(written)


@pytest.mark.parametrize("written", list(DataType))
def test_every_data_type_of_the_schema_is_known(folder: DefinitionFolder, written: DataType) -> None:
    path = folder.tank(("<Type>Integer<", f"<Type>{written}<"))
    assert only(path).resources[5].type is written


@pytest.mark.parametrize(
    ("removed", "urn"),
    [
        ("<ObjectVersion>1.1</ObjectVersion>", "urn:oma:lwm2m:x:33000"),
        ("<ObjectVersion>1.1</ObjectVersion>", "urn:oma:lwm2m:x:33000:1.0"),
    ],
)
@pytest.mark.parametrize("left", ["", "<ObjectVersion/>"])
def test_tolerance_version_left_out(folder: DefinitionFolder, removed: str, urn: str, left: str) -> None:
    path = folder.tank((removed, left), ("urn:oma:lwm2m:x:33000:1.1", urn))
    assert only(path).version == "1.0"


def test_tolerance_enabler_version_left_out(folder: DefinitionFolder) -> None:
    path = folder.tank(("<LWM2MVersion>1.1</LWM2MVersion>", ""))
    assert only(path).lwm2m_version == "1.0"


def test_tolerance_text_left_out(folder: DefinitionFolder) -> None:
    path = folder.tank(
        ("<RangeEnumeration>0..100</RangeEnumeration>", ""),
        ("<Units>%</Units>", ""),
        ("<Description>How full the tank is</Description>", ""),
        ("<Description1>A tank</Description1>", ""),
        ("<Description2></Description2>", ""),
    )
    definition = only(path)
    level = definition.resources[5]
    assert (level.range, level.units, level.description, definition.description) == ("", "", "", "")


def test_tolerance_any_order(folder: DefinitionFolder) -> None:
    level = "<Name>Level</Name>\n  <Operations>R</Operations>"
    path = folder.tank((level, "<Operations>R</Operations><Vendor>ACME</Vendor><Name>Level</Name>"))
    assert only(path).resources[5].name == "Level"


def test_tolerance_white_space(folder: DefinitionFolder) -> None:
    path = folder.tank(
        ("<ObjectID>33000<", "<ObjectID>\n 33000\t<"),
        ("<Name>Level<", "<Name>  Fill \n level <"),
        ("<Type>Integer<", "<Type> Unsigned  Integer <"),
        ('ID="5"', 'ID=" 5 "'),
    )
    level = only(path).resources[5]
    assert (level.name, level.type) == ("Fill level", DataType.UNSIGNED_INTEGER)


def test_tolerance_typed_execute(folder: DefinitionFolder) -> None:
    path = folder.tank(("<Operations>R<", "<Operations>E<"))
    assert only(path).resources[5].type is DataType.INTEGER


def test_tolerance_untyped_value(folder: DefinitionFolder) -> None:
    path = folder.tank(("<Type>Integer</Type>", "<Type/>"))
    assert only(path).resources[5].type is DataType.NONE


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("<LWM2M>", "<LWM2N>", 25, "no well-formed XML: mismatched tag"),
        ('ObjectType="MODefinition"', 'ObjectType="CommonResources"', 2, "ObjectType is 'CommonResources'"),
        ('ObjectType="MODefinition"', "", 2, "ObjectType is None, expected 'MODefinition'"),
        ("<Name>Tank</Name>", "<Name> </Name>", 3, "object 33000: Name is empty"),
        ("<Name>Tank</Name>", "", 2, "object 33000: has no <Name>, expected one"),
        ("<Name>Tank</Name>", "<Name>Tank</Name><Name/>", 3, "has more than one <Name>"),
        ("<Name>Tank</Name>", "<Name><b>Tank</b></Name>", 3, "<Name> holds <b>, expected text"),
        ("<ObjectID>33000", "<ObjectID>65535", 5, "ObjectID is '65535', expected a number from 0 to 65534"),
        ("<ObjectID>33000", "<ObjectID>-1", 5, "ObjectID is '-1'"),
        ("<ObjectID>33000", "<ObjectID>" + "9" * 5000, 5, "ObjectID is '9999"),
        ("<ObjectID>33000", "<ObjectID>٣", 5, "ObjectID is '٣'"),
        ("33000:1.1", "33001:1.1", 6, "ObjectURN is 'urn:oma:lwm2m:x:33001:1.1', expected urn:oma:lwm2m:"),
        ("33000:1.1", "33000:1.2", 6, "object 33000: ObjectURN is"),
        ("33000:1.1", "33000", 6, "expected urn:oma:lwm2m:{oma,ext,x}:33000:1.1"),
        ("<LWM2MVersion>1.1", "<LWM2MVersion>one", 7, "LWM2MVersion is 'one', expected digits like 1.0"),
        ("<ObjectVersion>1.1", "<ObjectVersion>1", 8, "ObjectVersion is '1'"),
        (">Multiple<", ">Many<", 9, "MultipleInstances is 'Many', expected one of: Single, Multiple"),
        (">Optional<", ">true<", 10, "Mandatory is 'true', expected one of: Optional, Mandatory"),
        ('<Item ID="5">', "<Item>", 12, "object 33000: <Item> has no attribute ID"),
        ('<Item ID="5">', '<Item ID="70000">', 12, "ID of an <Item> is '70000'"),
        (">R<", ">RWX<", 14, "resource 5: Operations is 'RWX', expected one of: nothing, R, W, RW, E"),
        (">Integer<", ">int32<", 17, "object 33000, resource 5: Type is 'int32', expected one of: String"),
        ("  <Type>Integer</Type>\n", "", 12, "object 33000, resource 5: has no <Type>"),
        ("</Item>", '</Item><Item ID="5"/>', 21, "object 33000, resource 5: has no <Name>"),
    ],
)
def test_a_fault_is_told_with_its_place(
    folder: DefinitionFolder, old: str, new: str, line: int, reason: str
) -> None:
    path = folder.tank((old, new))
    with pytest.raises(InvalidDefinition) as caught:
        load_ddf(path)
    assert caught.value.file == path
    assert caught.value.line == line
    assert reason in caught.value.reason
    assert str(caught.value) == f"{path}:{line}: {caught.value.reason}"


def test_a_resource_is_defined_once(folder: DefinitionFolder) -> None:
    text = folder.tank().read_text()
    item = text[text.index("<Item") : text.index("</Item>") + len("</Item>")]
    with pytest.raises(InvalidDefinition, match=r":21: object 33000: resource 5 is defined twice$"):
        load_ddf(folder.write(text.replace(item, item + item)))


def test_an_object_has_a_resource(folder: DefinitionFolder) -> None:
    text = folder.tank().read_text()
    item = text[text.index("<Item") : text.index("</Item>") + len("</Item>")]
    with pytest.raises(InvalidDefinition, match=r":11: object 33000: <Resources> holds no <Item>$"):
        load_ddf(folder.write(text.replace(item, "")))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no element found"),
        ("<units/>", "root element is <units>, expected <LWM2M>"),
        ("<LWM2M/>", "<LWM2M> holds no <Object>"),
        ("not XML", "no well-formed XML"),
        (b"\x00\xff\xfe\x01", "no well-formed XML"),
        (b"<LWM2M>\xff</LWM2M>", "not well-formed"),
        (b'<?xml version="1.0" encoding="utf-99"?><LWM2M/>', "encoding"),
        (b'<?xml version="1.0" encoding="shift_jis"?><LWM2M/>', "encoding"),
        ("<a>" * 100_000, "more than 32 deep"),
        ("<LWM2M>&lol;</LWM2M>", "undefined entity"),
        ("x" * (MAX_FILE_BYTES + 1), "is larger than 1048576 bytes"),
    ],
)
def test_what_is_no_definition_is_refused(
    folder: DefinitionFolder, content: str | bytes, reason: str
) -> None:
    path = folder.write(content)
    with pytest.raises(InvalidDefinition) as caught:
        load_ddf(path)
    assert reason in caught.value.reason
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "declarations",
    [
        '<!DOCTYPE LWM2M [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE LWM2M [<!ENTITY passwords SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE LWM2M [<!ENTITY % more SYSTEM "http://127.0.0.1:9/x.dtd"> %more;]>',
        '<!DOCTYPE LWM2M SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_a_file_brings_no_entities(folder: DefinitionFolder, declarations: str) -> None:
    path = folder.write(f"<?xml version='1.0'?>\n{declarations}\n{folder.tank().read_text()}")
    with pytest.raises(InvalidDefinition, match="has a document type or entity declaration") as caught:
        load_ddf(path)
    assert caught.value.line in {1, 2}


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match=r"gone\.xml: does not exist"):
        load_ddf(tmp_path / "gone.xml")


def test_a_folder_is_no_definition(tmp_path: Path) -> None:
    with pytest.raises(InvalidDefinition, match="is a folder or special file"):
        load_ddf(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.xml")
    with pytest.raises(InvalidDefinition, match="is a folder or special file"):
        load_ddf(tmp_path / "pipe.xml")


@settings(
    max_examples=200,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_damage_raises_anything_else(folder: DefinitionFolder, data: st.DataObject) -> None:
    content = bytearray(folder.tank().read_bytes())
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 60)))
    content[start:end] = data.draw(st.binary(max_size=20) | st.text(max_size=10).map(str.encode))
    try:
        definitions = load_ddf(folder.write(bytes(content)))
    except InvalidDefinition as error:
        assert error.reason  # noqa: PT017
    else:
        assert definitions[0].resources
