"""The HTTP API of a SUT as the profile describes it: verbs as requests, answers as results."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlencode

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from conformance.sut import placeholders

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
_RESOURCE: Final = 3
_VALUES: Final = ("value", "values")
_STEP: Final = re.compile(r"([^\[\]]*)(?:\[(\w*)\])?")


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Shape = Literal["resource", "multiple", "instance", "new_instance"]
Selector = str | list[str]
"""Where something stands in a JSON text: names joined by dots; ``a|b`` is the first of two that is there;
``list[]`` is every element, ``list[id]`` every element by its own ``id``. Of several, the first found."""


class TemplateError(ValueError):
    """A verb cannot be put into a request; ``str()`` says why."""


class AnswerError(ValueError):
    """An answer has another shape than the templates expect; ``str()`` says which."""


class Links(BaseModel):
    """A list of links, to be given as text in CoRE link format."""

    model_config = _STRICT

    links: Selector
    target: Selector
    attributes: Selector


class Rows(BaseModel):
    """A list of tables, each with these fields."""

    model_config = _STRICT

    rows: Selector
    fields: dict[str, Selector]


class VerbTemplate(BaseModel):
    """One verb as an HTTP request. A query parameter whose argument is absent is left out."""

    model_config = _STRICT

    method: Literal["GET", "PUT", "POST", "DELETE", "PATCH"]
    path: str
    query: dict[str, str] = Field(default_factory=dict)
    query_from: str | None = None
    body: str = ""
    content_type: str = "application/json"
    only: dict[str, str] = Field(default_factory=dict)
    result: dict[str, Selector | Links | Rows] = Field(default_factory=dict)


class EventTemplate(BaseModel):
    """One kind of server-sent event as an event of the adapter contract."""

    model_config = _STRICT

    event: str
    fields: dict[str, Selector]


class Rest(BaseModel):
    """``[adapter.rest]``: the HTTP API of the SUT."""

    model_config = _STRICT

    http: Pattern
    coap: Pattern
    coaps: Pattern | None = None
    events_path: str | None = None
    code: Pattern = r"(\d)\.(\d\d)"
    times: Pattern | None = None
    nodes: dict[Shape, str] = Field(default_factory=dict)
    words: dict[str, dict[str, str]] = Field(default_factory=dict)
    errors: dict[str, Pattern] = Field(default_factory=dict)
    verbs: dict[str, VerbTemplate]
    events: dict[str, EventTemplate] = Field(default_factory=dict)

    def request(self, verb: str, args: Mapping[str, Any]) -> tuple[str, str]:
        """Target and body of the request for a verb; raises TemplateError."""
        template = self.verbs[verb]
        for name, needed in template.only.items():
            if str(args.get(name, needed)) != needed:
                raise TemplateError(f"{name} = {args[name]} is not offered, only {needed}")
        filled = {**_texts(self, args), **({"node": _node(self, args)} if "{node}" in template.body else {})}
        in_path = {name: quote(value, safe="/:") for name, value in filled.items()}
        query = {
            name: _fill(text, filled)
            for name, text in template.query.items()
            if all(argument in filled for argument in placeholders.names(text))
        }
        more = args.get(template.query_from or "", {})
        query |= {name: "" if value is None else str(value) for name, value in more.items()}
        target = _fill(template.path, in_path) + (f"?{urlencode(query)}" if query else "")
        return target, _fill(template.body, {"arguments": "", **filled})

    def result(self, verb: str, answer: Any) -> dict[str, Any]:
        """The result of a verb out of the JSON that it was answered with; raises AnswerError."""
        with _in_shape():
            return self._result(verb, answer)

    def _result(self, verb: str, answer: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, where in self.verbs[verb].result.items():
            value = _value(where, answer)
            if value is not None:
                found[name] = self._contract(value) if name in _VALUES else value
        if "code" in found:
            code = re.search(self.code, str(found["code"]))
            found["code"] = ".".join(code.groups()) if code else str(found["code"])
        return found

    def error(self, text: str) -> str | None:
        """The contract's word for what an answer without result says; None where no pattern fits."""
        return next((word for word, pattern in self.errors.items() if re.search(pattern, text)), None)

    def event(self, name: str, data: Any) -> dict[str, Any] | None:
        """A server-sent event as an event of the contract; None for one that no template names.

        Raises AnswerError.
        """
        template = self.events.get(name)
        if template is None:
            return None
        with _in_shape():
            fields = _fields(template.fields, data)
            told = {
                name: self._contract(value) if name in _VALUES else value for name, value in fields.items()
            }
        return {"event": template.event, **told}

    def _contract(self, value: Any) -> Any:
        """A value, or values by id, with the times that the API writes as ISO 8601 as seconds."""
        if isinstance(value, Mapping):
            return {name: self._contract(each) for name, each in value.items()}
        if self.times and isinstance(value, str) and re.fullmatch(self.times, value):
            return int(datetime.fromisoformat(value).timestamp())
        return value


