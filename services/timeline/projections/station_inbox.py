"""What must which organisation do next, and until when? One row per handover, folded from its public facts."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any, Final

import asyncpg

from services.kernel.db import Connection
from services.kernel.projections import Projection
from services.kernel.store import Recorded
from services.reference.contact_limits import Contact
from services.reference.organisations import Organisations
from services.timeline.domain.board import Board, Call, Fact, Rung, evolve
from services.timeline.domain.tasks import Task, tasks
from services.timeline.facts import fact_of, handover_of, person_of

NAME: Final = "station_inbox"
VERSION: Final = 4

OF_PERSON: Final = "select board from station_inbox where person_ref = $1"
BOARDS: Final = "select handover_id, board from station_inbox where handover_id = any($1::text[])"
UPSERT: Final = """
insert into station_inbox as held (handover_id, person_ref, version, state, level, board, tasks, recipients)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (handover_id) do update
set version = excluded.version, state = excluded.state, level = excluded.level, board = excluded.board,
    tasks = excluded.tasks, recipients = excluded.recipients
where held.version < excluded.version
"""
OF_ORGANISATION: Final = """
select handover_id, person_ref, state, level, tasks, board
from station_inbox
where handover_id = any(inbox_of($1))
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to do, as an organisation's inbox lists it. `policy`: the version it lives under, if known."""

    handover_id: str
    person_ref: str
    state: str
    level: int
    role: str
    action: str
    due_at: str | None
    since: str | None = None
    voluntary: bool = False
    contacts: tuple[Contact, ...] = ()
    policy: str = ""


class StationInbox:
    """The projection; `directory` tells which office stands over which station."""

    def __init__(self, directory: Organisations) -> None:
        self._directory = directory

    def projection(self) -> Projection:
        """As the runner takes it."""
        return Projection(NAME, VERSION, self.apply_all, tables=(NAME,))

    async def apply_all(self, db: Connection, records: Sequence[Recorded]) -> None:
        """Fold the facts of handovers into their rows; a fact already folded changes nothing."""
        facts, persons = by_handover(records)
        boards = await boards_of(db, list(facts))
        before = {each: boards.get(each) or Board(handover_id=each, person_ref=persons[each]) for each in facts}
        after = [reduce(evolve, news, before[handover]) for handover, news in facts.items()]
        rows = [self._row(board) for board in after if board.version > before[board.handover_id].version]
        if rows:
            await db.executemany(UPSERT, rows)

    def _row(self, board: Board) -> tuple[object, ...]:
        todo = tasks(board, self._directory)
        listed = sorted({task.org for task in todo})
        shown = [dataclasses.asdict(task) for task in todo]
        ids = (board.handover_id, board.person_ref, board.version, board.state, board.level)
        return (*ids, written(board), shown, listed)


def by_handover(records: Sequence[Recorded]) -> tuple[dict[str, list[Fact]], dict[str, str]]:
    """Facts per handover in order, and the person of each."""
    facts: dict[str, list[Fact]] = {}
    persons: dict[str, str] = {}
    for record in records:
        handover, person = handover_of(record), person_of(record)
        if handover and person:
            facts.setdefault(handover, []).append(fact_of(record))
            persons[handover] = person
    return facts, persons


async def boards_of(db: Connection, handovers: Sequence[str]) -> dict[str, Board]:
    """The boards of these handovers that are known, by id."""
    rows = await db.fetch(BOARDS, list(handovers)) if handovers else []
    return {row["handover_id"]: read(row["board"]) for row in rows}


async def boards_of_person(db: Connection, person_ref: str) -> list[Board]:
    """The boards of all handovers of a person."""
    return [read(row["board"]) for row in await db.fetch(OF_PERSON, person_ref)]


async def boards_for(db: Connection, handovers: Sequence[str]) -> list[Board]:
    """The boards of these handovers, the oldest first: their ids ascend."""
    return [board for _, board in sorted((await boards_of(db, handovers)).items())]


async def entries_of(db: Connection, org_id: str) -> list[Entry]:
    """What an organisation must do, most pressing first; what has no due instant comes last."""
    found = [
        entry(row, task)
        for row in await db.fetch(OF_ORGANISATION, org_id)
        for task in (Task(**each) for each in row["tasks"])
        if task.org == org_id
    ]
    return sorted(found, key=urgency)


def entry(row: asyncpg.Record, task: Task) -> Entry:
    """A task of a handover's row."""
    board = read(row["board"])
    ids = (row["handover_id"], row["person_ref"], row["state"], row["level"])
    contacts = tuple(Contact(datetime.fromisoformat(at), kind) for at, kind in board.contacts)
    voluntary = board.track == "VOLUNTARY"
    return Entry(*ids, task.role, task.action, task.due_at, task.since, voluntary, contacts, board.policy)


def urgency(entry: Entry) -> tuple[bool, float, str, str]:
    """Sorts what is due first to the front and what has no due instant to the end."""
    due = datetime.fromisoformat(entry.due_at).timestamp() if entry.due_at else 0.0
    return entry.due_at is None, due, entry.handover_id, entry.action


def written(board: Board) -> dict[str, Any]:
    """A board as JSON."""
    return dataclasses.asdict(board)


def read(stored: Mapping[str, Any]) -> Board:
    """A board back from JSON."""
    rung, call = stored["rung"], stored["call"]
    contacts = tuple((at, kind) for at, kind in stored["contacts"])
    return Board(
        **{
            **stored,
            "contacts": contacts,
            "rung": Rung(**rung) if rung else None,
            "call": Call(**call) if call else None,
        }
    )
