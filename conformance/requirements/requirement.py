"""One requirement of a source document, as a value."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Keyword(StrEnum):
    """Strength of a requirement, RFC 2119 §1 to §5."""

    MUST = "MUST"
    SHALL = "SHALL"
    SHOULD = "SHOULD"
    MAY = "MAY"


class Role(StrEnum):
    """The side on which a requirement can be judged; `network` is what lies between the LwM2M peers."""

    DEVICE = "device"
    SERVER = "server"
    BOOTSTRAP_SERVER = "bootstrap-server"
    NETWORK = "network"


class Disposition(StrEnum):
    """What the suite intends to do about a requirement; whether a SUT meets it is said by a run, not here."""

    TESTED = "tested"
    PLANNED = "planned"
    UNTESTABLE = "untestable"
    OUT_OF_SCOPE = "out-of-scope"


class Source(BaseModel):
    """Where a requirement stands: id of the document in the catalogue, and its section there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: Sentence
    section: Sentence

    def __str__(self) -> str:
        return f"{self.document} §{self.section}"


class Standing(BaseModel):
    """A disposition and what it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    disposition: Disposition
    reason: Sentence


class Requirement(BaseModel):
    """A requirement under its own label, in our own words.

    `release` is the release of the document that asks for it. `reason` says why the disposition is what it
    is: what shows a testable one on the wire, or why the others cannot or will not be judged. `of_role` holds
    what differs for one of the `roles`; ask `standing`. `aliases` are other spellings of the label, the
    document's own among them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]+-[A-Za-z0-9.-]*[A-Za-z0-9]$")]
    paraphrase: Sentence
    keyword: Keyword
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    source: Source
    release: Sentence
    disposition: Disposition
    reason: Sentence
    of_role: Mapping[Role, Standing] = Field(default_factory=dict)
    aliases: tuple[Sentence, ...] = ()

    @field_validator("of_role")
    @classmethod
    def _of_its_roles(cls, of_role: Mapping[Role, Standing], info: ValidationInfo) -> Mapping[Role, Standing]:
        foreign = [role.value for role in of_role if role not in info.data.get("roles", of_role)]
        if foreign:
            raise ValueError(f"{foreign[0]} is none of its roles")
        return of_role

    def standing(self, role: Role) -> Standing:
        """Its disposition and the reason where the SUT plays a role."""
        return self.of_role.get(role, Standing(disposition=self.disposition, reason=self.reason))
