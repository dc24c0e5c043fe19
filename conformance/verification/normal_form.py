"""Messages in a form in which two runs of a case can be compared: without times, and without what the SUT is
free to choose.

- Addresses are named in the order of their appearance, also where they stand in options and payloads.
- Of the SUT's own choices no token, Message ID, ETag, Max-Age, Echo, Request-Tag, Observe value or Location
  is compared; what the tester sends to a Location is. It may acknowledge at once or with the response.
- Values of the type Time, and time stamps, are not compared; repetitions of a message count once, as do the
  same message and the same exchange several times in a row.
- What belongs to one request of the tester is a strand of its own, told by its token; so are the requests of
  the SUT to one address of the tester. Strands are compared each for itself: their order depends on time.
- Of a pair both ends are SUTs, and choose: their requests are told by the order in which they came.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from conformance.evidence.lines import Line
from conformance.formats import ContentFormat, DataType, MalformedPayload, TypeOf, decode
from conformance.matching import plain
from conformance.messages import Path

Form = dict[str, Any]
Strand = tuple[str, ...]
_FREE = {4: "ETag", 14: "Max-Age", 252: "Echo", 292: "Request-Tag"}
_LOCATION_PATH, _URI_PATH, _OBSERVE, _CONTENT_FORMAT, _OSCORE = 8, 11, 6, 12, 9
_TIME = "a time"


class NormalForms:
    """Brings the lines of one case into their normal form, in order; in that of a `pair` no end was the
    tester."""

    def __init__(self, lines: Sequence[Line], type_of: TypeOf, *, pair: bool = False) -> None:
        self._type_of = type_of
        self._pair = pair
        self._exchanges: Counter[str] = Counter()
        self._numbers: dict[tuple[str, str, str], str] = {}
        self._names: dict[str, str] = {}
        for end, name in (("local", "tester"), ("remote", "sut")):
            for number, address in enumerate(dict.fromkeys(line[end] for line in lines), 1):
                self._names.setdefault(address, f"{name}-{number}")
        found = sorted(self._names, key=len, reverse=True)
        self._addresses = re.compile("|".join(map(re.escape, found))) if found else None
        self._locations: dict[tuple[str, ...], str] = {}
        self._asked: dict[tuple[str, str, str], Line] = {}
        self._by_mid: dict[tuple[str, int], Strand] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self.strands: dict[Strand, list[tuple[Line, Form]]] = {}
        for line in lines:
            self._take(line)

    def _take(self, line: Line) -> None:
        if "code" not in line:
            self._add(("unreadable", line["direction"]), line, {"payload": self._octets(line["payload"])})
            return
        copy = (line["direction"], line["local"], line["mid"], line["code"], line["token"], line["payload"])
        empty = line["code"] == "0.00"
        if copy in self._seen or (empty and line["type"] == "ACK"):
            return
        self._seen.add(copy)
        if empty:
            strand = self._by_mid.get((line["local"], line["mid"]), ("empty", line["direction"]))
            self._add(strand, line, {"kind": line["type"]})
            return
        request = line["code"].startswith("0.")
        asks = line["direction"] if request else {"in": "out", "out": "in"}[line["direction"]]
        key = (line["local"], asks, line["token"])
        if request:
            self._asked[key] = line
        strand = (asks, self._names[line["local"]], self._exchange(key))
        self._by_mid[line["local"], line["mid"]] = strand
        self._add(strand, line, self._form(line, request, self._asked.get(key)))

    def _exchange(self, key: tuple[str, str, str]) -> str:
        _, asks, token = key
        if not self._pair:
            return token if asks == "out" else ""
        if key not in self._numbers:
            self._exchanges[asks] += 1
            self._numbers[key] = str(self._exchanges[asks])
        return self._numbers[key]

    def _add(self, strand: Strand, line: Line, form: Form) -> None:
        known = self.strands.setdefault(strand, [])
        form = {"direction": line["direction"], **form, "malformed": self._text(line["malformed"] or "")}
        before = [one[1] for one in known[-3:]]
        if before[-1:] == [form]:
            return
        if len(before) == 3 and before[0] == before[2] and before[1] == form:
            known.pop()
            return
        known.append((line, form))

    def _form(self, line: Line, request: bool, asked: Line | None) -> Form:
        by_tester = line["direction"] == "out" and not self._pair
        form: Form = {"code": line["code"], "operation": line["operation"]}
        if request:
            form["type"] = line["type"]
        if request and by_tester:
            form |= {"Message ID": line["mid"], "token": line["token"]}
        options = list(self._options(line, request, by_tester))
        form |= {"options": options, "payload": self._payload(line, asked)}
        return form

    def _options(self, line: Line, request: bool, by_tester: bool) -> Iterator[str]:
        told = tuple(str(option["value"]) for option in line["options"] if option["number"] == _LOCATION_PATH)
        if told and not by_tester:
            self._locations.setdefault(told, f"location {len(self._locations) + 1}")
            yield "Location-Path"
        path = tuple(str(option["value"]) for option in line["options"] if option["number"] == _URI_PATH)
        if path:
            yield f"Uri-Path: {self._locations.get(path, '/' + '/'.join(path))}"
        for option in line["options"]:
            number, name = option["number"], option["name"]
            chosen = number in _FREE or (number == _OBSERVE and not request)
            if number == _URI_PATH or (number == _LOCATION_PATH and not by_tester):
                continue
            if number == _OSCORE or (chosen and not by_tester):
                yield name
            else:
                yield f"{name}: {self._text(str(option['value']))}"

    def _payload(self, line: Line, asked: Line | None) -> dict[str, str] | str:
        octets = bytes.fromhex(line["payload"])
        presumed = next((one["value"] for one in line["options"] if one["number"] == _CONTENT_FORMAT), None)
        path = [str(one["value"]) for one in (asked or line)["options"] if one["number"] == _URI_PATH]
        try:
            base = Path.parse("/" + "/".join(path)) if path else Path()
            entries = decode(ContentFormat(int(presumed or 0)), octets, base=base, type_of=self._type_of)
        except (MalformedPayload, ValueError):
            return self._octets(line["payload"])
        if not entries or presumed in (None, ContentFormat.LINK):
            return self._octets(line["payload"])
        return {
            str(Path(*entry.path)): _TIME
            if self._type_of(entry.path) is DataType.TIME and entry.value is not None
            else self._text(str(plain(entry.value)))
            for entry in entries
        }

    def _octets(self, payload: str) -> str:
        text = self._text(bytes.fromhex(payload).decode("latin-1"))
        return text if text.isprintable() else text.encode("latin-1", "replace").hex()

    def _text(self, text: str) -> str:
        if self._addresses is None:
            return text
        return self._addresses.sub(lambda found: self._names[found[0]], text)
