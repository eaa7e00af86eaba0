"""Consents of a person, folded from the facts of their stream: per recipient, purpose and groups, until they end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from schemas.base import Event
from schemas.groups import GROUPS, Group
from schemas.intake import ConsentGiven, ConsentWithdrawn

ALL: Final = "ALL"


@dataclass(frozen=True, slots=True)
class Consent:
    """One consent that was not withdrawn. `expires_at`: an instant, or a day whose end is meant."""

    consent_id: str
    recipient: str
    purpose: str
    groups: frozenset[Group]
    expires_at: datetime | date | None

    def holds(self, now: datetime) -> bool:
        """Whether it has not run out."""
        if self.expires_at is None:
            return True
        return now < self.expires_at if isinstance(self.expires_at, datetime) else now.date() <= self.expires_at


def folded(events: Iterable[Event]) -> Mapping[str, Consent]:
    """The consents that stand, by number. A withdrawal of a number, or of all, takes effect at once."""
    standing: dict[str, Consent] = {}
    for event in events:
        if isinstance(event, ConsentGiven):
            standing[event.consent_id] = given(event)
        elif isinstance(event, ConsentWithdrawn):
            for number in withdrawn(event, standing):
                del standing[number]
    return standing


def given(event: ConsentGiven) -> Consent:
    """A consent as it was given; codes that are no group stand for nothing."""
    groups = frozenset(group for group in GROUPS if group in event.field_groups)
    return Consent(event.consent_id, event.recipient_org or "", event.purpose, groups, event.expires_at)


def withdrawn(event: ConsentWithdrawn, standing: Mapping[str, Consent]) -> list[str]:
    """The numbers that a withdrawal ends."""
    return [number for number in standing if event.consent_id in {number, ALL}]


def towards(consents: Iterable[Consent], org: str, now: datetime) -> dict[Group, str]:
    """The groups that one recipient may have by consent now, each with the number of the consent."""
    held = [one for one in consents if org and one.recipient == org and one.holds(now)]
    return {group: one.consent_id for one in held for group in one.groups}
