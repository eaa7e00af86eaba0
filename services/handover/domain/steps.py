"""Building steps: what differs between the saga before and after, as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.handover.domain.accountability import answering
from services.handover.domain.emits import emitted, outward
from services.handover.domain.memory import difference
from services.handover.domain.move import Move
from services.handover.domain.reading import text
from services.handover.domain.saga import Saga, Timer
from services.handover.domain.words import Context, Input, Outcome, Step


def opened(given: Input, context: Context) -> Saga:
    """A fresh saga about the person of that fact; it pins table and policy."""
    blank = Saga(
        handover_id=context.new_id(),
        person_ref=given.person_ref or text(given.data, "person_ref"),
        table_version=context.table.version,
        policy_version=context.policy.version,
    )
    return replace(blank, accountable=answering(blank, context.organisations))


def nothing(saga: Saga | None, outcome: Outcome, reason: str) -> Step:
    """A step that changes nothing."""
    return Step(outcome, saga.state if saga else "", saga.handover_id if saga else "", reason=reason)


def changed(before: Saga, after: Saga, outcome: Outcome, reason: str = "") -> Step:
    """A step that only changes what the saga knows; a first signature is no new version to whoever reads it."""
    after = replace(after, version=before.version + (outcome != "pending"))
    return Step(
        outcome,
        after.state,
        after.handover_id,
        reason=reason,
        armed=armed(before, after),
        stopped=stopped(before, after),
        patch=difference(before, after),
    )


def ignored(before: Saga, after: Saga, reason: str) -> Step:
    """A timer that came due and did not act; its number is used up."""
    return replace(changed(before, after, "ignored", reason), stopped=())


def moved(before: Saga, moves: Sequence[Move], *, officials: tuple[str, ...] = (), opens: bool = False) -> Step:
    """What the rules did, one after the other. A timer that fired is not among the stopped."""
    after = replace(moves[-1].after, version=before.version + 1)
    known = moves[0].before
    return Step(
        "applied",
        after.state,
        after.handover_id,
        rules=tuple(move.rule.id for move in moves),
        emits=tuple(event for move in moves for event in emitted(move)),
        outward=tuple(event for move in moves for event in outward(move)),
        armed=armed(known, after),
        stopped=stopped(known, after),
        patch=difference(None if opens else before, after),
        officials=officials,
    )


def armed(before: Saga, after: Saga) -> tuple[Timer, ...]:
    """Alarms that are new or moved, in the order in which they come due."""
    fresh = [timer for name, timer in after.timers.items() if before.timers.get(name) != timer]
    return tuple(sorted(fresh, key=lambda timer: (timer.due_at, timer.ordinal)))


def stopped(before: Saga, after: Saga) -> tuple[str, ...]:
    """Names whose alarm of before is armed no more, or goes on under another number."""
    return tuple(name for name, timer in before.timers.items() if not _same_key(timer, after.timers.get(name)))


def _same_key(one: Timer, other: Timer | None) -> bool:
    return other is not None and (one.deadline_rev, one.occurrence) == (other.deadline_rev, other.occurrence)
