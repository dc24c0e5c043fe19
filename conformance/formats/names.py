"""LwM2M paths as the names of SenML, LwM2M JSON and link format (LwM2M Core 1.1.1 §7.3, §7.4)."""

import re
from collections.abc import Iterable

from conformance.formats.findings import Reading
from conformance.formats.values import MAX_ID, Entry, Path

_NAME = re.compile(r"/|(/(0|[1-9][0-9]{0,4})){1,4}", re.ASCII)


def path_of(name: str, reading: Reading, offset: int | None = None) -> Path:
    """The path that a full name such as ``/3/0/9`` stands for; ``/`` is the root.

    Raises:
        MalformedPayload: not one to four decimal ids from 0 to 65534, each after a slash.
    """
    shown = name if len(name) <= 60 else name[:57] + "..."
    if _NAME.fullmatch(name) is None:
        raise reading.malformed(f"name {shown!r} is no LwM2M path such as /3/0/9", offset)
    path = tuple(int(segment) for segment in name.split("/")[1:] if segment)
    if any(identifier >= MAX_ID for identifier in path):
        raise reading.malformed(f"name {shown!r} has an id above 65534", offset)
    return path


def base_name(base: Path, entries: Iterable[Entry]) -> str:
    """The longest prefix down to the Object Instance of `base` that all entries lie below; ends with a slash.

    Empty when there is none worth writing: names are then full paths.
    """
    prefix = base[:2]
    if not prefix or any(
        len(entry.path) <= len(prefix) or entry.path[: len(prefix)] != prefix for entry in entries
    ):
        return ""
    return "/" + "/".join(map(str, prefix)) + "/"


def require_unique(entries: Iterable[Entry], reading: Reading) -> None:
    """Hold that a name and a time identify one value.

    Raises:
        MalformedPayload: two entries have the same path and time.
    """
    seen: set[tuple[Path, float | None]] = set()
    for entry in entries:
        if (entry.path, entry.time) in seen:
            raise reading.malformed("occurs twice for the same time", path=entry.path)
        seen.add((entry.path, entry.time))
