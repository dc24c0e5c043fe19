"""The one error that a decoder raises."""


class MalformedPayload(ValueError):  # noqa: N818 - the name of the condition in the specification
    """The payload is not what its Content-Format demands.

    `format` is the Content-Format number, `offset` the byte where it went wrong (None where no single byte
    did), `reason` says what was found and what was expected.
    """

    def __init__(self, content_format: int, reason: str, offset: int | None = None) -> None:
        place = "" if offset is None else f" at byte {offset}"
        super().__init__(f"Content-Format {int(content_format)}{place}: {reason}")
        self.format = content_format
        self.reason = reason
        self.offset = offset
