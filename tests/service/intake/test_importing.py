"""A centre's file, imported into a real database."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from services.intake.files.reading import read_notices
from services.intake.imports import Imported, Importer, RowOutcome
from services.intake.revoking import Revoking
from services.kernel.errors import Refused
from tests.service.intake.conftest import Office

NOTICES = Path(__file__).parents[2] / "fixtures" / "notices"
OWN_RECORD = {"intake.imports", "intake.import_rows"}
MADE_AT_THE_START = {"migrations", "relay", "hub_keys"}
SAMPLES = {"a": "release-notices-a-2026-03", "b": "release-notices-b-2026-03"}
SAID_TWICE = {"accepted": "duplicate", "revised": "duplicate", "duplicate": "duplicate"}


def unseen(_row: RowOutcome) -> None:
    return


async def imported(office: Office, stem: str) -> Imported:
    sheet = read_notices(NOTICES / f"{stem}.csv")
    return await Importer(office.pool, office.desk).run(sheet, f"{stem}.csv", "tester", unseen)


@pytest.mark.parametrize("city", ["a", "b"], indirect=True)
async def test_a_sample_gets_its_receipts_once_and_a_second_import_adds_nothing(office: Office, city: str) -> None:
    expected = json.loads((NOTICES / f"{SAMPLES[city]}.expected.json").read_text("utf-8"))
    sheet = read_notices(NOTICES / f"{SAMPLES[city]}.csv")
    foreseen = await Importer(office.pool, office.desk).foresee(sheet, unseen)
    written = {name: rows for name, rows in (await office.counts()).items() if rows}
    assert {name.partition(".")[2] for name in written} <= MADE_AT_THE_START

    first = await imported(office, SAMPLES[city])
    shown = [{name: row.line()[name] for name in ("row", "outcome", "reason", "routing")} for row in first.rows]
    assert shown == expected["receipts"]
    assert first.totals() == expected["totals"] == foreseen.totals()
    taken = [row for row in first.rows if row.receipt.outcome in {"accepted", "revised"}]
    assert all(row.person_ref for row in taken)
    names = await office.names()
    assert names.count("ReleaseNoticeReceived") == expected["totals"]["accepted"]
    assert names.count("PersonRegistered") == expected["totals"]["accepted"]
    assert names.count("ReleaseDateChanged") == expected["totals"]["revised"]
    parked = [data for name, data in await office.events("parked-%") if name == "EventParked"]
    assert len(parked) == expected["totals"]["conflict:same_revision_other_content"]

    before = await office.counts()
    second = await imported(office, SAMPLES[city])
    after = await office.counts()
    assert {name for name in after if after[name] != before[name]} == OWN_RECORD
    for one, two in zip(first.rows, second.rows, strict=True):
        assert two.receipt.outcome == SAID_TWICE.get(one.receipt.outcome, one.receipt.outcome)
        if one.receipt.outcome in {"rejected", "conflict"}:
            assert two.receipt == one.receipt
    dry = await Importer(office.pool, office.desk).foresee(sheet, unseen)
    assert [row.receipt for row in dry.rows] == [row.receipt for row in second.rows]
    assert await office.counts() == after


async def test_no_name_number_phone_or_address_stands_anywhere_in_the_database(office: Office) -> None:
    await imported(office, SAMPLES["a"])
    texts = await office.every_cell()
    with (NOTICES / f"{SAMPLES['a']}.csv").open(encoding="gb18030", newline="") as file:
        rows = list(csv.DictReader(file))
    planted = {
        row[heading].strip()
        for row in rows
        for heading in ("姓名", "证件号码", "手机号码", "户籍地址", "居住地址", "指定联系人电话")
        if row[heading].strip()
    }
    assert len(planted) > 1000
    for marker in planted:
        assert marker not in texts
        assert marker.encode().hex() not in texts
    for marker in list(planted)[:300]:
        assert base64_core(marker) not in texts


def base64_core(marker: str) -> str:
    """The part of a text's base64 form that does not depend on what follows."""
    import base64  # noqa: PLC0415 - only here

    raw = marker.encode()
    return base64.b64encode(raw[: len(raw) // 3 * 3]).decode()


@pytest.mark.parametrize(("column", "fault"), [("证件号码", {}), ("姓名", {"证件号码": "bad"})])
async def test_a_shifted_row_is_refused_and_what_stood_in_the_number_column_is_kept_nowhere(
    office: Office, tmp_path: Path, column: str, fault: dict[str, str]
) -> None:
    with (NOTICES / f"{SAMPLES['a']}.csv").open(encoding="gb18030", newline="") as file:
        row = next(csv.DictReader(file))
    shifted = row | fault | {"通知编号": row[column]}
    path = tmp_path / "shifted.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(shifted)
    done = await Importer(office.pool, office.desk).run(read_notices(path), path.name, "tester", unseen)
    line = done.rows[0].line()
    assert (line["outcome"], line["reason"], line["notice_no"]) == ("rejected", "code_unknown", "")
    assert row[column] not in await office.every_cell()


async def test_a_wrong_file_is_taken_back_by_two_people_and_by_nobody_alone(office: Office) -> None:
    done = await imported(office, SAMPLES["a"])
    before = await office.names()
    revoking = Revoking(office.pool, office.desk.clock)
    with pytest.raises(Refused, match="two_officials_required"):
        await revoking.finish(done.import_id, "nobody asked")
    begun = await revoking.begin(done.import_id, "first")
    assert (begun.asked_by, len(begun.notices)) == ("", done.totals()["accepted"])
    assert (await revoking.show(done.import_id))[0]["state"] == "revoking"
    with pytest.raises(Refused, match="two_officials_required"):
        await revoking.finish(done.import_id, "first")
    assert (await revoking.begin(done.import_id, "second")).asked_by == "first"
    await revoking.finish(done.import_id, "second")
    with pytest.raises(Refused, match="import_revoked"):
        await revoking.begin(done.import_id, "third")
    found, rows = await revoking.show(done.import_id)
    assert (found["state"], found["revoke_asked_by"], found["revoked_by"]) == ("revoked", "first", "second")
    assert found["totals"] == done.totals()
    assert len(rows) == 430
    assert await office.names() == before, "closing the handovers is the saga's, intake says nothing"


async def test_who_signed_last_may_not_finish(office: Office) -> None:
    done = await imported(office, SAMPLES["a"])
    revoking = Revoking(office.pool, office.desk.clock)
    await revoking.begin(done.import_id, "first")
    await revoking.signed(done.import_id, "second")
    with pytest.raises(Refused, match="two_officials_required"):
        await revoking.finish(done.import_id, "second")
    await revoking.finish(done.import_id, "first")


async def test_an_unknown_import_is_refused(office: Office) -> None:
    revoking = Revoking(office.pool, office.desk.clock)
    with pytest.raises(Refused, match="import_unknown"):
        await revoking.show("none")
    with pytest.raises(Refused, match="import_unknown"):
        await revoking.begin("none", "first")
