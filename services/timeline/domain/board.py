"""What one handover looks like from outside: a fold of its public facts that never fails (specification §3.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.reference.contact_limits import Kind, kind_of

CONFIRM_RELEASE: Final = "confirm_release"
INFORM_ORGAN: Final = "inform_decision_organ"
KEPT_CONTACTS: Final = 30
OPEN: Final = ("rung", "call", "draft", "contact", "asked")
LADDER: Final = frozenset({"AWAITING_REPORT", "STATUTORY_NOTIFIED"})
UNASSIGNED: Final = frozenset({"NOTICED", "OFFERED"})


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a handover's stream; `data` is its payload as it was journaled, `version` its place in the stream.

    `policy`: the version that the handover lives under, empty where the fact does not say.
    """

    name: str
    version: int
    time: datetime
    data: Mapping[str, Any]
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of the ladder that waits for an acknowledgement; `to_org` is empty where the fact named only a role."""

    rung: str
    to_role: str
    to_org: str
    due_at: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody above must name a station."""

    role: str
    org: str
    due_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One handover now. `station` is the latest offered to, accepted by or reported at; instants are ISO text.

    `contact`: until when a worker calls the person; `contacts`: records of contact as (instant, kind); `asked`: what a
    centre is asked, by action; `came`: when each open thing besides the state came up.
    """

    handover_id: str
    person_ref: str
    version: int = 0
    state: str = "NOTICED"
    resume_state: str = "NOTICED"
    track: str = ""
    station: str = ""
    accountable: str = ""
    assignment: str = "UNROUTED"
    call: Call | None = None
    has_worker: bool = False
    released: bool = False
    level: int = 0
    rung: Rung | None = None
    draft: bool = False
    since: str | None = None
    timers: Mapping[str, str] = field(default_factory=dict)
    contact: str | None = None
    contacts: tuple[tuple[str, Kind], ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)
    came: Mapping[str, str] = field(default_factory=dict)
    policy: str = ""

    @property
    def over(self) -> bool:
        """Whether the handover has ended; some ends can be reopened."""
        return self.state == "COMPLETED" or self.state.startswith("CLOSED_")


Change: TypeAlias = Callable[[Board, Mapping[str, Any]], Board]


def evolve(board: Board, fact: Fact) -> Board:
    """The board after a fact. A fact that was seen before changes nothing."""
    if fact.version <= board.version:
        return board
    change = CHANGES.get(fact.name)
    after = change(board, {**fact.data, "at": fact.data.get("at") or fact.time.isoformat()}) if change else board
    return settled(replace(after, version=fact.version, policy=fact.policy or board.policy), board, fact.time)


def settled(after: Board, before: Board, at: datetime) -> Board:
    """What follows from a new state: its beginning, no ladder outside the ladder's states, nothing open at the end."""
    if after.since is None or after.state != before.state:
        after = replace(after, since=at.isoformat())
    if after.state not in LADDER:
        kept = {action: org for action, org in after.asked.items() if action != INFORM_ORGAN}
        after = replace(after, level=0, rung=None, draft=False, asked=kept)
    if after.state != "AWAITING_REPORT":
        after = replace(after, contact=None)
    if after.over:
        return replace(after, timers={}, call=None, asked={}, came={})
    return replace(after, came={**after.came, **dict.fromkeys(newly_open(before, after), at.isoformat())})


def newly_open(before: Board, after: Board) -> Iterator[str]:
    """What came up, or came up anew, with this fact."""
    for name in OPEN:
        if getattr(after, name) and getattr(after, name) != getattr(before, name):
            yield name


def offered(board: Board, data: Mapping[str, Any]) -> Board:
    state = "OFFERED" if board.state == "NOTICED" else board.state
    return replace(to_station(board, data), state=state, track=data.get("track") or board.track)


def reoffered(board: Board, data: Mapping[str, Any]) -> Board:
    return to_station(board, data) if data.get("station_id") else replace(board, assignment="UNROUTED")


def to_station(board: Board, data: Mapping[str, Any]) -> Board:
    station = data.get("station_id") or board.station
    return replace(board, station=station, assignment="OFFERED", call=None, has_worker=False)


def accepted(board: Board, data: Mapping[str, Any]) -> Board:
    station = data.get("station_id") or board.station
    state = "ACCEPTED" if board.state in UNASSIGNED else board.state
    return replace(board, state=state, station=station, accountable=station, assignment="ACCEPTED", call=None)


def declined(board: Board, _data: Mapping[str, Any]) -> Board:
    state = "NOTICED" if board.state == "OFFERED" else board.state
    return replace(board, state=state, assignment="UNROUTED")


