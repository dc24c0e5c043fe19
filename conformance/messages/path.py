"""Paths of the LwM2M data model."""

from typing import Self


class Path(tuple[int, ...]):
    """Object, Object Instance, Resource and Resource Instance ids, outermost first (LwM2M Core 1.1.1 §7.3).

    The empty path is the root ``/``. ``Path.parse("/3/0") / 9`` is ``/3/0/9``.
    """

    __slots__ = ()

    def __new__(cls, *identifiers: int) -> Self:
        if len(identifiers) > 4:
            raise ValueError(f"a path has at most four ids, not {len(identifiers)}: {identifiers}")
        return super().__new__(cls, identifiers)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The path written as ``/3/0/9``.

        Raises:
            ValueError: the text is not a path of at most four decimal ids from 0 to 65534.
        """
        if text in ("", "/"):
            return cls()
        parts = text.removeprefix("/").split("/")
        if not text.startswith("/") or not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError(f"{text!r} is not an LwM2M path such as /3/0/9")
        identifiers = [int(part) for part in parts]
        if any(identifier > 65534 for identifier in identifiers):
            raise ValueError(f"{text!r} has an id above 65534")
        return cls(*identifiers)

    @classmethod
    def of(cls, path: "str | tuple[int, ...] | None") -> Self:
        """The path, given as text or as ids.

        Raises:
            ValueError: None, which an IXIT key gives that the profile leaves out.
        """
        if path is None:
            raise ValueError("the profile does not name this path: ask for it in applies, ixit.<key>")
        return cls.parse(path) if isinstance(path, str) else cls(*path)

    def __truediv__(self, identifier: int) -> "Path":
        return Path(*self, identifier)

    @property
    def parent(self) -> "Path":
        """The path one level up; the root is its own parent."""
        return Path(*self[:-1])

    @property
    def segments(self) -> tuple[str, ...]:
        """The ids as Uri-Path options carry them."""
        return tuple(str(identifier) for identifier in self)

    def __str__(self) -> str:
        return "/" + "/".join(self.segments)

    def __repr__(self) -> str:
        return f"Path({str(self)!r})"
