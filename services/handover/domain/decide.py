"""What a saga makes of one input: a step that `evolve` applies. Both are pure.

Several rules may run in one step: a fact that opens a saga may act on it at once (C2, then H022), and a release that
is already known acts as soon as the saga stands before the release (R2, then H022). Their events follow each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.handover.domain import signatures
from services.handover.domain.conflicts import contradicts, same_notice
from services.handover.domain.evolve import evolve
from services.handover.domain.firing import decide_due, fire, input_of
from services.handover.domain.folds import fold
from services.handover.domain.follow import RELEASED, applied, followed
from services.handover.domain.guards import holds, objections
from services.handover.domain.move import Asked
from services.handover.domain.refusals import GUARD_NOT_MET, INVALID_DATA, NOT_IN_THIS_STATE, VERSION_CONFLICT, first
from services.handover.domain.saga import Saga
from services.handover.domain.senders import may_send
from services.handover.domain.steps import changed, moved, nothing, opened
from services.handover.domain.table import Rule
from services.handover.domain.transitions import reopen, run
from services.handover.domain.validity import usable
from services.handover.domain.words import Context, Input, Step

__all__ = ["decide", "decide_due", "evolve", "input_of"]

NOTICE = "ReleaseNoticeReceived"
RELEASE_FACTS = frozenset({NOTICE, RELEASED, "ReleaseDateChanged", "ReleaseNoticeWithdrawn"})
TECHNICAL = frozenset({"EventParked", "EventReleased"})


def decide(saga: Saga | None, given: Input, context: Context) -> Step:
    """The step for one input. Refusals, facts set aside and ignored timers are steps too and change nothing."""
    if given.timer is not None:
        return fire(saga, given, context)
    refusal = _unfit_sender(saga, given, context)
    if refusal:
        return nothing(saga, "refused", refusal)
    if given.name in TECHNICAL:
        return _on_technical(saga, given)
    return _on_business(saga, given, context)


def _on_business(saga: Saga | None, given: Input, context: Context) -> Step:
    table = context.table
    if given.name in table.facts:
        return _on_evidence(saga, given, context)
    if given.name not in table.inputs:
        return nothing(saga, "not_ours", given.name)
    if saga is None or (saga.state in table.terminal and given.name == NOTICE):
        return _on_opening(given, context)
    return _on_input(saga, given, context)


def _unfit_sender(saga: Saga | None, given: Input, context: Context) -> str | None:
    if given.by is None:
        return None
    unfit = may_send(given, given.by, saga, context.organisations, context.actors)
    if unfit is None and saga and given.expects not in {None, saga.version}:
        return VERSION_CONFLICT
    return unfit


def _on_technical(saga: Saga | None, given: Input) -> Step:
    """A blocked message of this person forbids statutory steps until it is released."""
    if saga is None or given.data.get("blocking") is not True:
        return nothing(saga, "not_ours", given.name)
    original = str(given.data.get("original_id", given.id))
    others = tuple(key for key in saga.blocked_keys if key != original)
    keys = (*others, original) if given.name == "EventParked" else others
    return changed(saga, replace(saga, blocked_keys=keys), "folded")


def _on_evidence(saga: Saga | None, given: Input, context: Context) -> Step:
    if saga is None:
        return _without_saga(given)
    if given.by and not usable(saga, given, context):
        return nothing(saga, "refused", INVALID_DATA)
    rules = _reopenings(saga, given, context)
    if rules and holds(rules[0].guard, Asked(saga, given, context)):
        return moved(saga, followed([reopen(rules[0], saga, given, context)]))
    return changed(saga, fold(saga, given, context), "folded")


def _on_opening(given: Input, context: Context) -> Step:
    rule = context.table.create.get(given.name)
    if rule is None:
        return _without_saga(given)
    if given.by and not usable(None, given, context):
        return nothing(None, "refused", INVALID_DATA)
    context = replace(context, policy=context.newest or context.policy)
    blank = opened(given, context)
    moves = followed(applied(run(rule, blank, given, context)))
    return replace(moved(blank, moves, opens=True), opens=True)


def _on_input(saga: Saga, given: Input, context: Context) -> Step:
    rules = _rules(saga, given, context)
    if not rules:
        return _unanswered(saga, given, context)
    if saga.state not in context.table.terminal and contradicts(saga, given):
        return nothing(saga, "set_aside", "CONFLICT") if given.by is None else nothing(saga, "refused", GUARD_NOT_MET)
    signing = signatures.signing(saga, given, context)
    asked = Asked(saga, given, context, signed=signing not in signatures.UNFIT)
    rule = next((one for one in rules if holds(one.guard, asked)), None)
    against = _against(rules, rule, asked)
    if rule is None or against:
        return _unanswered(saga, given, context) if given.by is None else nothing(saga, "refused", first(against))
    if signing == "first":
        return changed(saga, signatures.with_first(saga, given, context), "pending")
    return _act(saga, rule, given, context)


def _act(saga: Saga, rule: Rule, given: Input, context: Context) -> Step:
    officials = signatures.officials(saga, given)
    terminal = saga.state in context.table.terminal
    move = reopen(rule, saga, given, context) if terminal else run(rule, saga, given, context)
    return moved(saga, followed([replace(move, officials=officials)]), officials=officials)


def _rules(saga: Saga, given: Input, context: Context) -> tuple[Rule, ...]:
    if saga.state in context.table.terminal:
        return _reopenings(saga, given, context)
    return context.table.rules.get((saga.state, given.name), ())


def _reopenings(saga: Saga, given: Input, context: Context) -> tuple[Rule, ...]:
    return tuple(one for one in context.table.reopen if saga.state in one.states and one.event == given.name)


def _against(rules: Sequence[Rule], rule: Rule | None, asked: Asked) -> tuple[str, ...]:
    """Every code that stands against the input; none if a rule answers it and its data can be used."""
    codes = () if rule else tuple(code for one in rules for code in objections(one.guard, asked))
    unusable = asked.given.by is not None and not usable(asked.saga, asked.given, asked.context)
    return (*codes, INVALID_DATA) if unusable else codes


def _without_saga(given: Input) -> Step:
    """Such a fact follows right behind the one that opens a saga; a command has nothing to act on."""
    return nothing(None, "waits", "NO_SAGA") if given.by is None else nothing(None, "refused", NOT_IN_THIS_STATE)


def _unanswered(saga: Saga, given: Input, context: Context) -> Step:
    if given.by is not None:
        return nothing(saga, "refused", NOT_IN_THIS_STATE)
    late_release_fact = given.name in RELEASE_FACTS and saga.released_at is not None
    if saga.state in context.table.terminal or late_release_fact:
        return nothing(saga, "set_aside", "STALE")
    return nothing(saga, "set_aside", "CONFLICT" if same_notice(saga, given) else "UNKNOWN_STATE")
