"""Opaque values in text: base64 of RFC 4648 in the alphabet and padding that each format wants."""

import base64
import re

from conformance.formats.findings import Irregularity, Reading
from conformance.formats.values import Path

_PADDED = re.compile(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.ASCII)
_URL_SAFE = re.compile(r"([A-Za-z0-9_-]{4})*[A-Za-z0-9_-]{0,3}", re.ASCII)
_ANY = re.compile(r"[A-Za-z0-9+/_-]*={0,2}", re.ASCII)
_TO_STANDARD = str.maketrans("-_", "+/")


def decode_padded(text: str, path: Path, reading: Reading) -> bytes:
    """Standard alphabet with padding (RFC 4648 §4).

    Raises:
        MalformedPayload: not base64; or the URL-safe alphabet or missing padding, when that is not tolerated.
    """
    if _PADDED.fullmatch(text) is None:
        _require_base64(text, path, reading)
        reading.irregular(Irregularity.BASE64_URL, path, f"{_shown(text)} is not padded standard base64")
    return _canonical(text, path, reading)


def decode_url_safe(text: str, path: Path, reading: Reading) -> bytes:
    """URL-safe alphabet without padding (RFC 4648 §5, RFC 8428 §4.3).

    Raises:
        MalformedPayload: not base64; or the standard alphabet or padding, when that is not tolerated.
    """
    if _URL_SAFE.fullmatch(text) is None:
        _require_base64(text, path, reading)
        reading.irregular(
            Irregularity.BASE64_STANDARD, path, f"{_shown(text)} is not base64url without padding"
        )
    return _canonical(text, path, reading)


def encode_padded(data: bytes) -> str:
    """Standard alphabet with padding."""
    return base64.b64encode(data).decode("ascii")


def encode_url_safe(data: bytes) -> str:
    """URL-safe alphabet without padding."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _require_base64(text: str, path: Path, reading: Reading) -> None:
    if _ANY.fullmatch(text) is None:
        raise reading.malformed(f"{_shown(text)} is not base64", path=path)


def _canonical(text: str, path: Path, reading: Reading) -> bytes:
    digits = text.rstrip("=").translate(_TO_STANDARD)
    padded = digits + "=" * (-len(digits) % 4)
    if len(digits) % 4 == 1 or (len(text) > len(digits) and text.translate(_TO_STANDARD) != padded):
        raise reading.malformed(f"{_shown(text)} has a length that base64 cannot have", path=path)
    data = base64.b64decode(padded, validate=True)
    if base64.b64encode(data).decode("ascii") != padded:
        raise reading.malformed(f"{_shown(text)} ends with unused bits that are not zero", path=path)
    return data


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
