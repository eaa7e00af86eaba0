"""`jieli import revoke`: every handover of a wrong file entered in error, in one person's name and then another's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from services.cli.asking import Hub
from services.intake.revoking import Notice, Revoking
from services.kernel.errors import Refused

Outcome: TypeAlias = Literal["pending", "entered_in_error", "already_closed", "no_handover"]
RECORD: Final = "EnteredInError"
SAME_PERSON: Final = "two_officials_required"
REFUSED: Final[dict[str, Outcome]] = {SAME_PERSON: "pending", "not_in_this_state": "already_closed"}
WAITING: Final = frozenset({"pending", "no_handover"})


@dataclass(frozen=True, slots=True)
class Answered:
    """What the hub said about one notice. `code`: of a refusal, else empty."""

    notice_no: str
    handover_id: str | None
    outcome: Outcome
    code: str = ""

    def line(self) -> dict[str, Any]:
        """The answer as it is shown."""
        return {
            "notice_no": self.notice_no,
            "handover_id": self.handover_id,
            "outcome": self.outcome,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True)
class Errors:
    """Enters handovers in error in one actor's name; two notices of one handover get one answer."""

    hub: Hub
    import_id: str
    actor: str
    _said: dict[str, tuple[Outcome, str]] = field(default_factory=dict)

    def enter(self, notice: Notice, asked_by: str) -> Answered:
        """Sign for the newest handover of a notice, after `asked_by`. Raises Refused for what ends the command."""
        found = self.hub.get("/handovers", centre=notice.centre, notice_no=notice.notice_no)["items"]
        if not found:
            return Answered(notice.notice_no, None, "no_handover")
        newest = found[-1]
        handover_id = newest["handover_id"]
        if handover_id not in self._said:
            self._said[handover_id] = self._sign(newest, asked_by)
        return Answered(notice.notice_no, handover_id, *self._said[handover_id])

    def _sign(self, newest: Mapping[str, Any], asked_by: str) -> tuple[Outcome, str]:
        handover_id = newest["handover_id"]
        key = signature_key(self.import_id, handover_id, self.actor, asked_by, str(newest["version"]))
        body = {"type": RECORD, "data": {"reason": f"import {self.import_id}"}}
        try:
            answer = self.hub.post(f"/handovers/{handover_id}/records", body, key)
        except Refused as refused:
            if refused.code not in REFUSED:
                raise
            return REFUSED[refused.code], refused.code
        return ("pending" if answer.get("pending") else "entered_in_error"), ""


async def take_back(revoking: Revoking, errors: Errors, seen: Callable[[Answered], None]) -> list[Answered]:
    """Sign for every notice of the import and remember how far it has come.

    Raises Refused import_unknown, import_revoked, and two_officials_required where this actor had signed everything.
    """
    import_id, actor = errors.import_id, errors.actor
    begun = await revoking.begin(import_id, actor)
    answers = []
    for notice in begun.notices:
        answers.append(errors.enter(notice, begun.asked_by))
        seen(answers[-1])
    if any(one.outcome == "pending" and not one.code for one in answers):
        await revoking.signed(import_id, actor)
    elif any(one.code == SAME_PERSON for one in answers) and begun.asked_by:
        raise Refused(SAME_PERSON, import_id)
    elif begun.asked_by and not any(one.outcome in WAITING for one in answers):
        await revoking.finish(import_id, actor)
    return answers


def signature_key(*parts: str) -> str:
    """An idempotency key from import, handover, actor, who signed before, and the handover's version.

    The same for a request sent twice. It differs when the same person signs once more, which the hub must refuse, and
    when the handover changed, because a first signature lapses then. A hash, so that any name fits a header.
    """
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
