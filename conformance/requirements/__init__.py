"""What the source documents ask of LwM2M, as data: the catalogue, the errata, the ambiguity register."""

from conformance.requirements.ambiguities import Ambiguity, AmbiguityRegister, load_ambiguities
from conformance.requirements.catalogue import Catalogue, Document, load_catalogue
from conformance.requirements.clause import Clause
from conformance.requirements.errata import Errata, Erratum, load_errata
from conformance.requirements.requirement import Disposition, Keyword, Requirement, Role, Source
from conformance.requirements.tables import CatalogueError

__all__ = [
    "Ambiguity",
    "AmbiguityRegister",
    "Catalogue",
    "CatalogueError",
    "Clause",
    "Disposition",
    "Document",
    "Errata",
    "Erratum",
    "Keyword",
    "Requirement",
    "Role",
    "Source",
    "load_ambiguities",
    "load_catalogue",
    "load_errata",
]