@contextmanager
def _in_shape() -> Iterator[None]:
    try:
        yield
    except (TypeError, LookupError, AttributeError, ValueError, OverflowError, RecursionError) as problem:
        raise AnswerError(f"JSON of another shape than adapter.rest says ({problem!r})") from None


def select(data: Any, where: Selector) -> Any:
    """What stands in JSON at a selector; None where there is nothing."""
    places = [where] if isinstance(where, str) else where
    found = (each for place in places for each in _select(data, place.split(".") if place else []))
    return next(found, None)


def _select(data: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield data
        return
    for step in steps[0].split("|"):
        matched = _STEP.fullmatch(step)
        name, key = matched.groups() if matched else (step, None)
        below = data.get(name) if isinstance(data, Mapping) and name else data if not name else None
        if below is None:
            continue
        if key is None:
            yield from _select(below, steps[1:])
        elif isinstance(below, list):
            every = [(entry, next(_select(entry, steps[1:]), None)) for entry in below]
            yield {str(entry[key]): value for entry, value in every} if key else [value for _, value in every]


def _value(where: Selector | Links | Rows, answer: Any) -> Any:
    match where:
        case Rows():
            every = select(answer, where.rows) or []
            return [_fields(where.fields, entry) for entry in every]
        case Links():
            return ",".join(
                f"<{select(entry, where.target)}>"
                + "".join(
                    f";{name}={value}" for name, value in (select(entry, where.attributes) or {}).items()
                )
                for entry in select(answer, where.links) or []
            )
        case _:
            return select(answer, where)


def _fields(places: Mapping[str, Selector], entry: Any) -> dict[str, Any]:
    """What is there of these fields; the root of a registration is none of its ``objects``."""
    found = {name: select(entry, where) for name, where in places.items()}
    if isinstance(found.get("objects"), list):
        found["objects"] = [target for target in found["objects"] if target != "/"]
    return {name: value for name, value in found.items() if value is not None}


def _texts(rest: Rest, args: Mapping[str, Any]) -> dict[str, str]:
    """Arguments that are no tables, in the words of the API."""
    texts = {}
    for name, value in args.items():
        if value is None or isinstance(value, Mapping | list):
            continue
        words = rest.words.get(name)
        if words is not None and str(value) not in words:
            raise TemplateError(f"{name} = {value} is not offered, only {', '.join(words)}")
        texts[name] = words[str(value)] if words is not None else str(value)
    return texts


def _node(rest: Rest, args: Mapping[str, Any]) -> str:
    """What a Write or Create carries, in the JSON of the API."""
    if str(args.get("path", "")).count("/") > _RESOURCE:
        raise TemplateError("a Resource Instance is not offered")
    if "value" in args:
        return _resource(rest, str(args.get("path", "")).rpartition("/")[2], args["value"])
    resources = ", ".join(_resource(rest, number, value) for number, value in args.get("values", {}).items())
    instance = args.get("instance")
    if instance is None and "path" in args:
        instance = str(args["path"]).rpartition("/")[2]
    shape: Shape = "new_instance" if instance is None else "instance"
    return _shaped(rest, shape, {"id": str(instance), "resources": resources})


def _resource(rest: Rest, number: str, value: Any) -> str:
    if isinstance(value, Mapping) and "hex" not in value:
        values = {instance: _scalar(each) for instance, each in value.items()}
        kind = _kind(rest, next(iter(value.values()), ""))
        return _shaped(rest, "multiple", {"id": number, "values": json.dumps(values), "type": kind})
    filled = {"id": number, "value": json.dumps(_scalar(value)), "type": _kind(rest, value)}
    return _shaped(rest, "resource", filled)


def _shaped(rest: Rest, shape: Shape, filled: Mapping[str, str]) -> str:
    if shape not in rest.nodes:
        raise TemplateError(f"adapter.rest.nodes has no {shape}")
    return _fill(rest.nodes[shape], filled)


def _scalar(value: Any) -> Any:
    return value["hex"] if isinstance(value, Mapping) else value


def _kind(rest: Rest, value: Any) -> str:
    """The type of a value in the words of the API, taken from its JSON."""
    kinds = ((bool, "boolean"), (int, "integer"), (float, "float"), (Mapping, "opaque"))
    kind = next((name for kind, name in kinds if isinstance(value, kind)), "string")
    return rest.words.get("type", {}).get(kind, kind)


def _fill(text: str, values: Mapping[str, str]) -> str:
    try:
        return placeholders.expand(text, values)
    except placeholders.MissingValueError as error:
        raise TemplateError(f"the argument {error.name!r} is missing") from None
