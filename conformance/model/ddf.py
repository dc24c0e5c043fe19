"""Reading OMA DDF XML, the form in which LwM2M objects are published (LwM2M Core 1.2 Appendix F).

Vendors' files are untrusted: whatever is wrong with one comes out as one InvalidDefinition. They are read as
OMA's schema LWM2M-v1_1.xsd says, apart from these tolerances, which the OMA registry needs or which do no
harm:

- *version-left-out*: LWM2MVersion or ObjectVersion absent or empty means 1.0;
- *text-left-out*: an absent RangeEnumeration, Units, Description or Description1 means an empty one;
- *any-order*: elements may stand in any order, elements unknown to the schema are passed over;
- *white-space*: is trimmed around values and folded inside names, ranges, units and descriptions;
- *typed-execute*: an Execute resource may carry a type, which is kept;
- *untyped-value*: a resource with a value may lack a type, which leaves its type unknown (DataType.NONE).
"""

import re
from pathlib import Path
from types import MappingProxyType

from conformance.model.definitions import VERSION, DataType, ObjectDefinition, ResourceDefinition
from conformance.model.xml_tree import Node, XmlError, parse

MAX_FILE_BYTES = 1 << 20
"""Largest file that is read; the largest object of the OMA registry has some 34 kB."""

MAX_ID = 65535
"""Reserved in every kind of identifier (LwM2M Core 1.2 §7.3)."""

_OPERATIONS = ("", "R", "W", "RW", "E")
_URN = re.compile(
    r"urn:oma:lwm2m:(?:oma|ext|x)(?::[^:\s]+)*?:([0-9]{1,5})(?::([0-9]{1,5}\.[0-9]{1,5}))?", re.IGNORECASE
)


class InvalidDefinition(ValueError):  # noqa: N818 - said as the user says it
    """A file that is no object definition; `line` counts from 1, None where the whole file is at fault."""

    def __init__(self, file: Path, line: int | None, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}" if line else f"{file}: {reason}")
        self.file = file
        self.line = line
        self.reason = reason


