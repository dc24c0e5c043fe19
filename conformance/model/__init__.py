"""What LwM2M objects look like: definitions read from OMA DDF XML, and the choice of their versions."""

from conformance.model.ddf import InvalidDefinition, InvalidDefinitions, load_ddf
from conformance.model.definitions import DataType, ObjectDefinition, ResourceDefinition
from conformance.model.enablers import ENABLERS, Enabler, core_model
from conformance.model.object_model import ObjectModel

__all__ = [
    "ENABLERS",
    "DataType",
    "Enabler",
    "InvalidDefinition",
    "InvalidDefinitions",
    "ObjectDefinition",
    "ObjectModel",
    "ResourceDefinition",
    "core_model",
    "load_ddf",
]
