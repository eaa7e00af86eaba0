"""A fact named a notice that its centre has not sent: after a day the centre is asked (specification §3.4.1-4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.intake import ledger
from services.intake.answers import CENTRES_TOPIC, Addressee, Answers
from services.intake.domain.receipts import Receipt
from services.intake.waiting import WaitingRoom
from services.kernel import deadlines
from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.kernel.deadlines import Deadline, Outcome
from services.reference.policy import Policy

TIMER: Final = "T_NOTICE"
POLICY_KEY: Final = "notice.query_after"
QUESTION: Final = Receipt("waiting", "notice_missing")


@dataclass(frozen=True, slots=True)
class Asking:
    """One question for one notice, however many facts wait for it and however long."""

    waiting: WaitingRoom
    answers: Answers
    clock: Clock
    policy: Policy

    async def expect(self, db: Connection, source: str, notice_no: str, now: datetime) -> None:
        """Ask for this notice when its time comes. Called for the first fact that names it."""
        asked_at = self.policy.term(POLICY_KEY).duration.behind(now)
        due = Deadline(f"{source}/{notice_no}", TIMER, 1, 1, asked_at, 0, POLICY_KEY, self.policy.calendar)
        await deadlines.arm(db, [due])

    async def fire(self, db: Connection, awaited: str, due: list[Deadline]) -> Mapping[Deadline, Outcome]:
        """Ask the centre; nothing where the notice has come meanwhile. Another's message to us is not for its eyes."""
        source, _, notice_no = awaited.partition("/")
        await ledger.lock(db, source, notice_no)
        if await self.waiting.first(db, source, notice_no) is None:
            return dict.fromkeys(due, "ignored")
        addressee = Addressee(org=source, number=notice_no, message_id=awaited, topic=CENTRES_TOPIC)
        await self.answers.tell(db, addressee, QUESTION, self.clock.now())
        return dict.fromkeys(due, "fired")
