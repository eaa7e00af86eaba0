"""What follows a rule at once: a release that is already known acts where the saga stands before the release."""

from __future__ import annotations

from services.handover.domain.move import Move
from services.handover.domain.transitions import run
from services.handover.domain.words import Input

RELEASED = "PersonReleased"


def followed(moves: list[Move]) -> list[Move]:
    """The moves, and the release rule behind them if it applies (specification §3.4.1-7)."""
    last = moves[-1]
    saga, table = last.after, last.context.table
    if saga.released_at is None or not table.in_group(saga.state, "PRE"):
        return moves
    data = {"released_at": saga.released_at, "notice_no": saga.release_notice_no}
    given = Input(RELEASED, last.given.id, saga.released_at, last.given.known_at, data, person_ref=saga.person_ref)
    return [*moves, run(table.rules[saga.state, RELEASED][0], saga, given, last.context)]


def applied(move: Move) -> list[Move]:
    """A rule that opened a saga by a fact that acts on it: that fact's own rule runs behind it."""
    if not move.rule.apply:
        return [move]
    rule = move.context.table.rules[move.after.state, move.given.name][0]
    return [move, run(rule, move.after, move.given, move.context)]
