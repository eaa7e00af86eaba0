"""Data-sharing agreements: between which parties what may flow, for how long, on which assessment (000-11, P-05, P-11).

An agreement is no ground for processing a person's data by itself (specification §0.3-2): it is the channel that a
centre's word about somebody who agreed to aftercare may take.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from schemas.groups import Group
from schemas.ids import Code, OrgId, Words
from services.kernel.errors import InvalidInput
from services.reference.disclosure import Standing, shipped_matrix
from services.reference.organisations import Organisations


class Processor(BaseModel):
    """Who handles the data for the parties, and what for (PIPL 21); nobody is entrusted further."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    org: OrgId
    task: Words


class Agreement(BaseModel):
    """One version of an agreement. A party covers every organisation below it; `start` and `end` are days, included.

    `pia`: the record of the impact assessment (PIPL 55, 56).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Code
    version: int = Field(ge=1)
    parties: tuple[OrgId, ...] = Field(min_length=2)
    purpose: Literal["AFTERCARE"]
    groups: tuple[Group, ...] = Field(min_length=1)
    start: date = Field(alias="from")
    end: date = Field(alias="to")
    pia: Code
    signed_by: Words
    processors: tuple[Processor, ...] = ()

    def content(self) -> dict[str, Any]:
        """As it is written down and read again."""
        return self.model_dump(mode="json", by_alias=True)


@dataclass(frozen=True, slots=True)
class Agreements:
    """All known versions: of each agreement the highest one stands whose first day has come."""

    known: Sequence[Agreement]
    directory: Organisations

    def standing(self, day: date) -> Sequence[Agreement]:
        """One version of each agreement that has begun by that day; one that is over may be among them."""
        begun = (one for one in self.known if one.start <= day)
        return tuple({one.id: one for one in sorted(begun, key=lambda one: one.version)}.values())

    def covering(self, source: str, receiver: str | None, day: date) -> Agreement | None:
        """The agreement under which a source may announce somebody to a receiver on that day, or None."""
        above = {receiver, *self.directory.parents(receiver)}
        return next((one for one in self.standing(day) if _in_force(one, day) and _between(one, source, above)), None)


def shipped_agreements(city: str) -> list[Agreement]:
    """Those of a sample city."""
    text = resources.files(__package__).joinpath("cities", f"{city}.agreements.yaml").read_text("utf-8")
    return [Agreement.model_validate(each) for each in yaml.safe_load(text)["agreements"]]


def read_agreements(text: str, directory: Organisations) -> list[Agreement]:
    """The agreements of a file.

    Raises InvalidInput: agreement_invalid, _without_assessment, _party_unknown, _too_narrow.
    """
    try:
        given = yaml.safe_load(text)["agreements"]
        return [_checked(each, directory) for each in given]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise InvalidInput("agreement_invalid", what=type(error).__name__) from error


def _checked(given: Any, directory: Organisations) -> Agreement:  # noqa: ANN401 - an entry of a file
    if isinstance(given, dict) and not given.get("pia"):
        raise InvalidInput("agreement_without_assessment", id=given.get("id"))
    try:
        found = Agreement.model_validate(given)
    except ValidationError as wrong:
        what = ", ".join(".".join(map(str, error["loc"])) for error in wrong.errors())
        raise InvalidInput("agreement_invalid", what=what) from None
    unknown = [party for party in found.parties if directory.get(party) is None]
    if unknown:
        raise InvalidInput("agreement_party_unknown", id=found.id, what=", ".join(unknown))
    if not set(found.groups) >= shown_in_an_offer():
        raise InvalidInput("agreement_too_narrow", id=found.id, what=", ".join(sorted(shown_in_an_offer())))
    return found


def shown_in_an_offer() -> frozenset[Group]:
    """The groups that a station sees of a person who is offered to it (specification §3.9, preview)."""
    return frozenset(shipped_matrix().sight(Standing("STATION_LEAD", "preview")))


def _in_force(agreement: Agreement, day: date) -> bool:
    return agreement.start <= day <= agreement.end


def _between(agreement: Agreement, source: str, receivers: Iterable[str | None]) -> bool:
    others = set(agreement.parties) - {source}
    return source in agreement.parties and bool(others & set(receivers))
