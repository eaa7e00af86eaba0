"""The agencies of a city as a tree: who stands over whom, and who serves which street (specification §3.2)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

EXTERNAL_PREFIXES = 4  # a division code's first four digits of six name the city


@dataclass(frozen=True, slots=True)
class Organisation:
    """One agency. `type` as in specification §3.2 (STN, DWS, CGS, STREET, …); `division` is a GB/T 2260-like code."""

    org_id: str
    name: str
    type: str
    parent: str
    division: str


class Organisations:
    """Look-ups over one city's network. Unknown ids give None, never a guess."""

    def __init__(self, members: Iterable[Organisation]) -> None:
        self._by_id: Mapping[str, Organisation] = {member.org_id: member for member in members}
        self._by_place = {(member.type, member.division): member for member in self._by_id.values()}

    def within(self, org_id: str) -> frozenset[str]:
        """An organisation, all below it, and for a street's office the stations in its street."""
        return self._within.get(org_id, frozenset({org_id}))

    @cached_property
    def _within(self) -> Mapping[str, frozenset[str]]:
        found: dict[str, set[str]] = {member.org_id: {member.org_id} for member in self}
        for member in self:
            office = self.street_office_of(member.org_id) if member.type == "STN" else None
            for over in (*self.parents(member.org_id), *([office.org_id] if office else [])):
                found.setdefault(over, {over}).add(member.org_id)
        return {org_id: frozenset(members) for org_id, members in found.items()}

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._by_id.values())

    def get(self, org_id: str | None) -> Organisation | None:
        """The organisation of that id, or None."""
        return self._by_id.get(org_id or "")

    def type_of(self, org_id: str | None) -> str | None:
        """The organisation type (`STN`, `DWS`, …) of an id, or None."""
        found = self.get(org_id)
        return found.type if found else None

    def of_type(self, org_type: str) -> list[Organisation]:
        """All organisations of a type, in the order of the file."""
        return [member for member in self if member.type == org_type]

    def station_of(self, street: str | None) -> Organisation | None:
        """The service station of a nine-digit street code, or None where the street is unknown."""
        return self._by_place.get(("STN", street or ""))

    def street_office_of(self, station_id: str | None) -> Organisation | None:
        """The street office in whose division a station stands."""
        station = self.get(station_id)
        return self._by_place.get(("STREET", station.division)) if station else None

    def district_of(self, division: str | None) -> Organisation | None:
        """The district workstation of a street or district code (first six digits)."""
        return self._by_place.get(("DWS", (division or "")[:6]))

    def city(self) -> Organisation:
        """The city guidance station, root of the tree."""
        return self.of_type("CGS")[0]

    def knows_city_of(self, division: str | None) -> bool:
        """Whether a division code lies in this city (first four digits, province and city)."""
        return (division or "")[:EXTERNAL_PREFIXES] == self.city().division[:EXTERNAL_PREFIXES]

    def parents(self, org_id: str | None) -> list[str]:
        """Ids from the organisation's own parent up to the root; empty for the root and for unknown ids."""
        chain: list[str] = []
        found = self.get(org_id)
        while found and found.parent:
            chain.append(found.parent)
            found = self.get(found.parent)
        return chain


def load_city(code: str) -> Organisations:
    """The network of a shipped sample city, `a` or `b`.

    Raises FileNotFoundError for another code.
    """
    text = resources.files(__package__).joinpath("cities", f"{code}.csv").read_text("utf-8-sig")
    return Organisations(Organisation(**row) for row in csv.DictReader(text.splitlines()))
