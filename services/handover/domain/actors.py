"""`actors.yaml`: which role may send what, in which relation to the handover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from services.handover.domain.table_text import BadTable, Entry, Plain, entries, named_entries, read_document

PARTS = ("roles", "relations", "sends")


@dataclass(frozen=True, slots=True)
class Sends:
    """One line: these records, by these roles, of an organisation in that relation; `two` different people."""

    facts: tuple[str, ...]
    by: tuple[str, ...]
    relation: str
    two: bool


@dataclass(frozen=True, slots=True)
class Actors:
    """All lines. `roles` gives each role's type of organisation, None for people and the hub."""

    data: Mapping[str, Plain]
    roles: Mapping[str, str | None]
    relations: frozenset[str]
    sends: tuple[Sends, ...]

    def lines(self, name: str) -> tuple[Sends, ...]:
        """Who may send a record of that name."""
        return tuple(line for line in self.sends if name in line.facts)

    def needs_two(self, name: str) -> bool:
        """Whether it takes two people."""
        return any(line.two for line in self.lines(name))


def read_actors(text: str) -> Actors:
    """The file's lines; BadTable names the line of what is wrong."""
    data, root = read_document(text)
    if tuple(data) != PARTS:
        raise BadTable(f"parts must be {list(PARTS)}", 1)
    roles = {name: _org_type(one.check({"zh", "org_type"})) for name, one in named_entries(root, "roles").items()}
    relations = frozenset(data["relations"] if isinstance(data["relations"], dict) else ())
    return Actors(data, roles, relations, tuple(_sends(one, roles, relations) for one in entries(root, "sends")))


@cache
def shipped_actors() -> Actors:
    """The file that the project ships."""
    return read_actors(resources.files(__package__).joinpath("actors.yaml").read_text("utf-8"))


def _sends(one: Entry, roles: Mapping[str, str | None], relations: frozenset[str]) -> Sends:
    one.check({"facts", "by", "org"}, {"two"})
    unknown = (set(one.texts("by")) - set(roles)) | ({one.text("org")} - relations)
    if unknown:
        raise BadTable(f"names {sorted(unknown)}", one.line)
    return Sends(one.texts("facts"), one.texts("by"), one.text("org"), one.fields.get("two") is True)


def _org_type(one: Entry) -> str | None:
    found = one.fields["org_type"]
    return found if isinstance(found, str) else None
