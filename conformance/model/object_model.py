"""The objects that a conversation is about, each in the version that counts there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from conformance.model.ddf import InvalidDefinition, InvalidDefinitions, load_ddf
from conformance.model.definitions import DataType, ObjectDefinition, ResourceDefinition, version_key

_RESOURCE_PATH_LENGTHS = (3, 4)


@dataclass(frozen=True)
class ObjectModel:
    """Definitions by object and version. Immutable: changes give a new model.

    Where no version is chosen, that which the enabler names counts (`named`, core objects only), else the
    highest that the enabler can carry, else the highest.
    """

    enabler: str
    definitions: Mapping[int, Mapping[str, ObjectDefinition]]
    named: Mapping[int, str]
    chosen: Mapping[int, str]

    @classmethod
    def of(cls, enabler: str, objects: Iterable[ObjectDefinition], named: Mapping[int, str]) -> ObjectModel:
        """A model of these objects; `named` tells the versions of those that the enabler itself specifies."""
        nothing: Mapping[int, str] = MappingProxyType({})
        return cls(enabler, {}, MappingProxyType(dict(named)), nothing)._with(objects)

    def object(self, oid: int, version: str | None = None) -> ObjectDefinition | None:
        """The definition of an object, in this very version if one is given; None if it is not known.

        For a chosen version that is not known the nearest minor version of the same major version stands in,
        since minor versions only add (LwM2M Core 1.2 §7.2.2): the nearest below, else above.
        """
        known = self.definitions.get(oid, {})
        if version is not None:
            return known.get(version)
        if not known:
            return None
        wanted = self.chosen.get(oid) or self.named.get(oid)
        if wanted is not None:
            return known.get(wanted) or _nearest(known.values(), wanted)
        highest = sorted(known.values(), key=lambda each: version_key(each.version))
        fitting = [each for each in highest if version_key(each.lwm2m_version) <= version_key(self.enabler)]
        return (fitting or highest)[-1]

    def default_version(self, oid: int) -> str:
        """The version that a device means when it gives no `ver` (LwM2M Core 1.2 §7.2.3).

        For a core object it is that of the enabler, for any other object 1.0.
        """
        return self.named.get(oid, "1.0")

    def versions(self, oid: int) -> tuple[str, ...]:
        """The known versions of an object, lowest first."""
        return tuple(sorted(self.definitions.get(oid, {}), key=version_key))

    def resource(self, path: tuple[int, ...]) -> ResourceDefinition | None:
        """The definition at (object, instance, resource[, resource instance]); None if unknown."""
        if len(path) not in _RESOURCE_PATH_LENGTHS:
            return None
        definition = self.object(path[0])
        return definition.resources.get(path[2]) if definition else None

    def type_of(self, path: tuple[int, ...]) -> DataType | None:
        """The type of the resource at a path; None if it is unknown, DataType.NONE if it has no value."""
        resource = self.resource(path)
        return resource.type if resource else None

    def choose(self, versions: Mapping[int, str]) -> ObjectModel:
        """This model with these versions counting, such as those that a device registered.

        Raises ValueError for a version that is not of the form "1.0".
        """
        for oid, version in versions.items():
            try:
                version_key(version)
            except ValueError as error:
                raise ValueError(f"object {oid}: {error}") from error
        return replace(self, chosen=MappingProxyType({**self.chosen, **versions}))

    def with_directory(self, directory: Path) -> ObjectModel:
        """This model with the definitions of all *.xml files of a folder added.

        A definition of the folder replaces the known one of the same object and version.

        Raises InvalidDefinitions, which lists every file at fault.
        """
        objects: dict[tuple[int, str], Path] = {}
        loaded: list[ObjectDefinition] = []
        errors: list[InvalidDefinition] = []
        files = sorted(directory.glob("*.xml"))
        if not files:
            reason = "holds no *.xml file" if directory.is_dir() else "is no folder"
            errors.append(InvalidDefinition(directory, None, reason))
        for file in files:
            try:
                definitions = load_ddf(file)
            except InvalidDefinition as error:
                errors.append(error)
                continue
            for definition in definitions:
                key = (definition.id, definition.version)
                if key in objects:
                    where = "this file" if objects[key] == file else objects[key].name
                    reason = (
                        f"object {key[0]} version {key[1]} is already defined in {where}; keep one of them"
                    )
                    errors.append(InvalidDefinition(file, None, reason))
                objects.setdefault(key, file)
                loaded.append(definition)
        if errors:
            raise InvalidDefinitions(tuple(errors))
        return self._with(loaded)

    def _with(self, objects: Iterable[ObjectDefinition]) -> ObjectModel:
        merged = {oid: dict(versions) for oid, versions in self.definitions.items()}
        for each in objects:
            merged.setdefault(each.id, {})[each.version] = each
        frozen = {oid: MappingProxyType(versions) for oid, versions in merged.items()}
        return replace(self, definitions=MappingProxyType(frozen))


def _nearest(known: Iterable[ObjectDefinition], wanted: str) -> ObjectDefinition | None:
    major, minor = version_key(wanted)
    related = sorted(
        (each for each in known if version_key(each.version)[0] == major),
        key=lambda each: version_key(each.version),
    )
    below = [each for each in related if version_key(each.version)[1] <= minor]
    return below[-1] if below else (related[0] if related else None)
