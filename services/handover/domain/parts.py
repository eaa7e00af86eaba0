"""What a reader is to the person of a handover: which row of the disclosure matrix, at which stage (spec §3.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from services.handover.domain.accountability import executing_street
from services.handover.domain.saga import Saga
from services.handover.domain.words import Sender
from services.reference.disclosure import Matrix, Stage, Standing
from services.reference.organisations import Organisations

REVOKED = "CLOSED_CANCELLED"
"""The notice was withdrawn or entered in error: nothing allows anybody to know."""
SERVING = frozenset({"LEAD_WORKER", "STATION_LEAD", "RESETTLEMENT"})
DONE_WHEN_COMPLETED = frozenset({"CENTRE", "POLICE"})
"""For these the matter ends with the handover; a station goes on serving, a street executing."""
STATUTES: Final = {"ORDERED": "STATUTE:戒毒条例38", "PRISON": "STATUTE:监狱法59"}
STRENGTH: tuple[Stage, ...] = ("accepted", "preview", "closed", "revoked")


@dataclass(frozen=True, slots=True)
class Handled:
    """A saga and when it changed last."""

    saga: Saga
    changed: datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """What parts are judged by."""

    matrix: Matrix
    organisations: Organisations
    now: datetime

    def standing(self, reader: Sender, handled: Handled) -> Standing | None:
        """What the reader is in this handover; None for who has no part in it."""
        recipient = self.matrix.recipient_of(reader.role)
        stage = self._stage(recipient, reader, handled) if recipient else None
        if recipient is None or stage is None:
            return None
        return Standing(recipient, stage, frozenset(_grounds(recipient, handled.saga)), basis=basis_of(handled.saga))

    def strongest(self, reader: Sender, sagas: list[Handled]) -> Standing | None:
        """The standing that shows most of all handovers of one person, the newest of equals."""
        found = [one for each in reversed(sagas) if (one := self.standing(reader, each))]
        return min(found, key=lambda one: STRENGTH.index(one.stage), default=None)

    def _stage(self, recipient: str, reader: Sender, handled: Handled) -> Stage | None:
        stage = self._live(recipient, reader, handled.saga)
        ended = _ended(recipient, handled.saga)
        if stage is None or ended is None or not self.matrix.rows[recipient].staged:
            return stage
        return ended if self.now <= handled.changed + self.matrix.closed_for else None

    def _live(self, recipient: str, reader: Sender, saga: Saga) -> Stage | None:
        """The stage as long as the handover goes on."""
        if recipient in SERVING:
            return _serving(reader.org, saga)
        return "accepted" if self._has_part(recipient, reader, saga) else None

    def _has_part(self, recipient: str, reader: Sender, saga: Saga) -> bool:
        has = PARTS.get(recipient)
        return has is not None and has(reader, saga, self.organisations)


Has: TypeAlias = Callable[[Sender, Saga, Organisations], bool]

PARTS: Final[Mapping[str, Has]] = {
    "OPS": lambda _reader, _saga, _all: True,
    "AUDITOR": lambda _reader, _saga, _all: True,
    "PERSON": lambda reader, saga, _all: reader.actor == saga.person_ref,
    "CENTRE": lambda reader, saga, _all: reader.org in saga.sources,
    "STREET": lambda reader, saga, all_: saga.track == "ORDERED" and reader.org == executing_street(saga, all_),
    "POLICE": lambda reader, saga, _all: saga.track == "ORDERED" and reader.org in saga.notified,
    "DISTRICT": lambda reader, saga, all_: reader.org in set(overseers(saga, all_)),
    "CITY": lambda reader, saga, all_: reader.org in set(overseers(saga, all_)),
}
"""Who has a part beside the stations; agencies that only take referrals have none in a handover."""


def basis_of(saga: Saga) -> str:
    """What the station's knowledge rests on: the order, the prison's duty, else the person's own word."""
    if saga.track != "VOLUNTARY":
        return STATUTES[saga.track]
    agreed = any(one.basis == "AGREEMENT" for one in saga.notices.values())
    return "CONTRACT:AGREEMENT" if agreed else "CONSENT:AFTERCARE"


def overseers(saga: Saga, organisations: Organisations) -> Iterator[str]:
    """District and city over those at work; before anybody is found, the city."""
    at_work = [one for one in (saga.accountable, saga.place.answering, saga.place.offered_to) if one]
    yield from at_work
    yield saga.place.district or ""
    for one in at_work:
        yield from organisations.parents(one)
    if not at_work:
        yield organisations.city().org_id


def _serving(org: str, saga: Saga) -> Stage | None:
    if not org:
        return None
    if org in {saga.place.answering, saga.accountable}:
        return "accepted"
    return "preview" if org == saga.place.offered_to else None


def _ended(recipient: str, saga: Saga) -> Stage | None:
    if saga.state == REVOKED:
        return "revoked"
    over = saga.state.startswith("CLOSED_") or (saga.state == "COMPLETED" and recipient in DONE_WHEN_COMPLETED)
    return "closed" if over else None


def _grounds(recipient: str, saga: Saga) -> Iterator[str]:
    if recipient == "POLICE":
        yield "L"
    if any(one.basis == "AGREEMENT" or one.shared_by_agreement for one in saga.notices.values()):
        yield "AGREEMENT"
