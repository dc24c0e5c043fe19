"""Untrusted XML made into a tree whose elements know their line."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

MAX_DEPTH = 32
"""Elements inside one another; an object definition needs five."""


class XmlError(ValueError):
    """Not XML that we read; `line` counts from 1, None where the parser could not say."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Node:
    tag: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    """The element's own text, that of its children left out."""
    children: list[Node] = field(default_factory=list)

    def all(self, tag: str) -> list[Node]:
        return [child for child in self.children if child.tag == tag]


class _TreeHandler(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Node | None = None
        self._open: list[Node] = []
        self._text: list[list[str]] = []
        self._position: Locator | None = None

    @property
    def line(self) -> int | None:
        return self._position.getLineNumber() if self._position is not None else None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the name is SAX's
        self._position = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the name is SAX's
        if len(self._open) == MAX_DEPTH:
            raise XmlError(self.line, f"elements stand more than {MAX_DEPTH} deep")
        node = Node(name, dict(attrs.items()), self.line or 0)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)
        self._text.append([])

    def endElement(self, name: str) -> None:  # noqa: N802 - the name is SAX's
        self._open.pop().text = "".join(self._text.pop())

    def characters(self, content: str) -> None:
        self._text[-1].append(content)


def parse(data: bytes) -> Node:
    """Root of the document.

    Raises XmlError, also for a document type declaration, the place where a file brings entities of its own.
    """
    handler = _TreeHandler()
    try:
        parseString(data, handler, forbid_dtd=True)
    except DefusedXmlException as error:
        raise XmlError(
            handler.line, "has a document type or entity declaration; remove it, none is needed"
        ) from error
    except SAXParseException as error:
        raise XmlError(error.getLineNumber(), f"is no well-formed XML: {error.getMessage()}") from error
    except XmlError:
        raise
    except (SAXException, ValueError, LookupError) as error:
        raise XmlError(handler.line, f"is no readable XML: {error}") from error
    assert handler.root is not None, "expat lets no document without a root pass"
    return handler.root
