"""SHA-256 sums over the evidence of a run, as ``sha256sum --check`` reads them.

They are over ``run.json`` and everything below ``cases/``; the reports, which can be made again, are not.
"""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

NAME = "manifest.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  (.+)")


class ManifestError(Exception):
    """The manifest cannot be read; one line with the place."""


def evidence_files(folder: Path) -> Iterator[str]:
    """The files that a manifest is over, as paths from the run folder with ``/``, in the order of their
    octets."""
    found = [file for file in (folder / "cases").rglob("*") if file.is_file() or file.is_symlink()]
    names = [file.relative_to(folder).as_posix() for file in found]
    yield from sorted([*names, *(["run.json"] if (folder / "run.json").exists() else [])], key=os.fsencode)


def digest(file: Path) -> str:
    """The sum of one file, in hexadecimal."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write_manifest(folder: Path) -> Path:
    """Sum up a run; a reader sees the old manifest or the new one, never a half."""
    text = "".join(f"{digest(folder / name)}  {name}\n" for name in evidence_files(folder))
    draft = folder / f"{NAME}.part"
    draft.write_text(text, encoding="utf-8", newline="\n")
    draft.replace(folder / NAME)
    return folder / NAME


def read_manifest(folder: Path) -> dict[str, str]:
    """The sums by path.

    Raises:
        ManifestError: there is none, or a line is no sum and path inside the folder.
    """
    try:
        lines = (folder / NAME).read_text(encoding="utf-8").splitlines()
    except OSError as problem:
        raise ManifestError(
            f"{NAME}: {problem.strerror}: the run did not end, or it was taken away"
        ) from None
    except UnicodeDecodeError:
        raise ManifestError(f"{NAME}: not UTF-8") from None
    sums: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        entry = _LINE.fullmatch(line)
        path = PurePosixPath(entry[2]) if entry else PurePosixPath("/")
        if entry is None or path.is_absolute() or ".." in path.parts or entry[2] in sums:
            raise ManifestError(f"{NAME}: line {number} is no sum of another file below the folder")
        sums[entry[2]] = entry[1]
    return sums


def differences(folder: Path, sums: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What is not as the manifest says: the path and ``changed``, ``missing`` or ``not in the manifest``."""
    present = set(evidence_files(folder))
    for name in sorted({*present, *sums}):
        if name not in sums:
            yield name, "not in the manifest"
        elif name not in present:
            yield name, "missing"
        elif (folder / name).is_symlink() or digest(folder / name) != sums[name]:
            yield name, "changed"
