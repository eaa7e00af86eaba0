"""A year that becomes known dates anew what it dates, and takes no day from a person."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from services.app.calendar_import import bring
from services.app.parts import parts
from services.handover import app
from services.handover.calendar_watch import Tried, look
from services.handover.desk import Desk
from services.kernel.clock import SHANGHAI, VirtualClock
from services.kernel.errors import Refused
from services.reference.calendar import Year, written_year
from tests.support.handover_desk import Bench, day, lead

NATIONAL = frozenset(date(2027, 10, number) for number in range(1, 8))
Y2027 = Year(2027, 1, NATIONAL, frozenset({date(2027, 9, 18)}))


def file_of(year: Year, folder: Path) -> Path:
    file = folder / f"CN-{year.year}-{year.edition}.json"
    file.write_text(json.dumps(written_year("CN", year)), "utf-8")
    return file


async def imported(desk: Bench, year: Year, folder: Path) -> int:
    """Import and let the service look once, as its loop does; gives the number of sagas that moved."""
    await bring(file_of(year, folder), desk.kit.database_url, "zh", patience=0)
    return await look(handover_desk(desk))


def handover_desk(desk: Bench) -> Desk:
    loop: Any = desk.service.loops["calendar"]
    found: Desk = loop.args[0]
    return found


async def ordered_and_released(desk: Bench, released: datetime) -> str:
    """An order served long before; released on that day."""
    handover_id = await desk.offered(planned_release_date=released.date().isoformat())
    await desk.order()
    await desk.post(handover_id, "HandoverAccepted", lead())
    desk.clock.set(released)
    await desk.fact("PersonReleased", notice_no="N-1", released_at=released, pickup="NONE")
    return handover_id


async def timer(desk: Bench, handover_id: str, name: str) -> dict[str, Any]:
    timers = (await desk.seen(handover_id))["timers"]
    return next(one for one in timers if one["name"] == name)


async def test_a_deadline_beyond_the_known_years_is_provisional_and_moves_when_the_year_comes(
    desk: Bench, tmp_path: Path
) -> None:
    handover_id = await ordered_and_released(desk, datetime(2027, 9, 16, 10, tzinfo=SHANGHAI))
    before = await timer(desk, handover_id, "T_DEADLINE")
    assert (before["due_at"], before["calendar_version"]) == (
        "2027-10-02T00:00:00+08:00",
        "CN:2024.1,2025.1,2026.1+provisional",
    )
    said = len(await desk.events(f"handover-{handover_id}"))
    assert await imported(desk, Y2027, tmp_path) == 1
    after = await timer(desk, handover_id, "T_DEADLINE")
    assert (after["due_at"], after["calendar_version"]) == (
        "2027-10-09T00:00:00+08:00",
        "CN:2024.1,2025.1,2026.1,2027.1",
    )
    assert (after["deadline_rev"], after["occurrence"]) == (before["deadline_rev"], before["occurrence"])
    assert (await desk.seen(handover_id))["deadline"] == "2027-10-08"
    assert set((await desk.events(f"handover-{handover_id}"))[said:]) == {"TimerScheduled"}


async def test_a_fact_between_learning_a_year_and_dating_anew_leaves_no_alarm_behind(
    desk: Bench, tmp_path: Path
) -> None:
    handover_id = await ordered_and_released(desk, datetime(2027, 9, 16, 10, tzinfo=SHANGHAI))
    handover_desk(desk).calendars.learn([Y2027])
    await desk.fact("NeedsAssessed")
    assert await imported(desk, Y2027, tmp_path) == 1
    assert (await desk.seen(handover_id))["deadline"] == "2027-10-08"
    assert (await timer(desk, handover_id, "T_DEADLINE"))["due_at"] == "2027-10-09T00:00:00+08:00"


async def test_an_alarm_never_fires_on_a_day_that_a_learnt_year_moved(desk: Bench) -> None:
    handover_id = await ordered_and_released(desk, datetime(2027, 9, 16, 10, tzinfo=SHANGHAI))
    handover_desk(desk).calendars.learn([Y2027])
    await desk.until(datetime(2027, 10, 8, 23, tzinfo=SHANGHAI))
    assert "ReportDeadlinePassed" not in await desk.events(f"handover-{handover_id}")
    await desk.until(datetime(2027, 10, 9, tzinfo=SHANGHAI))
    assert "ReportDeadlinePassed" in await desk.events(f"handover-{handover_id}")


async def test_what_was_under_way_while_a_year_was_learnt_is_found_by_the_next_look(
    desk: Bench, tmp_path: Path
) -> None:
    calendars = handover_desk(desk).calendars
    before = calendars.current
    await imported(desk, Y2027, tmp_path)
    learnt, calendars.current = calendars.current, before
    handover_id = await ordered_and_released(desk, datetime(2027, 9, 16, 10, tzinfo=SHANGHAI))
    calendars.current = learnt
    tried = Tried()
    assert await look(handover_desk(desk), tried=tried) == 1
    assert (await timer(desk, handover_id, "T_DEADLINE"))["due_at"] == "2027-10-09T00:00:00+08:00"
    assert await look(handover_desk(desk), tried=tried) == 0


async def test_what_a_year_confirms_loses_only_the_word_provisional(desk: Bench, tmp_path: Path) -> None:
    handover_id = await ordered_and_released(desk, datetime(2027, 3, 1, 10, tzinfo=SHANGHAI))
    before = await desk.seen(handover_id)
    await imported(desk, Y2027, tmp_path)
    after = await desk.seen(handover_id)
    assert [one["due_at"] for one in after["timers"]] == [one["due_at"] for one in before["timers"]]
    assert {one["calendar_version"] for one in after["timers"]} == {"CN:2024.1,2025.1,2026.1,2027.1"}


async def test_a_year_that_would_end_a_deadline_earlier_takes_no_day_from_the_person(
    desk: Bench, tmp_path: Path
) -> None:
    handover_id = await ordered_and_released(desk, datetime(2027, 9, 3, 10, tzinfo=SHANGHAI))
    before = await desk.seen(handover_id)
    assert before["deadline"] == "2027-09-20"  # the 18th is a Saturday, and nobody knows yet that it will be worked
    await imported(desk, Y2027, tmp_path)
    after = await desk.seen(handover_id)
    assert (after["deadline"], after["level"]) == ("2027-09-20", 0)
    assert (await timer(desk, handover_id, "T_DEADLINE"))["due_at"] == "2027-09-21T00:00:00+08:00"


async def test_an_agencys_term_follows_the_year_both_ways(desk: Bench, tmp_path: Path) -> None:
    desk.clock.set(datetime(2027, 9, 16, 10, tzinfo=SHANGHAI))
    handover_id = await desk.offered(planned_release_date="2027-12-01")
    assert (await timer(desk, handover_id, "T_ACCEPT"))["due_at"] == "2027-09-21T00:00:00+08:00"
    await imported(desk, Y2027, tmp_path)
    assert (await timer(desk, handover_id, "T_ACCEPT"))["due_at"] == "2027-09-19T00:00:00+08:00"


async def test_what_known_years_date_is_left_alone(desk: Bench, tmp_path: Path) -> None:
    handover_id = await desk.released()
    before = await desk.seen(handover_id)
    assert await imported(desk, Y2027, tmp_path) == 0
    assert await desk.seen(handover_id) == before


async def test_a_year_brought_at_rest_is_followed_at_the_next_start(desk: Bench, tmp_path: Path) -> None:
    handover_id = await ordered_and_released(desk, datetime(2027, 9, 16, 10, tzinfo=SHANGHAI))
    await bring(file_of(Y2027, tmp_path), desk.kit.database_url, "zh", patience=0)
    async with parts(desk.kit.settings, VirtualClock(desk.clock.now())) as kit:
        service = await app.build(kit)
        async with service.pool:
            loop: Any = service.loops["calendar"]
            assert await look(loop.args[0], first=True) == 1
            assert await look(loop.args[0]) == 0
    assert (await desk.seen(handover_id))["deadline"] == "2027-10-08"


async def test_a_known_year_changes_by_a_higher_edition_only(desk: Bench, tmp_path: Path) -> None:
    await imported(desk, Y2027, tmp_path)
    url = desk.kit.database_url
    other = Year(2027, 1, NATIONAL, frozenset())
    with pytest.raises(Refused, match="calendar_edition_reused"):
        await bring(file_of(other, tmp_path), url, "zh", patience=0)
    assert not (await bring(file_of(Y2027, tmp_path), url, "zh", patience=0)).new
    assert (await bring(file_of(Year(2027, 2, NATIONAL, frozenset()), tmp_path), url, "zh", patience=0)).new


async def test_a_deadline_of_a_saga_does_not_follow_another_policy(desk: Bench, tmp_path: Path) -> None:
    """A new version is for what is opened under it; a running deadline stays where it was told."""
    handover_id = await desk.accepted()
    file = tmp_path / "policy.yaml"
    file.write_text("{policy_version: strict-1, keys: {report.deadline.ordered: P5D, contact.d1: P2D}}", "utf-8")
    settings = desk.kit.settings.model_copy(update={"policy_file": file})
    async with parts(settings, VirtualClock(day("03-30"))) as kit:
        service = await app.build(kit)
        async with service.pool:
            later = Bench(kit, service, VirtualClock(day("03-30")), desk.http)
            await later.fact("OrderServed", order_kind="CRH", order_no="O-1", served_at=day("03-02"))
            await later.fact("PersonReleased", notice_no="N-1", released_at=day("03-30"), pickup="NONE")
            row = await service.pool.fetchrow("select doc from sagas where handover_id = $1", handover_id)
            assert row is not None
            assert (row["doc"]["policy_version"], row["doc"]["deadline"]) == ("2026.11-default", "2026-04-14")


async def test_a_version_name_stands_for_one_set_of_values(desk: Bench, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    settings = desk.kit.settings.model_copy(update={"policy_file": file})
    for value, refused in (("P1D", False), ("P1D", False), ("P3D", True)):
        file.write_text(f"{{policy_version: zj-1, keys: {{accept.within: {value}}}}}", "utf-8")
        if not refused:
            async with parts(settings, desk.clock) as kit:
                assert kit.policies.current.version == "zj-1"
            continue
        with pytest.raises(Refused, match="policy_version_reused"):
            async with parts(settings, desk.clock):
                pass
