"""The sample exports, read and judged without a database, give the receipts that are due."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.intake.domain.notice import Notice, RowRefusal, read_row
from services.intake.domain.receipts import Known, Receipt, classify, totals
from services.intake.domain.routing import route
from services.intake.files.reading import read_notices
from services.reference.agreements import Agreements, shipped_agreements
from services.reference.organisations import Organisations, load_city

NOTICES = Path(__file__).parents[2] / "fixtures" / "notices"
DAY = date(2026, 3, 2)
SAMPLES = [("release-notices-a-2026-03", "a"), ("release-notices-b-2026-03", "b")]


def agreements_of(city: str) -> Agreements:
    return Agreements(shipped_agreements(city), load_city(city))


@dataclass
class Register:
    """What intake would know, in memory."""

    organisations: Organisations
    agreements: Agreements
    known: dict[tuple[str, str], Known] = field(default_factory=dict)

    def receive(self, row: Mapping[str, str]) -> Receipt:
        notice = read_row(row, self.organisations, synthetic=True)
        if isinstance(notice, RowRefusal):
            return Receipt("rejected", notice.reason)
        return self.judge(notice)

    def judge(self, notice: Notice) -> Receipt:
        key = (notice.source, notice.notice_no)
        content, person = sha256(notice.content()).hexdigest(), notice.identity.resident_id
        known = self.known.get(key)
        receipt = classify(notice.revision, content, person, known)
        if receipt.outcome not in {"accepted", "revised"}:
            return receipt
        earlier = known.revisions if known else {}
        self.known[key] = Known({**earlier, notice.revision: content}, person)
        return replace(receipt, routing=route(notice, self.organisations, self.agreements, DAY).routing)


def import_rows(stem: str, register: Register) -> tuple[str, list[dict[str, Any]], list[Receipt]]:
    sheet = read_notices(NOTICES / f"{stem}.csv")
    receipts = [register.receive(row.cells) for row in sheet.rows]
    lines = [
        {"row": row.number, "outcome": receipt.outcome, "reason": receipt.reason, "routing": receipt.routing}
        for row, receipt in zip(sheet.rows, receipts, strict=True)
    ]
    return sheet.encoding, lines, receipts


@pytest.mark.parametrize(("stem", "city"), SAMPLES)
def test_a_sample_gets_exactly_the_receipts_due(stem: str, city: str) -> None:
    expected = json.loads((NOTICES / f"{stem}.expected.json").read_text("utf-8"))
    encoding, lines, receipts = import_rows(stem, Register(load_city(city), agreements_of(city)))
    assert encoding == expected["encoding"]
    assert lines == expected["receipts"]
    assert totals(receipts) == expected["totals"]


@pytest.mark.parametrize(("stem", "city"), SAMPLES)
def test_the_second_time_nothing_is_accepted_and_every_refusal_is_repeated(stem: str, city: str) -> None:
    register = Register(load_city(city), agreements_of(city))
    _, first, _ = import_rows(stem, register)
    _, second, _ = import_rows(stem, register)
    for before, after in zip(first, second, strict=True):
        taken = before["outcome"] in {"accepted", "revised", "duplicate"}
        assert after["outcome"] == ("duplicate" if taken else before["outcome"])
        assert taken or after["reason"] == before["reason"]
