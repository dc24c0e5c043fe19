"""SUT profile: one TOML file that says what is tested, how it is started, and what it claims."""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from conformance.sut import placeholders
from conformance.sut.credential_check import TOGETHER, problem_of
from conformance.sut.ics import Ics, IcsValue, UnknownIcsItemError, did_you_mean, items
from conformance.sut.ixit import Ixit, keys
from conformance.sut.rest_templates import Rest

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=False)
_Text = Annotated[str, Field(min_length=1)]
_Positive = Annotated[float, Field(gt=0)]


class ProfileError(ValueError):
    """A profile that cannot be used; ``str()`` is one line: file, key, what was found, what was expected."""

    def __init__(self, file: Path, key: str, found: str, expected: str = "") -> None:
        self.file, self.key, self.found, self.expected = file, key, found, expected
        where = f"{file}: {key}" if key else str(file)
        line = f"{where}: {found}" + (f", expected {expected}" if expected else "")
        super().__init__(" ".join(line.split()))


class Sut(BaseModel):
    """``[sut]``: what is tested."""

    model_config = _STRICT

    name: _Text
    role: Literal["device", "server", "bootstrap-server"]
    lwm2m: Annotated[list[Literal["1.0", "1.1", "1.2"]], Field(min_length=1)]
    prefer: Literal["1.0", "1.1", "1.2"] | None = None
    version: str | None = None

    @property
    def versions(self) -> list[str]:
        """Every version that it speaks: the preferred one first, then newest first."""
        newest_first: list[str] = sorted(set(self.lwm2m), reverse=True)
        return sorted(newest_first, key=lambda version: version != self.prefer)


class AdapterSettings(BaseModel):
    """``[adapter]``: how the SUT is started, stopped, reset and triggered."""

    model_config = _STRICT

    kind: Literal["command", "docker", "attach", "manual"]
    start: list[str] = Field(default_factory=list)
    stop: Literal["close-stdin", "sigterm", "sigkill"] | None = None
    control: Literal["none", "json-lines", "rest"] = "none"
    isolation: Literal["process", "reset", "none"] | None = None
    instances: Annotated[int, Field(ge=1)] | None = None
    cwd: _Text | None = None
    image: _Text | None = None
    env: dict[str, str] = Field(default_factory=dict)
    options: dict[str, list[str]] = Field(default_factory=dict, alias="with")
    reset_with: list[str] = Field(default_factory=list)
    let: dict[str, str] = Field(default_factory=dict)
    rest: Rest | None = None
    ready_time: _Positive = 15.0
    stop_time: _Positive = 5.0
    verb_time: _Positive = 10.0

    @property
    def ours(self) -> bool:
        """Whether the suite itself starts and ends the SUT."""
        return self.kind in ("command", "docker")


class _File(BaseModel):
    model_config = _STRICT

    sut: Sut
    adapter: AdapterSettings
    ics: dict[str, Any] = Field(default_factory=dict)
    ixit: Ixit = Field(default_factory=Ixit)