class InvalidDefinitions(ValueError):  # noqa: N818 - several of the above
    """Every fault of a folder of definitions, one a line, in `errors`."""

    def __init__(self, errors: tuple[InvalidDefinition, ...]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


def load_ddf(path: Path) -> tuple[ObjectDefinition, ...]:
    """The object definitions of one DDF file, at least one.

    Raises InvalidDefinition for whatever is wrong with the file: not there, too big, no XML, no DDF.
    """
    try:
        root = parse(_read(path))
        if root.tag != "LWM2M":
            raise XmlError(root.line, f"root element is <{root.tag}>, expected <LWM2M>: no object definition")
        objects = root.all("Object")
        if not objects:
            raise XmlError(root.line, "<LWM2M> holds no <Object>")
        return tuple(_object(node) for node in objects)
    except XmlError as error:
        raise InvalidDefinition(path, error.line, error.reason) from error


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise XmlError(None, "is a folder or special file" if path.exists() else "does not exist")
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise XmlError(None, f"cannot be read: {error.strerror}") from error
    if len(data) > MAX_FILE_BYTES:
        raise XmlError(None, f"is larger than {MAX_FILE_BYTES} bytes")
    return data


def _object(node: Node) -> ObjectDefinition:
    kind = node.attributes.get("ObjectType")
    if kind != "MODefinition":
        raise XmlError(node.line, f"ObjectType is {kind!r}, expected 'MODefinition'")
    identifier = _identifier(_text(node, "ObjectID"), "ObjectID", _one(node, "ObjectID").line)
    subject = f"object {identifier}"
    version = _version(node, "ObjectVersion", subject)
    resources: dict[int, ResourceDefinition] = {}
    items = _one(node, "Resources", subject).all("Item")
    if not items:
        raise XmlError(_one(node, "Resources").line, f"{subject}: <Resources> holds no <Item>")
    for item in items:
        resource = _resource(item, subject)
        if resource.id in resources:
            raise XmlError(item.line, f"{subject}: resource {resource.id} is defined twice")
        resources[resource.id] = resource
    return ObjectDefinition(
        id=identifier,
        name=_name(node, subject),
        version=version,
        lwm2m_version=_version(node, "LWM2MVersion", subject),
        multiple=_choice(node, "MultipleInstances", ("Single", "Multiple"), subject) == "Multiple",
        mandatory=_choice(node, "Mandatory", ("Optional", "Mandatory"), subject) == "Mandatory",
        urn=_urn(node, identifier, version),
        resources=MappingProxyType(dict(sorted(resources.items()))),
        description=_text(node, "Description1", subject, default=""),
    )


def _resource(item: Node, owner: str) -> ResourceDefinition:
    if "ID" not in item.attributes:
        raise XmlError(item.line, f"{owner}: <Item> has no attribute ID")
    identifier = _identifier(item.attributes["ID"].strip(), f"{owner}: ID of an <Item>", item.line)
    subject = f"{owner}, resource {identifier}"
    return ResourceDefinition(
        id=identifier,
        name=_name(item, subject),
        operations=frozenset(_choice(item, "Operations", _OPERATIONS, subject)),
        multiple=_choice(item, "MultipleInstances", ("Single", "Multiple"), subject) == "Multiple",
        mandatory=_choice(item, "Mandatory", ("Optional", "Mandatory"), subject) == "Mandatory",
        type=DataType(_choice(item, "Type", tuple(DataType), subject)),
        range=_text(item, "RangeEnumeration", subject, default=""),
        units=_text(item, "Units", subject, default=""),
        description=_text(item, "Description", subject, default=""),
    )


def _one(node: Node, tag: str, subject: str = "") -> Node:
    found = node.all(tag)
    if len(found) != 1:
        count = "no" if not found else "more than one"
        line = found[1].line if found else node.line
        raise XmlError(line, f"{subject or f'<{node.tag}>'}: has {count} <{tag}>, expected one")
    return found[0]


def _text(node: Node, tag: str, subject: str = "", *, default: str | None = None) -> str:
    if default is not None and not node.all(tag):
        return default
    element = _one(node, tag, subject)
    if element.children:
        child = element.children[0]
        raise XmlError(
            child.line, f"{subject or f'<{node.tag}>'}: <{tag}> holds <{child.tag}>, expected text"
        )
    return " ".join(element.text.split())


def _choice(node: Node, tag: str, choices: tuple[str, ...], subject: str) -> str:
    value = _text(node, tag, subject)
    if value not in choices:
        expected = ", ".join(choice or "nothing" for choice in choices)
        raise XmlError(
            _one(node, tag).line, f"{subject}: {tag} is {_short(value)}, expected one of: {expected}"
        )
    return value


def _name(node: Node, subject: str) -> str:
    name = _text(node, "Name", subject)
    if not name:
        raise XmlError(_one(node, "Name").line, f"{subject}: Name is empty")
    return name


def _version(node: Node, tag: str, subject: str) -> str:
    version = _text(node, tag, subject, default="") or "1.0"
    if not VERSION.fullmatch(version):
        line = _one(node, tag).line
        raise XmlError(line, f"{subject}: {tag} is {_short(version)}, expected digits like 1.0")
    return version


def _urn(node: Node, identifier: int, version: str) -> str:
    subject = f"object {identifier}"
    urn = _text(node, "ObjectURN", subject)
    match = _URN.fullmatch(urn)
    if match is None or int(match[1]) != identifier or (match[2] or "1.0") != version:
        wanted = f"urn:oma:lwm2m:{{oma,ext,x}}:{identifier}" + ("" if version == "1.0" else f":{version}")
        raise XmlError(
            _one(node, "ObjectURN").line, f"{subject}: ObjectURN is {_short(urn)}, expected {wanted}"
        )
    return urn


def _identifier(text: str, what: str, line: int) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) >= MAX_ID:
        raise XmlError(line, f"{what} is {_short(text)}, expected a number from 0 to {MAX_ID - 1}")
    return int(text)


def _short(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "…")
