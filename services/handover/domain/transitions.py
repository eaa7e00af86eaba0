"""One rule: stop, fold, state, start (specification §3.4.1-1); what it emits follows from the finished move."""

from __future__ import annotations

from dataclasses import replace

from services.handover.domain import holds, ladder, timers
from services.handover.domain.accountability import answering, told
from services.handover.domain.clocks import settled
from services.handover.domain.folds import fold
from services.handover.domain.move import Move
from services.handover.domain.saga import Place, Saga, Timer
from services.handover.domain.signatures import without_pending
from services.handover.domain.table import RECOMPUTE, Rule
from services.handover.domain.words import Context, Input
from services.reference.terms import date_of

PLAN_LOST = "ReleasePlanInvalidated"
RAISING = frozenset({"EscalationRaised", "ContactTaskCreated"})
DRAFT = "StatutoryNoticeDraftRequested"


def run(rule: Rule, saga: Saga, given: Input, context: Context, timer: Timer | None = None) -> Move:
    """The rule applied to the saga. It never fails and asks no guard."""
    now = timers.firing_instant(timer, context.now) if timer else context.now
    kept = timers.stop(saga, rule.stop)
    move = Move(rule, before=saga, after=kept, given=given, context=context, now=now, timer=timer)
    for stage in (_folded, _entered, _climbed, _drafted, _started, _closed):
        move = stage(move)
    return move


def reopen(rule: Rule, saga: Saga, given: Input, context: Context) -> Move:
    """A closed saga goes on in a new revision: the helpers' clock restarts, routing starts anew."""
    fresh = replace(timers.forget_revision(saga), restarted=date_of(context.now))
    if rule.to == context.table.groups["PRE"][0]:
        place = Place(district=saga.place.district)
        fresh = replace(fresh, place=place, reported_at=None, before_report=None, late=None)
    return replace(run(rule, fresh, given, context), before=saga)


def _folded(move: Move) -> Move:
    if move.rule.apply:
        return move
    known = fold(move.after, move.given, move.context)
    lost = known.plan and (PLAN_LOST in move.rule.emit or holds.invalidates_plan(known, move.rule))
    return replace(move, after=replace(known, plan=known.plan and not lost), plan_lost=lost)


def _entered(move: Move) -> Move:
    entered = holds.enter(move.after, move.rule, move.given, move.now)
    if holds.stops_reassignment(move.before, move.rule):
        entered = timers.stop(entered, ["T_ASSIGN"])
    return replace(move, after=settled(entered, move.context))


def _climbed(move: Move) -> Move:
    saga, emit = move.after, move.rule.emit
    if "EscalationStoodDown" in emit and not move.rule.recomputes:
        return replace(move, after=ladder.stood_down(saga))
    if "EscalationForwarded" in emit and saga.standing:
        up = ladder.forwarded(saga.standing, move.now, move.context.organisations)
        return replace(move, after=replace(saga, standing=up), forwarded=True)
    rung = _rung(move)
    if rung is None:
        return move
    return replace(move, after=ladder.raised(saga, rung, move.now, move.context.organisations), rung=rung)


def _rung(move: Move) -> str | None:
    rung = ladder.RUNG_OF.get(move.timer.name) if move.timer and RAISING & set(move.rule.emit) else None
    if rung is None or rung in move.after.raised:
        return None
    return None if rung == "L3b" and _blocked(move) else rung


def _drafted(move: Move) -> Move:
    """A draft that something forbade is asked for at the first repetition after it."""
    if DRAFT not in move.rule.emit or move.timer is None:
        return move
    forbidden = _blocked(move) or move.after.unreviewed
    due = move.timer.name == "T_DEADLINE" or move.after.draft_withheld
    return replace(move, draft=due and not forbidden, after=replace(move.after, draft_withheld=due and forbidden))


def _blocked(move: Move) -> bool:
    return ladder.statutory_step_blocked(move.after, technically=move.context.blocked)


def _started(move: Move) -> Move:
    for name in move.rule.start:
        move = _recomputed(move) if name == RECOMPUTE else replace(move, after=_start(move, name))
    return move


def _recomputed(move: Move) -> Move:
    saga, grew = timers.recompute(move.before, move.after, move.context, move.now)
    return replace(move, after=saga, grew=grew)


def _start(move: Move, name: str) -> Saga:
    if name == "T_ACK" and not _waits_for_answer(move):
        return move.after
    if move.timer and name == move.timer.name:
        return timers.repeat(move.after, name, move.context, move.now)
    return timers.start(move.after, name, move.context, move.now)


def _waits_for_answer(move: Move) -> bool:
    standing = move.after.standing
    return (move.rung is not None or move.forwarded) and standing is not None and not standing.ended


def _closed(move: Move) -> Move:
    saga = move.after
    if saga.statutory and not saga.statutory.followed and _follows_notice(move):
        saga = replace(saga, statutory=replace(saga.statutory, followed=True))
    if move.grew or saga.state != move.before.state:
        saga = without_pending(saga)
    organisations = move.context.organisations
    answers = answering(saga, organisations)
    return replace(move, after=replace(saga, accountable=answers, told=told(saga, organisations)))


def _follows_notice(move: Move) -> bool:
    return bool({"LateReportNotified", "StatutoryNoticeRecalled"} & set(move.rule.emit))
