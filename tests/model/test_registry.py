"""Our definitions say what the OMA registry says; LWM2M_REGISTRY_DIR names a copy of it.

The registry is https://github.com/OpenMobileAlliance/lwm2m-registry; its objects are <id>.xml and
version_history/*, other files there are not objects.
"""

import os
import re
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from conformance.model import DataType, ObjectDefinition, ResourceDefinition, core_model, load_ddf

REGISTRY = os.environ.get("LWM2M_REGISTRY_DIR")
needs_registry = pytest.mark.skipif(
    REGISTRY is None, reason="LWM2M_REGISTRY_DIR names no copy of the OMA registry"
)

PROSE_RANGES = {(1, 7), (1, 22)}
"""Resources whose range the registry gives as a sentence; ours leave it empty."""

UNTYPED_VALUES = {(10482, 5)}
"""Resources with a value but no type: tolerance *untyped-value*."""

TYPED_EXECUTES = {(10260, "1.0", 3)}
"""Execute resources with a type: tolerance *typed-execute*."""

OURS = [
    pytest.param(definition, id=f"{oid}-{version}")
    for oid, versions in core_model("1.1").definitions.items()
    for version, definition in versions.items()
]


@cache
def registered() -> dict[tuple[int, str], list[ObjectDefinition]]:
    """All objects of the registry, each file by itself valid and named after what it defines."""
    assert REGISTRY is not None
    folder = Path(REGISTRY)
    latest = [file for file in folder.glob("*.xml") if re.fullmatch(r"[0-9]+\.xml", file.name)]
    found: dict[tuple[int, str], list[ObjectDefinition]] = {}
    for file in sorted(chain(latest, (folder / "version_history").iterdir())):
        for definition in load_ddf(file):
            oid, _, version = file.stem.partition("-")
            assert definition.id == int(oid), file
            assert not version or definition.version == version.replace("_", "."), file
            found.setdefault((definition.id, definition.version), []).append(definition)
    return found


def facts(resource: ResourceDefinition, owner: int) -> dict[str, object]:
    return {
        "id": resource.id,
        "name": resource.name,
        "operations": resource.operations,
        "type": resource.type,
        "range": "" if (owner, resource.id) in PROSE_RANGES else resource.range,
        "units": resource.units,
        "multiple": resource.multiple,
        "mandatory": resource.mandatory,
    }


@needs_registry
def test_every_object_of_the_registry_loads() -> None:
    assert len(registered()) >= 400
    assert {3, 3303, 10482} <= {oid for oid, _ in registered()}


@needs_registry
@pytest.mark.parametrize("ours", OURS)
def test_ours_says_what_the_registry_says(ours: ObjectDefinition) -> None:
    for theirs in registered()[ours.id, ours.version]:
        assert (ours.name, ours.urn) == (theirs.name, theirs.urn)
        assert (ours.multiple, ours.mandatory) == (theirs.multiple, theirs.mandatory)
        assert sorted(ours.resources) == sorted(theirs.resources)
        for rid, resource in ours.resources.items():
            assert facts(resource, ours.id) == facts(theirs.resources[rid], ours.id)


@needs_registry
@pytest.mark.parametrize("ours", OURS)
def test_our_descriptions_are_our_own(ours: ObjectDefinition) -> None:
    theirs = registered()[ours.id, ours.version][0]
    assert ours.description != theirs.description
    same = {
        rid
        for rid, resource in ours.resources.items()
        if len(resource.description.split()) > 3 and resource.description in theirs.resources[rid].description
    }
    assert same == set()


@needs_registry
def test_every_version_of_our_core_objects_is_ours_too() -> None:
    model = core_model("1.1")
    core = sorted(set(model.definitions) - {3303, 3311, 3442})
    theirs = {(oid, version) for oid, version in registered() if oid in core}
    assert {(oid, version) for oid in core for version in model.versions(oid)} == theirs


@needs_registry
def test_the_registry_needs_no_more_tolerance_than_we_say() -> None:
    resources = [
        (oid, version, resource)
        for (oid, version), definitions in registered().items()
        for definition in definitions
        for resource in definition.resources.values()
    ]
    untyped = {
        (oid, resource.id)
        for oid, _, resource in resources
        if resource.type is DataType.NONE and "E" not in resource.operations
    }
    typed = {
        (oid, version, resource.id)
        for oid, version, resource in resources
        if resource.type is not DataType.NONE and "E" in resource.operations
    }
    assert untyped == UNTYPED_VALUES
    assert typed == TYPED_EXECUTES


@pytest.mark.parametrize("ours", OURS)
def test_our_files_need_no_tolerance(ours: ObjectDefinition) -> None:
    assert ours.description
    for resource in ours.resources.values():
        assert resource.description
        assert ("E" in resource.operations) == (resource.type is DataType.NONE)
