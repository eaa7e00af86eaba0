"""Who must do what next in a handover, and until when: the station inbox in one pure function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from services.reference.organisations import Organisations
from services.timeline.domain.board import CONFIRM_RELEASE, INFORM_ORGAN, Board

# state → (action code, role, the timer that gives its due instant)
NEXT: Final[Mapping[str, tuple[str, str, str]]] = {
    "ACCEPTED": ("early_contact", "WORKER", "T_EARLY"),
    "EARLY_CONTACT": ("confirm_plan", "WORKER", "T_PLAN"),
    "READY": ("await_release", "WORKER", "T_RELEASE_CONFIRM"),
    "AWAITING_REPORT": ("await_report", "WORKER", "T_DEADLINE"),
    "STATUTORY_NOTIFIED": ("await_authority", "STREET_OFFICER", "T_L4"),
    "REPORTED": ("complete_onboarding", "WORKER", "T_ONBOARD"),
    "ON_HOLD": ("review_hold", "WORKER", "T_HOLD"),
}
CONTACT_PERSON: Final = "contact_person"
ACTIONS: Final = (
    "accept", "assign_station", "assign_worker", "acknowledge_escalation", "sign_statutory_notice",
    CONTACT_PERSON, CONFIRM_RELEASE, INFORM_ORGAN, "answer_request", "answer_overdue_request",
    *(action for action, _, _ in NEXT.values()),
)  # fmt: skip
STATION_ROLES: Final = frozenset({"WORKER", "STATION_LEAD", "RESETTLEMENT"})


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that an organisation must do. `due_at`: ISO text, None where nothing presses; `since`: when it came."""

    org: str
    role: str
    action: str
    due_at: str | None
    since: str | None = None


def tasks(board: Board, directory: Organisations) -> tuple[Task, ...]:
    """All open tasks of a handover, each with exactly one organisation; none when it is over."""
    return () if board.over else tuple(task for task in open_tasks(board, directory) if task.org)


def open_tasks(board: Board, directory: Organisations) -> Iterator[Task]:
    """Assignment first, then the step of the state, then the ladder."""
    yield from assignment(board, directory)
    yield from step(board, directory)
    if board.rung and board.rung.to_role:
        org = board.rung.to_org or place_of(board.rung.to_role, board, directory)
        until = board.rung.due_at or due(board, "T_ACK")
        yield Task(org, board.rung.to_role, "acknowledge_escalation", until, board.came.get("rung"))
    if board.draft:
        org = place_of("STREET_OFFICER", board, directory)
        yield Task(org, "STREET_OFFICER", "sign_statutory_notice", board.timers.get("T_SIGN"), board.came.get("draft"))
    yield from calls(board, directory)


def calls(board: Board, directory: Organisations) -> Iterator[Task]:
    """The person is to be called; a centre is asked something."""
    if board.contact:
        yield Task(place_of("WORKER", board, directory), "WORKER", CONTACT_PERSON, board.contact, board.came["contact"])
    for action, org in board.asked.items():
        role = "PRISON" if directory.type_of(org) == "PRISON" else "DETOX_CENTRE"
        yield Task(org, role, action, None, board.came["asked"])


def assignment(board: Board, directory: Organisations) -> Iterator[Task]:
    """Until a station has accepted, somebody must accept or assign."""
    if board.assignment == "OFFERED":
        yield Task(board.station, "STATION_LEAD", "accept", due(board, "T_ACCEPT", "T_ASSIGN"), board.since)
    if board.call:
        org = board.call.org or place_of(board.call.role, board, directory)
        until = board.call.due_at or due(board, "T_ACCEPT_DISTRICT", "T_ASSIGN", "T_ROUTE")
        yield Task(org, board.call.role, "assign_station", until, board.came.get("call"))


def step(board: Board, directory: Organisations) -> Iterator[Task]:
    """What the state asks for, of whoever answers for the person now."""
    if board.state not in NEXT:
        return
    action, role, timer = NEXT[board.state]
    org = place_of(role, board, directory)
    if board.state == "ACCEPTED" and not board.has_worker:
        yield Task(org, "STATION_LEAD", "assign_worker", due(board, timer), board.since)
    yield Task(org, role, action, due(board, timer), board.since)


def due(board: Board, *names: str) -> str | None:
    """The due instant of the first of these timers that is armed."""
    return next((board.timers[name] for name in names if board.timers.get(name)), None)


def place_of(role: str, board: Board, directory: Organisations) -> str:
    """The organisation that a role means here; before acceptance a station's part falls to its district."""
    if role in STATION_ROLES:
        return board.accountable or district_of(board, directory)
    if role == "STREET_OFFICER":
        office = directory.street_office_of(board.accountable or board.station)
        return office.org_id if office else district_of(board, directory)
    return district_of(board, directory) if role == "DISTRICT_LEAD" else directory.city().org_id


def district_of(board: Board, directory: Organisations) -> str:
    """The workstation over the handover's station, or the city while no station is known."""
    above = directory.parents(board.station or board.accountable)
    return above[0] if above else directory.city().org_id