def slug_of(name: str) -> str:
    """The name of a SUT, fit for a folder."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "sut"


@dataclass(frozen=True)
class Profile:
    """A profile that was read and found right."""

    path: Path
    sha256: str
    sut: Sut
    adapter: AdapterSettings
    claims: Mapping[str, IcsValue]
    ixit: Ixit

    @property
    def slug(self) -> str:
        """The name of the SUT, fit for a folder."""
        return slug_of(self.sut.name)

    @property
    def isolation(self) -> Literal["process", "reset", "none"]:
        """How one case is kept from the next."""
        return self.adapter.isolation or ("process" if self.adapter.ours else "none")

    @property
    def held(self) -> frozenset[str]:
        """The modes for which the IXIT tells of credentials that the SUT has without being given any."""
        if self.adapter.ours:
            return frozenset()
        return frozenset(mode for mode, names in TOGETHER.items() if all(map(self.ixit.has, names)))

    @property
    def patience(self) -> float:
        """Seconds that a device has for its first Register: one that the suite did not start comes back by
        itself with its next Update at the latest."""
        ixit = self.ixit
        return ixit.reaction_time if self.adapter.ours else ixit.lifetime + ixit.reaction_time

    @property
    def always(self) -> frozenset[str]:
        """The blocks of [adapter.with] without arguments: the SUT runs so however it is started."""
        return frozenset(name for name, arguments in self.adapter.options.items() if not arguments)

    @property
    def stop(self) -> Literal["close-stdin", "sigterm", "sigkill"]:
        """How the SUT is asked to end."""
        return self.adapter.stop or ("close-stdin" if self.adapter.control == "json-lines" else "sigterm")

    @property
    def instances(self) -> int | None:
        """How many SUTs may run at once; None: no limit of its own."""
        return self.adapter.instances or (None if self.adapter.ours else 1)

    @property
    def cwd(self) -> Path:
        """The folder in which the SUT runs: the profile's own unless it names another."""
        folder = self.path.parent
        return folder / self.adapter.cwd if self.adapter.cwd else folder

    def ics(self, lwm2m: str | None = None) -> Ics:
        """The ICS for one LwM2M version that the SUT speaks (default: the preferred one)."""
        return Ics(self.sut.role, lwm2m or self.sut.versions[0], self.claims)


def load_profile(path: Path | str) -> Profile:
    """Read a SUT profile; raises ProfileError for whatever is wrong with it."""
    path = Path(path)
    raw = _read(path)
    try:
        tables = tomllib.loads(raw.decode())
    except UnicodeDecodeError as error:
        raise ProfileError(path, "", f"byte {error.start} is not UTF-8", "a TOML file") from None
    except (ValueError, RecursionError) as error:
        raise ProfileError(path, "", f"not TOML: {error}") from None
    try:
        file = _File.model_validate(tables, context={"folder": path.parent})
    except ValidationError as error:
        _refuse(path, error)
    if file.sut.prefer is not None and file.sut.prefer not in file.sut.lwm2m:
        expected = "one of sut.lwm2m: " + ", ".join(file.sut.lwm2m)
        raise ProfileError(path, "sut.prefer", f'found "{file.sut.prefer}"', expected)
    _check_placeholders(path, file.adapter)
    _check_adapter(path, file.adapter)
    claims = _claims(path, file.sut.role, file.ics)
    names_a_device = file.sut.role != "device"
    problem = problem_of(
        file.ixit, claims, file.adapter.options, ours=file.adapter.ours, endpoint=names_a_device
    )
    if problem is not None:
        raise ProfileError(path, *problem)
    absolute = path.resolve()
    return Profile(absolute, hashlib.sha256(raw).hexdigest(), file.sut, file.adapter, claims, file.ixit)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        hint = "a SUT profile; `lwm2m-conformance init` writes one"
        raise ProfileError(path, "", "no such file", hint) from None
    except OSError as error:
        raise ProfileError(path, "", error.strerror or str(error), "a readable TOML file") from None


def _claims(path: Path, role: str, given: Mapping[str, Any]) -> dict[str, IcsValue]:
    for name, value in given.items():
        item = items().get(name)
        if item is None or role not in item.roles:
            raise ProfileError(path, f"ics.{name}", str(UnknownIcsItemError(name, role)))
        if type(value) is not item.type:
            expected = "true or false" if item.type is bool else "a string"
            raise ProfileError(path, f"ics.{name}", f"found {value!r}", f"{expected} ({item.meaning})")
    return dict(given)


def _check_placeholders(path: Path, adapter: AdapterSettings) -> None:
    shadowed = next((name for name in adapter.let if name in placeholders.KNOWN), None)
    if shadowed is not None:
        raise ProfileError(
            path, f"adapter.let.{shadowed}", "names a placeholder that the suite fills in", "another name"
        )
    known = (*placeholders.KNOWN, *adapter.let)
    for key, text, may in _texts(adapter):
        for name in placeholders.names(text):
            allowed = known if may else tuple(placeholders.KNOWN)
            if name not in allowed:
                found = f"unknown placeholder {{{name}}}{did_you_mean(name, allowed)}"
                raise ProfileError(path, key, found, "one of {" + "} {".join(allowed) + "}")


