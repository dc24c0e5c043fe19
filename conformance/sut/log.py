"""What a SUT prints: the last lines in memory, all of it up to a limit in a file, keys blacked out."""

from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Final

LINES: Final = 400  # kept in memory
LINE_LIMIT: Final = 4096  # characters of a line
FILE_LIMIT: Final = 8 * 1024 * 1024  # bytes of a file

_REDACTED: Final = "[redacted]"


class SutLog:
    """Bounded log of one SUT. ``secrets`` never reach memory, file or message."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secret for secret in secrets if secret)
        self._lines: deque[str] = deque(maxlen=LINES)
        self._file: TextIOWrapper | None = None
        self._file_bytes = 0
        self.written = 0  # lines since the log was made
        self.lost = ""  # why the file lacks lines, empty where it lacks none

    def hide(self, secrets: Iterable[str]) -> None:
        """Black out these values as well."""
        self._secrets = tuple(dict.fromkeys((*self._secrets, *(secret for secret in secrets if secret))))

    def to_file(self, path: Path | None) -> None:
        """From now on write every line to this file as well, or to none; the file before it is closed.

        A file that the system does not take is given up, and `lost` tells; the lines in memory go on.
        """
        self._leave_file()
        self.lost, self._file_bytes = "", 0
        try:
            self._file = path.open("w", encoding="utf-8", errors="replace") if path is not None else None
        except OSError as problem:
            self.lost = str(problem)

    def _leave_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):
                file.close()

    def line(self, text: str) -> None:
        """Add one line."""
        for secret in self._secrets:
            text = text.replace(secret, _REDACTED)
        if len(text) > LINE_LIMIT:
            text = text[:LINE_LIMIT] + " … [line cut]"
        self.written += 1
        self._lines.append(text)
        if self._file is None or self._file_bytes > FILE_LIMIT:
            return
        self._file_bytes += len(text.encode(errors="replace")) + 1
        if self._file_bytes > FILE_LIMIT:
            text = f"[log cut: the SUT printed more than {FILE_LIMIT // 1024 // 1024} MiB]"
        try:
            self._file.write(text + "\n")
            self._file.flush()
        except OSError as problem:
            self.lost = str(problem)
            self._leave_file()

    def tail(self, lines: int = 5) -> list[str]:
        """The last lines."""
        return list(self._lines)[-lines:]

    def text(self) -> str:
        """What is in memory, with a first line that says how much was dropped."""
        dropped = self.written - len(self._lines)
        head = [f"[{dropped} earlier lines dropped]"] if dropped else []
        return "\n".join([*head, *self._lines])