def reassigned(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(to_station(board, data), state="OFFERED" if board.state in UNASSIGNED else board.state)


def called(role: str) -> Change:
    """A change that asks a role to name a station; the fact may name another tier."""

    def change(board: Board, data: Mapping[str, Any]) -> Board:
        told = f"{data['level']}_LEAD" if data.get("level") in {"DISTRICT", "CITY"} else role
        return replace(board, call=Call(told, data.get("to_org") or "", data.get("due")))

    return change


def contacted_early(board: Board, data: Mapping[str, Any]) -> Board:
    known = reached(board, "MET", data)
    return replace(known, state="EARLY_CONTACT") if board.state == "ACCEPTED" else known


def planned(board: Board, _data: Mapping[str, Any]) -> Board:
    return replace(board, state="READY") if board.state in {"ACCEPTED", "EARLY_CONTACT"} else board


def plan_lost(board: Board, _data: Mapping[str, Any]) -> Board:
    return replace(board, state="EARLY_CONTACT") if board.state == "READY" else board


def window_opened(board: Board, data: Mapping[str, Any]) -> Board:
    asked = {INFORM_ORGAN: str(data["source_org"])} if data.get("call_due") and data.get("source_org") else {}
    return replace(board, state="AWAITING_REPORT", released=True, contact=data.get("call_due"), asked=asked)


def reported(board: Board, data: Mapping[str, Any]) -> Board:
    station = data.get("station_id") or board.station
    known = reached(board, "REPORTED", data)
    return replace(known, state="REPORTED", station=station, accountable=station, assignment="ACCEPTED", call=None)


def contact_made(board: Board, data: Mapping[str, Any]) -> Board:
    kind = kind_of(data)
    return replace(reached(board, kind, data), contact=board.contact if kind == "IN_VAIN" else None)


def reached(board: Board, kind: Kind, data: Mapping[str, Any]) -> Board:
    return replace(board, contacts=(*board.contacts, (str(data["at"]), kind))[-KEPT_CONTACTS:])


def centre_asked(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(board, asked={**board.asked, CONFIRM_RELEASE: str(data["to_org"])}) if data.get("to_org") else board


def progressed(board: Board, data: Mapping[str, Any]) -> Board:
    if data.get("cause") != "PersonReleased":
        return board
    return replace(board, asked={action: org for action, org in board.asked.items() if action != CONFIRM_RELEASE})


def report_invalidated(board: Board, _data: Mapping[str, Any]) -> Board:
    contacts = tuple((at, kind) for at, kind in board.contacts if kind != "REPORTED")
    return replace(board, state="AWAITING_REPORT" if board.released else "EARLY_CONTACT", contacts=contacts)


def held(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(board, state="ON_HOLD", resume_state=data.get("resume_state") or board.resume_state)


def resumed(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(board, state=data.get("resume_state") or board.resume_state)


def raised(board: Board, data: Mapping[str, Any]) -> Board:
    rung = Rung(
        str(data.get("rung") or ""), str(data.get("to_role") or ""), data.get("to_org") or "", data.get("ack_due")
    )
    return replace(board, rung=rung, level=max(board.level, int(data.get("level") or 0)))


def forwarded(board: Board, data: Mapping[str, Any]) -> Board:
    return raised(board, {"rung": board.rung and board.rung.rung, **data})


def scheduled(board: Board, data: Mapping[str, Any]) -> Board:
    name = str(data.get("name") or "")
    state = "NOTICED" if board.over and name == "T_ROUTE" else board.state
    return replace(board, state=state, timers={**board.timers, name: str(data.get("due_at") or "")})


def rang(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(board, timers={name: due for name, due in board.timers.items() if name != data.get("name")})


def recomputed(board: Board, data: Mapping[str, Any]) -> Board:
    answers = data.get("accountable") if data.get("cause") == "ReportInvalidated" else None
    return replace(board, accountable=answers or board.accountable, level=0)


def closed(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(board, state=data.get("terminal_state") or "CLOSED_CANCELLED")


def with_track(board: Board, data: Mapping[str, Any]) -> Board:
    return replace(board, track=data.get("to_track") or board.track)


CHANGES: Final[Mapping[str, Change]] = {
    "HandoverOffered": offered,
    "HandoverReoffered": reoffered,
    "HandoverAccepted": accepted,
    "DistrictAssigned": accepted,
    "HandoverDeclined": declined,
    "StationReassigned": reassigned,
    "RoutingEscalated": called("CITY_LEAD"),
    "DistrictAssignmentRequired": called("DISTRICT_LEAD"),
    "CityAssignmentRequired": called("CITY_LEAD"),
    "WorkerAssigned": lambda board, _: replace(board, has_worker=True),
    "EarlyContactRecorded": contacted_early,
    "ReleasePlanConfirmed": planned,
    "ReleasePlanInvalidated": plan_lost,
    "ReportWindowOpened": window_opened,
    "PersonReported": reported,
    "ReportInvalidated": report_invalidated,
    "HandoverHeld": held,
    "HandoverResumed": resumed,
    "EscalationRaised": raised,
    "EscalationForwarded": forwarded,
    "EscalationAcknowledged": lambda board, _: replace(board, rung=None),
    "EscalationPaused": lambda board, _: replace(board, rung=None, contact=None),
    "EscalationStoodDown": lambda board, _: replace(board, rung=None, contact=None),
    "ContactTaskCreated": lambda board, data: replace(board, contact=data.get("due")),
    "ContactMade": contact_made,
    "ReleaseConfirmationQueried": centre_asked,
    "HandoverProgressed": progressed,
    "DeadlinesRecomputed": recomputed,
    "StatutoryNoticeDraftRequested": lambda board, _: replace(board, draft=True),
    "StatutoryNoticeSigned": lambda board, _: replace(board, state="STATUTORY_NOTIFIED", draft=False, rung=None),
    "StatutoryNoticeWaived": lambda board, _: replace(board, draft=False),
    "TrackChanged": with_track,
    "TimerScheduled": scheduled,
    "TimerFired": rang,
    "TimerIgnored": rang,
    "HandoverCompleted": lambda board, _: replace(board, state="COMPLETED"),
    "HandoverClosed": closed,
    "HandoverReturned": lambda board, _: replace(board, state="NOTICED", assignment="UNROUTED"),
    "OpsReopened": lambda board, _: replace(board, state="NOTICED", assignment="UNROUTED"),
}
