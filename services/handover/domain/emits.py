"""What a finished move tells the others: which of its rule's events hold, each with its fields (§3.4.1-6, §4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.base import Event
from schemas.registry import CURRENT
from services.handover.domain.emit_fields import FIELDS
from services.handover.domain.emit_outward import OUTWARD
from services.handover.domain.emit_progress import progress
from services.handover.domain.move import Move
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.transitions import DRAFT, PLAN_LOST


def emitted(move: Move) -> tuple[Event, ...]:
    """The events of the rule, in its order, that their conditions allow."""
    allowed = [name for name in move.rule.emit if _holds(name, move)]
    resumed_without_plan = [PLAN_LOST] if move.plan_lost and PLAN_LOST not in move.rule.emit else []
    return tuple(build(name, move.after, FIELDS.get(name, progress)(move)) for name in allowed + resumed_without_plan)


def outward(move: Move) -> tuple[Event, ...]:
    """What leaves for street and police because of these events."""
    names = [name for name in move.rule.emit if name in OUTWARD and _holds(name, move)]
    return tuple(build(OUTWARD[name][0], move.after, OUTWARD[name][1](move)) for name in names)


def build(name: str, saga: Saga, data: Mapping[str, Any]) -> Event:
    """An event about this handover."""
    return CURRENT[name](**{"person_ref": saga.person_ref, "handover_id": saga.handover_id, **data})


def timer_facts(name: str, saga: Saga, timers: Iterable[Timer], reason: str | None = None) -> tuple[Event, ...]:
    """`TimerScheduled`, `TimerFired` or `TimerIgnored` for each timer."""
    return tuple(build(name, saga, {**timer_fields(timer), "reason": reason}) for timer in timers)


def timer_fields(timer: Timer) -> dict[str, Any]:
    """A timer as its facts show it."""
    return {
        "name": timer.name,
        "due_at": timer.due_at,
        "deadline_rev": timer.deadline_rev,
        "occurrence": timer.occurrence,
        "policy_key": timer.policy_key,
        "calendar_version": timer.calendar_version,
    }


def _holds(name: str, move: Move) -> bool:
    condition = CONDITIONS.get(name)
    return condition is None or condition(move)


def _stands_down(move: Move) -> bool:
    return bool(move.before.standing_rungs) and (move.grew or not move.rule.recomputes)


def _follows_notice(move: Move) -> bool:
    known = move.before.statutory
    return known is not None and not known.followed


def _asks_centre(move: Move) -> bool:
    return move.given.name != "PersonReported" or bool(move.after.notices)


CONDITIONS: Mapping[str, Callable[[Move], bool]] = {
    "TrackChanged": lambda move: move.before.track != move.after.track,
    "DeadlinesRecomputed": lambda move: move.grew,
    PLAN_LOST: lambda move: move.plan_lost,
    "EscalationStoodDown": _stands_down,
    "EscalationRaised": lambda move: move.rung is not None,
    "ContactTaskCreated": lambda move: move.rung is not None,
    "EscalationForwarded": lambda move: move.forwarded,
    "LateReportNotified": _follows_notice,
    "StatutoryNoticeRecalled": _follows_notice,
    "ReleaseConfirmationQueried": _asks_centre,
    DRAFT: lambda move: move.draft,
}
