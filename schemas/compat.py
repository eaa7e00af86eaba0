"""What changed between two exported schemas, and whether old events or old readers would break."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]

TOKEN: Final = "Token"  # noqa: S105 - the name of a type
FLOORS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
CEILINGS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
WIDER: Final = {("integer", "number")}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `breaking`: an event that was valid no longer is, or its meaning moved."""

    path: str
    what: str
    breaking: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a schema together with the definitions its references point to."""

    schema: Schema
    definitions: Schema

    def at(self, schema: Schema) -> Place:
        return Place(schema, self.definitions).resolved()

    def resolved(self) -> Place:
        reference = self.schema.get("$ref")
        return self if reference is None else self.at(self.definitions[reference.rpartition("/")[2]])

    def variants(self) -> list[Place]:
        found = [self.at(one) for one in self.schema.get("anyOf", [])]
        return [deeper for one in found for deeper in one.variants()] if found else [self]

    @property
    def sealed(self) -> bool:
        return self.schema.get("title") == TOKEN


def compare(old: Schema, new: Schema) -> list[Change]:
    """All differences of two exported event schemas, breaking ones first."""
    moved = [Change(mark, "moved", breaking=True) for mark in ("x-topic",) if old.get(mark) != new.get(mark)]
    found = [*moved, *_changes("", Place(old, old.get("$defs", {})), Place(new, new.get("$defs", {})))]
    return sorted(found, key=lambda change: not change.breaking)


def _changes(path: str, old: Place, new: Place) -> list[Change]:
    before, after = old.resolved().variants(), new.resolved().variants()
    if any(one.sealed for one in before) != any(one.sealed for one in after):
        return [Change(path, "sealing changed", breaking=True)]
    lost = [change for variant in before for change in _closest(path, variant, after)]
    return lost if len(after) <= len(before) else [*lost, Change(path, "type widened", breaking=False)]


def _closest(path: str, old: Place, candidates: list[Place]) -> list[Change]:
    """The changes against the variant that fits best: fewest breaking ones, then fewest at all."""
    found = [list(_one(path, old, new)) for new in candidates]
    return min(found, key=lambda changes: (sum(change.breaking for change in changes), len(changes)))


def _one(path: str, old: Place, new: Place) -> Iterator[Change]:
    kinds = (old.schema.get("type"), new.schema.get("type"))
    if kinds[0] != kinds[1] and kinds[1] is not None:
        yield Change(path, "type widened" if kinds in WIDER else "type changed", breaking=kinds not in WIDER)
        return
    if old.sealed and new.sealed:
        yield from _changes(path, old.at(old.schema["x-clear"]), new.at(new.schema["x-clear"]))
        return
    yield from _values(path, old.schema, new.schema)
    yield from _bounds(path, old.schema, new.schema)
    yield from _form(path, old.schema, new.schema)
    yield from _fields(path, old, new)
    yield from _inner(path, old, new)


def _values(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    before, after = _allowed(old), _allowed(new)
    if after is not None and (before is None or before - after):
        yield Change(path, "enum narrowed", breaking=True)
    elif before != after:
        yield Change(path, "enum widened", breaking=False)


def _allowed(schema: Schema) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {repr(value) for value in values}


def _bounds(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    for bound in (*FLOORS, *CEILINGS):
        before, after = old.get(bound), new.get(bound)
        if before != after:
            tighter = after is not None and (before is None or (after > before) == (bound in FLOORS))
            yield Change(path, f"{bound} {'tightened' if tighter else 'loosened'}", breaking=tighter)


def _form(path: str, old: Schema, new: Schema) -> Iterator[Change]:
    for form in ("pattern", "format"):
        if old.get(form) != new.get(form):
            loosened = new.get(form) is None
            yield Change(path, f"{form} {'dropped' if loosened else 'changed'}", breaking=not loosened)


def _fields(path: str, old: Place, new: Place) -> Iterator[Change]:
    before, after = old.schema.get("properties", {}), new.schema.get("properties", {})
    needed_before, needed = set(old.schema.get("required", ())), set(new.schema.get("required", ()))
    for name in before.keys() - after.keys():
        yield Change(f"{path}/{name}", "field removed", breaking=True)
    for name in after.keys() - before.keys():
        required = name in needed
        yield Change(f"{path}/{name}", f"{'required' if required else 'optional'} field added", breaking=required)
    for name in before.keys() & after.keys():
        if (name in needed) != (name in needed_before):
            yield Change(f"{path}/{name}", "required" if name in needed else "optional now", breaking=name in needed)
        yield from _changes(f"{path}/{name}", old.at(before[name]), new.at(after[name]))


def _inner(path: str, old: Place, new: Place) -> Iterator[Change]:
    for before, after in ((_items(old.schema), _items(new.schema)), (_named(old.schema), _named(new.schema))):
        if before is not None and after is not None:
            yield from _changes(f"{path}/*", old.at(before), new.at(after))
        elif before is not after:
            yield Change(f"{path}/*", "other contents", breaking=after is not None)
    names = old.schema.get("patternProperties", {}).keys(), new.schema.get("patternProperties", {}).keys()
    if names[0] != names[1]:
        yield Change(f"{path}/*", "other names", breaking=bool(names[1]))


def _items(schema: Schema) -> Schema | None:
    return schema.get("items")


def _named(schema: Schema) -> Schema | None:
    """What the values of an object with free names must be."""
    extra = schema.get("additionalProperties")
    by_pattern: list[Schema] = list(schema.get("patternProperties", {}).values())
    return by_pattern[0] if by_pattern else extra if isinstance(extra, dict) else None
