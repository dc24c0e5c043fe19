"""Which payload formats a SUT takes, as its ICS says."""

from conformance.formats import ContentFormat
from conformance.messages import Path
from conformance.roles.context import CaseContext
from conformance.verdicts import NotApplicable

_STRUCTURED = {
    "format_tlv": ContentFormat.TLV,
    "format_senml_json": ContentFormat.SENML_JSON,
    "format_senml_cbor": ContentFormat.SENML_CBOR,
    "format_lwm2m_json": ContentFormat.LWM2M_JSON,
    "format_lwm2m_cbor": ContentFormat.LWM2M_CBOR,
}
_SINGLE = {"format_text": ContentFormat.TEXT, "format_cbor": ContentFormat.CBOR} | _STRUCTURED


class FormatChoice:
    """The choice of a payload format for an operation."""

    context: CaseContext

    def format_for(self, path: Path, *, structured: bool = False) -> int:
        """A format that the SUT takes: for one value, or for several.

        Raises:
            NotApplicable: it takes none of those that the tester knows.
        """
        single = len(path) >= 3 and not structured
        for item, number in (_SINGLE if single else _STRUCTURED).items():
            if self.context.ics[item]:
                return number
        raise NotApplicable(f"the SUT takes no format that can carry a Write to {path}")

    def need_format(self, content_format: int) -> int:
        """Say that the case needs a payload format.

        Raises:
            NotApplicable: the SUT does not take it.
        """
        number = ContentFormat(content_format)
        if not self.context.ics[f"format_{number.name.lower()}"]:
            raise NotApplicable(f"the SUT does not support {number.name} ({number.value})")
        return number
