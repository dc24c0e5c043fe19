"""Method and response codes of CoAP (RFC 7252 §12.1, RFC 7959, RFC 8132, RFC 8516, RFC 8768)."""

from __future__ import annotations

from typing import ClassVar


class Code(int):
    """The Code field of a CoAP message: three bits of class, five bits of detail (RFC 7252 §3).

    Any value of one byte is a `Code`, also one that no document assigns; `str()` gives the form "2.05".
    """

    EMPTY: ClassVar[Code]
    GET: ClassVar[Code]
    POST: ClassVar[Code]
    PUT: ClassVar[Code]
    DELETE: ClassVar[Code]
    FETCH: ClassVar[Code]
    PATCH: ClassVar[Code]
    IPATCH: ClassVar[Code]
    CREATED: ClassVar[Code]
    DELETED: ClassVar[Code]
    VALID: ClassVar[Code]
    CHANGED: ClassVar[Code]
    CONTENT: ClassVar[Code]
    CONTINUE: ClassVar[Code]
    BAD_REQUEST: ClassVar[Code]
    UNAUTHORIZED: ClassVar[Code]
    BAD_OPTION: ClassVar[Code]
    FORBIDDEN: ClassVar[Code]
    NOT_FOUND: ClassVar[Code]
    METHOD_NOT_ALLOWED: ClassVar[Code]
    NOT_ACCEPTABLE: ClassVar[Code]
    REQUEST_ENTITY_INCOMPLETE: ClassVar[Code]
    CONFLICT: ClassVar[Code]
    PRECONDITION_FAILED: ClassVar[Code]
    REQUEST_ENTITY_TOO_LARGE: ClassVar[Code]
    UNSUPPORTED_CONTENT_FORMAT: ClassVar[Code]
    UNPROCESSABLE_ENTITY: ClassVar[Code]
    TOO_MANY_REQUESTS: ClassVar[Code]
    INTERNAL_SERVER_ERROR: ClassVar[Code]
    NOT_IMPLEMENTED: ClassVar[Code]
    BAD_GATEWAY: ClassVar[Code]
    SERVICE_UNAVAILABLE: ClassVar[Code]
    GATEWAY_TIMEOUT: ClassVar[Code]
    PROXYING_NOT_SUPPORTED: ClassVar[Code]
    HOP_LIMIT_REACHED: ClassVar[Code]

    __slots__ = ()

    def __new__(cls, value: int) -> Code:
        """Raise ValueError for a value that does not fit one byte."""
        if not 0 <= value <= 0xFF:
            raise ValueError(f"a CoAP code is 0..255, not {value}")
        return super().__new__(cls, value)

    @classmethod
    def of(cls, class_: int, detail: int) -> Code:
        """The code c.dd of class `class_` (0..7) and `detail` (0..31)."""
        if not (0 <= class_ <= 7 and 0 <= detail <= 31):
            raise ValueError(f"a CoAP code is c.dd with c 0..7 and dd 0..31, not {class_}.{detail:02d}")
        return cls(class_ << 5 | detail)

    @classmethod
    def parse(cls, dotted: str) -> Code:
        """The code written "c.dd"; ValueError for any other text."""
        class_, separator, detail = dotted.partition(".")
        if not (separator and len(detail) == 2 and class_.isdecimal() and detail.isdecimal()):
            raise ValueError(f"{dotted!r} is not a CoAP code of the form c.dd")
        return cls.of(int(class_), int(detail))

    @property
    def class_(self) -> int:
        """0 request, 2 success, 4 client error, 5 server error; 1, 6 and 7 are reserved over UDP."""
        return self >> 5

    @property
    def detail(self) -> int:
        return self & 0x1F

    @property
    def is_request(self) -> bool:
        return 0 < self < 0x20

    @property
    def is_response(self) -> bool:
        return self.class_ in (2, 3, 4, 5)

    @property
    def is_success(self) -> bool:
        return self.class_ == 2

    @property
    def name(self) -> str:
        """The name in the IANA registry, or "" for a code that is not assigned."""
        return _NAMES.get(int(self), "")

    def __str__(self) -> str:
        return f"{self.class_}.{self.detail:02d}"

    def __repr__(self) -> str:
        return f"Code({self}{' ' + self.name if self.name else ''})"


EMPTY = Code.EMPTY = Code.of(0, 0)
GET = Code.GET = Code.of(0, 1)
POST = Code.POST = Code.of(0, 2)
PUT = Code.PUT = Code.of(0, 3)
DELETE = Code.DELETE = Code.of(0, 4)
FETCH = Code.FETCH = Code.of(0, 5)
PATCH = Code.PATCH = Code.of(0, 6)
IPATCH = Code.IPATCH = Code.of(0, 7)
CREATED = Code.CREATED = Code.of(2, 1)
DELETED = Code.DELETED = Code.of(2, 2)
VALID = Code.VALID = Code.of(2, 3)
CHANGED = Code.CHANGED = Code.of(2, 4)
CONTENT = Code.CONTENT = Code.of(2, 5)
CONTINUE = Code.CONTINUE = Code.of(2, 31)
BAD_REQUEST = Code.BAD_REQUEST = Code.of(4, 0)
UNAUTHORIZED = Code.UNAUTHORIZED = Code.of(4, 1)
BAD_OPTION = Code.BAD_OPTION = Code.of(4, 2)
FORBIDDEN = Code.FORBIDDEN = Code.of(4, 3)
NOT_FOUND = Code.NOT_FOUND = Code.of(4, 4)
METHOD_NOT_ALLOWED = Code.METHOD_NOT_ALLOWED = Code.of(4, 5)
NOT_ACCEPTABLE = Code.NOT_ACCEPTABLE = Code.of(4, 6)
REQUEST_ENTITY_INCOMPLETE = Code.REQUEST_ENTITY_INCOMPLETE = Code.of(4, 8)
CONFLICT = Code.CONFLICT = Code.of(4, 9)
PRECONDITION_FAILED = Code.PRECONDITION_FAILED = Code.of(4, 12)
REQUEST_ENTITY_TOO_LARGE = Code.REQUEST_ENTITY_TOO_LARGE = Code.of(4, 13)
UNSUPPORTED_CONTENT_FORMAT = Code.UNSUPPORTED_CONTENT_FORMAT = Code.of(4, 15)
UNPROCESSABLE_ENTITY = Code.UNPROCESSABLE_ENTITY = Code.of(4, 22)
TOO_MANY_REQUESTS = Code.TOO_MANY_REQUESTS = Code.of(4, 29)
INTERNAL_SERVER_ERROR = Code.INTERNAL_SERVER_ERROR = Code.of(5, 0)
NOT_IMPLEMENTED = Code.NOT_IMPLEMENTED = Code.of(5, 1)
BAD_GATEWAY = Code.BAD_GATEWAY = Code.of(5, 2)
SERVICE_UNAVAILABLE = Code.SERVICE_UNAVAILABLE = Code.of(5, 3)
GATEWAY_TIMEOUT = Code.GATEWAY_TIMEOUT = Code.of(5, 4)
PROXYING_NOT_SUPPORTED = Code.PROXYING_NOT_SUPPORTED = Code.of(5, 5)
HOP_LIMIT_REACHED = Code.HOP_LIMIT_REACHED = Code.of(5, 8)

_METHODS = ("GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "IPATCH")
_NAMES: dict[int, str] = {
    int(code): name if name in _METHODS else name.replace("_", " ").title()
    for name, code in vars(Code).items()
    if isinstance(code, Code)
} | {int(Code.IPATCH): "iPATCH"}
