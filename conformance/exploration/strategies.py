"""What Hypothesis draws conversations from, each kind for one case."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.exploration.payload import DAMAGES, damage
from conformance.exploration.step import Step, stored
from conformance.exploration.surface import NUMBERS, Surface, Target
from conformance.formats import ContentFormat, DataType, ObjectLink, TypeOf, Value
from conformance.messages import Path
from conformance.messages.content import payload_of

EPISODES, LONGEST = 8, 10
"""Episodes of a conversation, and steps of one, at most."""
FEW = 3
"""Resources that one conversation is about."""
SLOTS = 3
"""Observations side by side."""
UNKNOWN_IDS = (9_999, 32_100, 65_000, 65_534)
LETTERS = "abcxyzABC019-_ßé€"
Steps = SearchStrategy[list[Step]]


def values(target: Target, links: Sequence[Path]) -> SearchStrategy[Value]:
    """Values in the range of the Resource: numbers of 31 bits, floats exact in single precision."""
    low, high = target.bounds or (None, None)
    least = None if low is None else math.ceil(low)
    most = 2**31 - 1 if high is None else min(math.floor(high), 2**31 - 1)
    match target.type:
        case DataType.INTEGER:
            return st.integers(-1000 if least is None else max(least, -(2**31)), most)
        case DataType.UNSIGNED_INTEGER | DataType.TIME:
            return st.integers(max(least or 0, 0), most)
        case DataType.FLOAT:
            halves = st.integers(
                -2000 if low is None else max(math.ceil(2 * low), -(2**20)),
                2000 if high is None else min(math.floor(2 * high), 2**20),
            )
            return halves.map(lambda number: number / 2)
        case DataType.BOOLEAN:
            return st.booleans()
        case DataType.OPAQUE:
            return st.binary(min_size=max(least or 0, 1), max_size=max(1, least or 0, min(20, most)))
        case DataType.OBJLNK:
            return st.sampled_from([ObjectLink(path[0], path[1]) for path in links])
        case DataType.CORELNK:
            return st.sampled_from([f"<{path}>" for path in links])
        case _:
            shortest, longest = max(least or 0, 1), max(1, least or 0, min(40, most))
            texts = st.text(LETTERS, min_size=shortest, max_size=longest)
            return texts.map(lambda text: text if len(text.encode()) <= most else "a" * shortest)


class Operations:
    """Strategies of single steps over a surface, as far as the surface has what they need."""

    def __init__(self, surface: Surface, focus: Sequence[Target]) -> None:
        self.surface = surface
        self.focus = focus
        self.instances = list(dict.fromkeys(target.path.parent for target in focus))
        self.paths = [str(target.path) for target in focus]

    def everything(self) -> list[SearchStrategy[Step]]:
        """Every operation of device management."""
        surface = self.surface
        kinds = [*self.lifecycle(), *self.instance(), *self.conditions(), self.write(), self.read()]
        if surface.multiple is not None and surface.structured_formats:
            kinds.append(self.multiple(surface.multiple))
        if surface.executable is not None:
            kinds.append(st.just(Step("execute", str(surface.executable))))
        return [*kinds, *self.composites()]

    def lifecycle(self) -> list[SearchStrategy[Step]]:
        """Instances come and go."""
        slots = [path for path in self.instances if path in self.surface.slots]
        if not slots:
            return [self.write(), self.read()]
        kinds = [self.create(slots), self.create(slots), self.delete(slots), self.delete(slots), self.read()]
        return [*kinds, self.write(), *self.conditions()]

    def instance(self) -> list[SearchStrategy[Step]]:
        """Several Resources of an Instance at once, and one by one."""
        surface, kinds = self.surface, [self.write(), self.read()]
        if surface.instance in self.instances and surface.structured_formats:
            kinds += [self.several("partial")] * surface.partial + [self.several("replace")] * surface.replace
        return kinds

    def conditions(self) -> list[SearchStrategy[Step]]:
        """Attributes are set and unset, and shown."""
        places = [*self.paths, *map(str, self.instances)]
        places += sorted({str(path.parent) for path in self.instances if path in self.surface.slots})
        kinds = [st.sampled_from(places).map(_discover)] * self.surface.discover
        return kinds + [self.attributes()] * (2 * self.surface.attributes)

    def composites(self) -> list[SearchStrategy[Step]]:
        """Composite operations, as far as the device has them."""
        if ContentFormat.SENML_CBOR not in self.surface.formats:
            return []
        kinds = [self.read_composite()] * self.surface.read_composite
        return kinds + [self.write_composite()] * self.surface.write_composite

    def watching(self) -> list[SearchStrategy[Step]]:
        """Observe, Cancel, and Writes that change what is observed."""
        slots = st.integers(0, SLOTS - 1)
        places = st.sampled_from([*self.paths, *self.paths, *map(str, self.instances)])
        observe = st.builds(lambda path, slot: Step("observe", path, slot=slot), places, slots)
        cancel = st.builds(lambda slot: Step("cancel", slot=slot), slots)
        return [self.write(), self.write(), observe, observe, cancel]

    def reporting(self) -> list[SearchStrategy[Step]]:
        """What `watching` does, under conditions that come and go, and with Instances that do."""
        return [*self.watching(), *self.instance(), *self.conditions(), *self.lifecycle()]

    def write(self) -> SearchStrategy[Step]:
        """Write one Resource in any format."""
        return st.one_of(
            [
                st.builds(
                    partial(_write, str(target.path)),
                    values(target, self.surface.links),
                    st.sampled_from(self.surface.single_formats(target)),
                )
                for target in self.focus
            ]
        )

    def read(self) -> SearchStrategy[Step]:
        """Read a Resource in a format, or an Instance."""
        chosen = [
            Step("read", str(target.path), format=number)
            for target in self.focus
            for number in (None, *self.surface.single_formats(target))
        ]
        objects = [path.parent for path in self.instances if path in self.surface.slots]
        whole = [
            Step("read", str(path), format=number)
            for path in (*self.instances, *dict.fromkeys(objects))
            for number in (None, *self.surface.structured_formats)
            if self.surface.structured_formats
        ]
        return st.one_of(*[st.sampled_from(steps) for steps in (chosen, whole) if steps])

    def several(self, do: str) -> SearchStrategy[Step]:
        """Write some Resources of the Instance at once."""
        instance = self.surface.instance
        members = [target for target in self.surface.members(instance or Path()) if target in self.focus]
        formats = st.sampled_from(self.surface.structured_formats)
        return st.builds(partial(_several, do, str(instance)), _some(members, self.surface), formats)

    def multiple(self, path: Path) -> SearchStrategy[Step]:
        """Write all of a multiple Resource, some of it, or one Resource Instance; or read it."""
        target = Target(path, self.surface.multiple_type)
        value = values(target, self.surface.links).map(stored)
        formats = st.sampled_from(self.surface.structured_formats)
        given = st.dictionaries(st.sampled_from("0123"), value, min_size=1, max_size=3)
        kinds = [
            st.builds(lambda v, f: Step("write", str(path), values=v, format=f), given, formats),
            st.builds(lambda v, f: Step("partial", str(path), values=v, format=f), given, formats),
            st.builds(lambda f: Step("read", str(path), format=f), formats),
        ]
        if self.surface.resource_instances:
            below = st.integers(0, 3).map(lambda number: str(path / number))
            kinds.append(
                st.builds(lambda p, v, f: Step("write", p, value=v, format=f), below, value, formats)
            )
        return st.one_of(kinds)

    def create(self, slots: Sequence[Path]) -> SearchStrategy[Step]:
        """Create an Instance with all that it needs."""
        formats = st.sampled_from(self.surface.structured_formats)
        kinds = []
        for slot in slots:
            needed = [t for t in self.surface.members(slot) if t.path[2] in self.surface.required]
            given = {str(t.path[2]): values(t, self.surface.links).map(stored) for t in needed}
            kinds.append(
                st.builds(partial(_several, "create", str(slot)), st.fixed_dictionaries(given), formats)
            )
        return st.one_of(kinds)

    def delete(self, slots: Sequence[Path]) -> SearchStrategy[Step]:
        """Delete an Instance."""
        return st.sampled_from(slots).map(lambda slot: Step("delete", str(slot)))

    def attributes(self) -> SearchStrategy[Step]:
        """Set or unset one or two attributes that do not contradict each other."""
        periods = {"pmin": st.sampled_from([0, 1, 20]), "pmax": st.sampled_from([60, 300])}
        numbers = {
            "st": st.sampled_from([1, 5, 100]),
            "gt": st.sampled_from([20, 50]),
            "lt": st.sampled_from([10, 15]),
        }
        numeric = [str(target.path) for target in self.focus if target.type in NUMBERS]
        kinds = [_attribute([*self.paths, *map(str, self.instances)], periods)]
        kinds += [_attribute(numeric, numbers)] * bool(numeric)
        return st.one_of(kinds)

    def read_composite(self) -> SearchStrategy[Step]:
        """Read some of the Resources at once."""
        chosen = st.lists(st.sampled_from(self.paths), min_size=1, max_size=3, unique=True)
        return chosen.map(lambda paths: Step("read-composite", values=dict.fromkeys(paths), format=112))

    def write_composite(self) -> SearchStrategy[Step]:
        """Write some of the Resources at once."""
        return _some(self.focus, self.surface, whole=True).map(
            lambda chosen: Step("write-composite", values=chosen, format=112)
        )


def _some(
    targets: Sequence[Target], surface: Surface, *, whole: bool = False
) -> SearchStrategy[dict[str, object]]:
    """Values for some Resources, by id, or with `whole` by path."""
    given = {
        str(target.path if whole else target.path[2]): values(target, surface.links).map(stored)
        for target in targets
    }
    return st.fixed_dictionaries({}, optional=given).filter(bool)


def _write(path: str, value: Value, number: int) -> Step:
    return Step("write", path, value=stored(value), format=number)


def _several(do: str, path: str, chosen: dict[str, object], number: int) -> Step:
    return Step(do, path, values=chosen, format=number)


def _attribute(paths: Sequence[str], choices: dict[str, SearchStrategy[int]]) -> SearchStrategy[Step]:
    return st.one_of(
        [
            st.builds(
                lambda path, value, name=name: Step("attributes", path, values={name: value}),
                st.sampled_from(paths),
                st.one_of(choice, choice, st.none()),
            )
            for name, choice in choices.items()
        ]
    )


def _discover(path: str) -> Step:
    return Step("discover", path)


Theme = Callable[[Operations], list[SearchStrategy[Step]]]
"""The kinds of steps that one episode consists of."""
MANAGEMENT: tuple[Theme, ...] = (
    Operations.everything,
    Operations.lifecycle,
    Operations.instance,
    Operations.conditions,
)
REPORTING: tuple[Theme, ...] = (Operations.watching, Operations.watching, Operations.reporting)


def conversations(
    surface: Surface, themes: Sequence[Theme], targets: Sequence[Target] | None = None
) -> Steps:
    """Conversations over a few Resources, so that the steps concern each other; each episode has a theme."""
    known = list(surface.targets.values()) if targets is None else list(targets)
    return st.one_of([_episodes(Operations(surface, focus), themes) for focus in focuses(surface, known)])


def focuses(surface: Surface, targets: Sequence[Target]) -> list[list[Target]]:
    """A few Resources each: neighbours in their Instance, and what can come and go alone and together."""
    steady = [target for target in targets if target.path.parent not in surface.slots]
    found = [steady[start : start + FEW] for start in range(0, len(steady), FEW)]
    coming = [target for target in targets if target.path.parent in surface.slots]
    found += [[target for target in coming if target.path.parent == slot] for slot in surface.slots[:1]]
    return [*found, coming, [*coming[:1], *steady[:1]]] if coming else found


def _episodes(operations: Operations, themes: Sequence[Theme]) -> Steps:
    episodes = [st.lists(st.one_of(theme(operations)), min_size=1, max_size=LONGEST) for theme in themes]
    drawn = st.lists(st.one_of(episodes), min_size=1, max_size=EPISODES)
    return drawn.map(lambda parts: _without_idle_unsets([step for part in parts for step in part]))


def _without_idle_unsets(steps: Sequence[Step]) -> list[Step]:
    """The steps but for those that unset an attribute which was not set: a stored conversation has them."""
    assigned: set[tuple[str, str]] = set()
    kept = []
    for step in steps:
        if step.do == "delete":
            assigned = {(path, name) for path, name in assigned if not path.startswith(step.path)}
        if step.do == "attributes":
            given = {(step.path, name) for name in step.values or {}}
            unset = {(step.path, name) for name, value in (step.values or {}).items() if value is None}
            if not unset <= assigned:
                continue
            assigned = (assigned | given) - unset
        kept.append(step)
    return kept


def damaged(surface: Surface, type_of: TypeOf, content_format: int) -> Steps:
    """Writes of damaged payloads of one format, among Writes and Reads that are right."""
    fitting = [t for t in surface.targets.values() if content_format in surface.single_formats(t)]
    fitting = [t for t in fitting if t.path.parent not in surface.slots]

    def theme(operations: Operations) -> list[SearchStrategy[Step]]:
        wrong = st.one_of([broken(target) for target in operations.focus])
        return [operations.write(), operations.read(), wrong, wrong, wrong]

    def broken(target: Target) -> SearchStrategy[Step]:
        def made(value: Value, how: str, place: int, octet: int) -> Step:
            octets = payload_of(target.path, value, content_format, type_of).data
            number = int(octet) + 20_000 if how == "relabel" and octet & 1 else content_format
            return Step(
                "payload",
                str(target.path),
                octets=damage(octets, how, place, octet).hex(),
                format=number,
                cut=how == "cut" and len(octets) > 1,
            )

        return st.one_of(
            st.builds(
                made,
                values(target, surface.links),
                st.sampled_from(DAMAGES),
                st.integers(0, 64),
                st.integers(0, 255),
            ),
            st.binary(max_size=24).map(
                lambda octets: Step("payload", str(target.path), octets=octets.hex(), format=content_format)
            ),
        )

    return conversations(surface, (theme,), fitting)


def strange_requests(surface: Surface) -> Steps:
    """Requests for paths and with options that no device has, among Reads that are right."""
    known = [path for path in surface.targets if path.parent not in surface.slots]
    unknown = st.sampled_from(UNKNOWN_IDS).map(str)
    nonsense = st.sampled_from(["x", "-1", "65536", "1.5", "é", "%2F", "a" * 40, "99999999999999999999"])
    deep = st.sampled_from(known).map(lambda path: (*path.segments, "0", "0", "0"))
    lost = st.sampled_from(known).flatmap(
        lambda path: st.integers(0, 2).flatmap(
            lambda at: st.one_of(unknown, unknown, nonsense).map(
                lambda text: (*path.segments[:at], text, *path.segments[at + 1 :])
            )
        )
    )
    nowhere = st.lists(nonsense, min_size=1, max_size=5).map(tuple)
    segments = st.one_of(lost, lost, lost, deep, nowhere)
    methods = st.sampled_from([1, 1, 2, 3, 4])
    wrong = st.builds(lambda parts, method: Step("request", segments=parts, method=method), segments, methods)
    elective = st.sampled_from([2048, 65000]).flatmap(_option)
    critical = st.sampled_from([3001, 65001]).flatmap(_option)
    right = st.sampled_from(known)
    odd = st.builds(
        lambda path, options: Step("request", str(path), segments=path.segments, options=options),
        right,
        st.one_of(elective, critical),
    )
    return st.lists(
        st.one_of(wrong, wrong, odd, right.map(lambda path: Step("read", str(path)))),
        min_size=1,
        max_size=LONGEST,
    )


def _option(number: int) -> SearchStrategy[tuple[tuple[int, str], ...]]:
    return st.binary(max_size=8).map(lambda data: ((number, data.hex()),))
