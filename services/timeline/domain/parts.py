"""What a reader is to a person, from what the journal says: which row of the disclosure matrix, at which stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from services.reference.disclosure import Matrix, Stage, Standing
from services.reference.organisations import Organisations
from services.timeline.domain.board import Board

REVOKED: Final = "CLOSED_CANCELLED"
SERVING: Final = frozenset({"LEAD_WORKER", "STATION_LEAD", "RESETTLEMENT"})
DONE_WHEN_COMPLETED: Final = frozenset({"CENTRE"})
STRENGTH: Final[tuple[Stage, ...]] = ("accepted", "preview", "closed", "revoked")


@dataclass(frozen=True, slots=True)
class Known:
    """What is known about who has to do with a person. `parts`: relation and organisation, of all their matters."""

    person_ref: str
    boards: Sequence[Board]
    parts: frozenset[tuple[str, str]]

    def orgs(self, relation: str) -> set[str]:
        """The organisations of one relation."""
        return {org for held, org in self.parts if held == relation}


@dataclass(frozen=True, slots=True)
class Watch:
    """What parts are judged by."""

    matrix: Matrix
    directory: Organisations
    now: datetime

    def standing(self, recipient: str, org: str, known: Known) -> Standing | None:
        """The standing of an organisation that shows most; None for who has no part in it."""
        boards = known.boards or (Board(handover_id="", person_ref=known.person_ref),)
        stages = [stage for board in boards if org and (stage := self._stage(recipient, org, known, board))]
        strongest = min(stages, key=STRENGTH.index, default=None)
        return Standing(recipient, strongest) if strongest else None

    def _stage(self, recipient: str, org: str, known: Known, board: Board) -> Stage | None:
        live = _serving(org, board) if recipient in SERVING else self._part(recipient, org, known, board)
        ended = _ended(recipient, board)
        if live is None or ended is None:
            return live
        recent = board.since is None or self.now <= datetime.fromisoformat(board.since) + self.matrix.closed_for
        return ended if recent or ended == "revoked" else None

    def _part(self, recipient: str, org: str, known: Known, board: Board) -> Stage | None:
        has = PARTS.get(recipient)
        return "accepted" if has and has(org, known, board, self.directory) else None


Has: TypeAlias = Callable[[str, Known, Board, Organisations], bool]


def executes(org: str, known: Known, board: Board, directory: Organisations) -> bool:
    """The street that executes the order; where the order names none, that of the station."""
    named = known.orgs("executing")
    office = directory.street_office_of(board.accountable or board.station)
    return board.track == "ORDERED" and (org in named if named else office is not None and org == office.org_id)


def oversees(org: str, known: Known, board: Board, directory: Organisations) -> bool:
    """District and city over those who are at work; before anybody is, the city."""
    at_work = {board.accountable, board.station, *known.orgs("offered"), *known.orgs("accountable")} - {""}
    above = {over for one in at_work for over in directory.parents(one)}
    return org in at_work | above if at_work else org == directory.city().org_id


PARTS: Final[Mapping[str, Has]] = {
    "CENTRE": lambda org, known, _board, _all: org in known.orgs("source"),
    "STREET": executes,
    "DISTRICT": oversees,
    "CITY": oversees,
}


def _serving(org: str, board: Board) -> Stage | None:
    if org == board.accountable:
        return "accepted"
    return "preview" if board.assignment == "OFFERED" and org == board.station else None


def _ended(recipient: str, board: Board) -> Stage | None:
    if board.state == REVOKED:
        return "revoked"
    over = board.state.startswith("CLOSED_") or (board.state == "COMPLETED" and recipient in DONE_WHEN_COMPLETED)
    return "closed" if over else None
