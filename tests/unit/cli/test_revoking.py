"""How answers of the hub move an import that is being taken back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from services.cli.asking import Hub
from services.cli.revoking import Answered, Errors, signature_key, take_back
from services.intake.revoking import Begun, Notice, Revoking
from services.kernel.errors import Refused

PENDING = {"pending": True, "state": "OFFERED"}
DONE = {"state": "CLOSED_CANCELLED"}
SAME = Refused("two_officials_required")
CLOSED = Refused("not_in_this_state")


@dataclass
class HubOf:
    """Answers each handover's record as told; a notice `N1` belongs to the handover `H1`, `N0` to none."""

    answers: Mapping[str, dict[str, Any] | Refused]
    keys: list[str] = field(default_factory=list)

    def get(self, _path: str, *, centre: str, notice_no: str) -> dict[str, Any]:
        assert centre == "A-CENTRE-1"
        older, newest = ({"handover_id": name, "version": 3} for name in ("H-old", f"H{notice_no[1:2]}"))
        return {"items": [] if notice_no == "N0" else [older, newest]}

    def post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        assert body["type"] == "EnteredInError"
        self.keys.append(key)
        answer = self.answers[path.split("/")[2]]
        if isinstance(answer, Refused):
            raise answer
        return answer


@dataclass
class Ledger:
    """What intake was told."""

    asked_by: str
    notices: tuple[str, ...]
    told: list[str] = field(default_factory=list)

    async def begin(self, _import_id: str, _actor: str) -> Begun:
        return Begun(self.asked_by, tuple(Notice("A-CENTRE-1", each) for each in self.notices))

    async def signed(self, _import_id: str, _actor: str) -> None:
        self.told.append("signed")

    async def finish(self, _import_id: str, _actor: str) -> None:
        self.told.append("finished")


async def run(ledger: Ledger, hub: HubOf) -> list[Answered]:
    seen: list[Answered] = []
    errors = Errors(cast("Hub", hub), "I", "me")
    assert await take_back(cast("Revoking", ledger), errors, seen.append) == seen
    return seen


async def test_first_signatures_wait_for_another_person() -> None:
    ledger = Ledger("", ("N1", "N2"))
    answers = await run(ledger, HubOf({"H1": PENDING, "H2": PENDING}))
    assert answers[0].line() == {"notice_no": "N1", "handover_id": "H1", "outcome": "pending", "code": ""}
    assert ledger.told == ["signed"]


async def test_second_signatures_finish_it_whatever_had_ended_before() -> None:
    ledger = Ledger("other", ("N1", "N2"))
    answers = await run(ledger, HubOf({"H1": DONE, "H2": CLOSED}))
    assert [(one.outcome, one.code) for one in answers] == [
        ("entered_in_error", ""),
        ("already_closed", "not_in_this_state"),
    ]
    assert ledger.told == ["finished"]


async def test_the_same_person_again_is_refused_by_the_hub() -> None:
    ledger = Ledger("me", ("N1",))
    with pytest.raises(Refused, match="two_officials_required"):
        await run(ledger, HubOf({"H1": SAME}))
    assert ledger.told == []


@pytest.mark.parametrize("second", [PENDING, None])
async def test_a_lapsed_signature_or_a_missing_handover_leaves_it_open(second: dict[str, Any] | None) -> None:
    ledger = Ledger("other", ("N1", "N2" if second else "N0"))
    answers = await run(ledger, HubOf({"H1": DONE, "H2": PENDING}))
    assert answers[1].outcome == ("pending" if second else "no_handover")
    assert "finished" not in ledger.told


async def test_one_person_alone_never_finishes_even_where_nothing_is_left_to_close() -> None:
    ledger = Ledger("", ("N1",))
    await run(ledger, HubOf({"H1": CLOSED}))
    assert ledger.told == []


async def test_two_notices_of_one_handover_are_signed_once() -> None:
    hub = HubOf({"H1": PENDING})
    answers = await run(Ledger("", ("N1", "N1b")), hub)
    assert [one.outcome for one in answers] == ["pending", "pending"]
    assert hub.keys == [signature_key("I", "H1", "me", "", "3")]


async def test_any_other_refusal_ends_the_command() -> None:
    with pytest.raises(Refused, match="not_your_organisation"):
        await run(Ledger("", ("N1",)), HubOf({"H1": Refused("not_your_organisation")}))


def test_the_key_is_the_same_for_the_same_signature_and_fits_a_header() -> None:
    key = signature_key("I", "H", "经办人", "", "1")
    assert key == signature_key("I", "H", "经办人", "", "1")
    assert key.isascii()
    assert len({key, *(signature_key("I", "H", *rest) for rest in (("乙", "", "1"), ("经办人", "经办人", "1")))}) == 3
