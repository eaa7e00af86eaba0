"""What a handover waits for, in one sentence: which organisation, in which role, since when, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.reference.organisations import Organisations
from services.timeline.domain.board import Board
from services.timeline.domain.tasks import Task, tasks
from services.timeline.summaries import Summaries

# Timers that can still act in a state; a stop leaves no fact behind, so older ones may still stand on the board.
LIVE_TIMERS: Final[Mapping[str, frozenset[str]]] = {
    "NOTICED": frozenset({"T_ROUTE"}),
    "OFFERED": frozenset({"T_ACCEPT_REMIND", "T_ACCEPT", "T_ACCEPT_DISTRICT"}),
    "ACCEPTED": frozenset({"T_EARLY"}),
    "EARLY_CONTACT": frozenset({"T_PLAN"}),
    "READY": frozenset({"T_RELEASE_CONFIRM"}),
    "AWAITING_REPORT": frozenset(
        {"T_D1", "T_D3", "T_L2", "T_L3A", "T_L4", "T_DEADLINE", "T_SIGN", "T_VOL_CLOSE", "T_AGREED", "T_ACK"}
    ),
    "STATUTORY_NOTIFIED": frozenset({"T_L4"}),
    "REPORTED": frozenset({"T_ONBOARD"}),
    "ON_HOLD": frozenset({"T_HOLD"}),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Puts into words what handovers wait for, in one language."""

    summaries: Summaries
    directory: Organisations
    lang: str

    def of(self, boards: Sequence[Board]) -> dict[str, Any] | None:
        """For the handover that is still under way, else for the last one that ended; None where there is none."""
        under_way = [board for board in boards if not board.over]
        chosen = (under_way or list(boards))[-1:]
        return self._of_one(chosen[0]) if chosen else None

    def _of_one(self, board: Board) -> dict[str, Any]:
        task = next(iter(sorted(tasks(board, self.directory), key=pressing)), None)
        return {
            "handover_id": board.handover_id,
            "state": board.state,
            "sentence": self._sentence(board, task),
            "org": task.org if task else None,
            "role": task.role if task else None,
            "action": task.action if task else None,
            "since": board.since,
            "next_deadline": next_deadline(board),
        }

    def _sentence(self, board: Board, task: Task | None) -> str:
        say, word = self.summaries.say, self.summaries.word
        if task is None:
            code = "trace.over" if board.over else "trace.nothing_due"
            return say(code, self.lang, state=word(board.state, self.lang))
        named = {
            "org": word(task.org, self.lang),
            "role": word(task.role, self.lang),
            "action": self.summaries.action(task.action, self.lang),
        }
        if task.due_at is None:
            return say("trace.waiting", self.lang, **named)
        return say("trace.waiting_due", self.lang, **named, due=self.summaries.instant(task.due_at, self.lang))


def pressing(task: Task) -> tuple[bool, float]:
    """Sorts the earliest due instant to the front."""
    return task.due_at is None, instant(task.due_at) if task.due_at else 0.0


def next_deadline(board: Board) -> str | None:
    """The earliest instant at which a timer of the present state acts; ISO text."""
    live = LIVE_TIMERS.get(board.state, frozenset())
    if board.assignment != "ACCEPTED":
        live |= {"T_ASSIGN"}
    return min((due for name, due in board.timers.items() if name in live and due), key=instant, default=None)


def instant(text: str) -> float:
    """ISO text as seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()