def _texts(adapter: AdapterSettings) -> Iterable[tuple[str, str, bool]]:
    """Key, text, and whether the text may use ``[adapter.let]``."""
    yield from (("adapter.start", text, True) for text in adapter.start)
    for name, arguments in adapter.options.items():
        yield from ((f"adapter.with.{name}", text, True) for text in arguments)
    yield from ((f"adapter.env.{name}", text, True) for name, text in adapter.env.items())
    yield from ((f"adapter.let.{name}", text, False) for name, text in adapter.let.items())


def _check_adapter(path: Path, adapter: AdapterSettings) -> None:
    def refuse(key: str, found: str, expected: str) -> NoReturn:
        raise ProfileError(path, f"adapter.{key}", found, expected)

    if adapter.kind == "command" and not adapter.start:
        refuse("start", "missing", "the program and its arguments, as a list of strings")
    if adapter.start and not adapter.start[0]:
        refuse("start", "found an empty first element", "the program")
    if adapter.kind == "docker" and adapter.image is None:
        refuse("image", "missing", 'the name of an image, for kind = "docker"')
    if adapter.kind != "command" and adapter.control != "none":
        refuse("control", f'found "{adapter.control}"', '"none" unless kind = "command"')
    if (adapter.control == "rest") != (adapter.rest is not None):
        found = "missing" if adapter.rest is None else "found a table"
        refuse("rest", found, 'a table [adapter.rest] and control = "rest", or neither')
    if adapter.control != "json-lines" and adapter.isolation == "reset":
        refuse("isolation", 'found "reset"', 'control = "json-lines" beside it, or isolation = "process"')
    if adapter.reset_with and adapter.isolation != "reset":
        refuse("reset_with", "found a list", 'isolation = "reset" beside it, or nothing')
    for name in adapter.reset_with:
        if name not in adapter.options:
            refuse("reset_with", f'found "{name}"', "names of blocks in [adapter.with]")
    if not adapter.ours and adapter.isolation not in (None, "none"):
        refuse("isolation", f'found "{adapter.isolation}"', f'"none" for kind = "{adapter.kind}"')
    if adapter.stop == "close-stdin" and adapter.kind != "command":
        refuse("stop", 'found "close-stdin"', f'"sigterm" or "sigkill" for kind = "{adapter.kind}"')


_EXPECTED = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "string_too_short": "a text that is not empty",
    "too_short": "at least one element",
    "greater_than": "a number greater than {gt}",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
    "literal_error": "{expected}",
    "value_error": "{error}",
}
_SECTIONS: Mapping[str, type[BaseModel]] = {"sut": Sut, "adapter": AdapterSettings, "ixit": Ixit}
_SECRET_KEYS = frozenset(key.name for key in keys() if key.secret)


def _refuse(path: Path, errors: ValidationError) -> NoReturn:
    """Raise the first of pydantic's complaints in our own words, and say how many follow."""
    first, *others = sorted(errors.errors(), key=lambda error: error["type"] != "extra_forbidden")
    location = [str(part) for part in first["loc"]]
    more = f" ({len(others)} more after this one)" if others else ""
    key = ".".join(location)
    if first["type"] == "extra_forbidden":
        known = _known_keys(location)
        found = f"unknown key{did_you_mean(location[-1], known)}"
        raise ProfileError(path, key, found, "one of " + " ".join(known) + more)
    if first["type"] == "missing":
        section = _SECTIONS.get(location[-1]) if len(location) == 1 else None
        raise ProfileError(path, key, "missing", ("this section" if section else "this key") + more)
    template = _EXPECTED.get(first["type"])
    expected = template.format(**first.get("ctx", {})) if template else first["msg"]
    secret = _SECRET_KEYS.intersection(location)
    found = "found a value that is not shown" if secret else f"found {_shown(first['input'])}"
    raise ProfileError(path, key, found, expected + more)


def _known_keys(location: list[str]) -> list[str]:
    model = _File if len(location) == 1 else _SECTIONS[location[0]]
    return [info.alias or name for name, info in model.model_fields.items()]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"
