"""The figures of a period through the projection and the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.kernel.clock import SHANGHAI
from services.kernel.projections import ProjectionRunner
from services.timeline import journal
from services.timeline.projections import kpi
from tests.support.timeline_story import CITY, OTHER_STATION, STATION, Story, Timeline, actor, timeline

RELEASE = datetime(2026, 3, 10, 10, 0, tzinfo=SHANGHAI)
OPS = actor("OPS")
CITY_ORG = CITY.city().org_id


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as made:
        yield made


def released(number: int, *, track: str = "ORDERED", station: str = STATION.org_id) -> Story:
    """Somebody with an order who was released on the 10th of March; the last day to report is the 25th."""
    story = Story(f"P{number:05}", f"H{number:05}")
    story.tell("HandoverOffered", station_id=station, track=track, deadline_rev=0)
    story.tell("ReportWindowOpened", happened=RELEASE, released_at=RELEASE, clock_start=RELEASE, deadline="2026-03-25")
    return story


def reported(story: Story, days: int) -> Story:
    at = RELEASE + timedelta(days=days)
    story.tell("PersonReported", happened=at, at=at, station_id=STATION.org_id)
    return story


def cohort(on_time: int, late: int, never: int) -> list[Story]:
    days = [*[3] * on_time, *[40] * late, *[0] * never]
    return [reported(released(n), each) if each else released(n) for n, each in enumerate(days)]


async def figures(kept: Timeline, **period: str) -> dict[tuple[str, ...], dict[str, Any]]:
    answer = await kept.get("/kpi", OPS, **period)
    assert answer.status_code == 200, answer.text
    return {(item["kpi"], item.get("track", ""), item["org"]): item for item in answer.json()["items"]}


@pytest.mark.parametrize(
    ("who", "in_time", "ever"),
    [((2553, 59, 34), (2553, "96.49"), (2612, "98.72")), ((0, 741, 1905), (0, "0.00"), (741, "28.00"))],
    ids=["G-1", "G-2"],
)
async def test_the_golden_cohorts(
    kept: Timeline, who: tuple[int, int, int], in_time: tuple[int, str], ever: tuple[int, str]
) -> None:
    await kept.read(*cohort(*who), projected=False)
    await ProjectionRunner(kept.pool, journal.feed, [kpi.PROJECTION]).advance()
    found = await figures(kept)
    for name, (num, rate) in {"K-01a": in_time, "K-01b": ever}.items():
        line = found[name, "ORDERED", CITY_ORG]
        assert (line["num"], line["den"], line["rate"]) == (num, 2646, rate)


async def test_a_period_holds_the_releases_of_its_days_in_shanghai(kept: Timeline) -> None:
    await kept.read(*cohort(12, 0, 0))
    inside = await figures(kept, **{"from": "2026-03-10", "to": "2026-03-11"})
    assert inside["K-01a", "ORDERED", CITY_ORG]["den"] == 12
    for outside in ({"to": "2026-03-10"}, {"from": "2026-03-11"}):
        assert (await figures(kept, **outside))["K-01a", "ORDERED", CITY_ORG]["den"] == 0


async def test_small_cells_are_hidden_with_the_complement_that_gives_them_away(kept: Timeline) -> None:
    far = [released(n, station=OTHER_STATION.org_id) for n in range(100, 104)]
    for story in far:
        story.tell("PersonReported", happened=RELEASE, at=RELEASE, station_id=OTHER_STATION.org_id)
    await kept.read(*cohort(12, 0, 10), *far)
    found = await figures(kept)
    districts = [CITY.parents(station.org_id)[0] for station in (STATION, OTHER_STATION)]
    total = found["K-01a", "ORDERED", CITY_ORG]
    assert (total["num"], total["den"], total["suppressed"]) == (16, 26, False)
    for district in districts:
        line = found["K-01a", "ORDERED", district]
        assert (line["num"], line["den"], line["rate"], line["suppressed"]) == (None, None, None, True)


@pytest.mark.parametrize("who", [(12, 0, 4), (4, 0, 12)], ids=["few never reported", "few reported"])
async def test_a_rate_is_hidden_where_few_make_the_difference(kept: Timeline, who: tuple[int, int, int]) -> None:
    await kept.read(*cohort(*who))
    found = await figures(kept)
    for place in (CITY_ORG, CITY.parents(STATION.org_id)[0]):
        line = found["K-01a", "ORDERED", place]
        assert (line["num"], line["den"], line["rate"], line["suppressed"]) == (None, 16, None, True)


async def test_a_person_counts_where_somebody_answers_and_not_where_an_offer_or_a_false_report_was(
    kept: Timeline,
) -> None:
    stories = [released(number) for number in range(24)]
    for number, story in enumerate(stories):
        story.tell("HandoverAccepted", station_id=STATION.org_id)
        if number < 12:
            story.tell("PersonReported", station_id=OTHER_STATION.org_id, at=RELEASE)
            story.tell("ReportInvalidated", officials=["a", "b"])
        else:
            story.tell("HandoverOffered", station_id=OTHER_STATION.org_id, track="ORDERED", deadline_rev=0)
    await kept.read(*stories)
    found = await figures(kept)
    own, other = (CITY.parents(station.org_id)[0] for station in (STATION, OTHER_STATION))
    assert [found["K-01a", "ORDERED", place]["den"] for place in (CITY_ORG, own, other)] == [24, 24, 0]


async def test_excluded_cases_are_published_by_reason_and_voluntary_ones_with_their_target(kept: Timeline) -> None:
    dead = [released(n) for n in range(200, 212)]
    for story in dead:
        story.tell("HandoverClosed", happened=RELEASE, terminal_state="CLOSED_DECEASED", cause="DeathConfirmed")
    willing = [reported(released(n, track="VOLUNTARY"), 3) for n in range(300, 310)]
    await kept.read(*cohort(12, 0, 0), *dead, *willing)
    found = await figures(kept)
    assert found["K-01a", "ORDERED", CITY_ORG]["excluded"] == {"DIED": 12}
    voluntary = found["K-01b", "VOLUNTARY", CITY_ORG]
    assert (voluntary["num"], voluntary["den"], voluntary["target"]) == (10, 10, "P7D")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        (actor("CITY_LEAD", CITY_ORG), 200),
        (actor("CITY_LEAD", "B"), 403),
        (actor("WORKER", STATION.org_id), 403),
        (actor("STATION_LEAD", STATION.org_id), 403),
        (actor("LABOUR_BUREAU", "A-LABOUR"), 403),
    ],
)
async def test_figures_are_for_those_who_answer_for_a_district_or_more(kept: Timeline, who: Any, status: int) -> None:  # noqa: ANN401
    assert (await kept.get("/kpi", who)).status_code == status


async def test_a_district_sees_itself_alone(kept: Timeline) -> None:
    await kept.read(*cohort(12, 0, 0))
    district = CITY.parents(STATION.org_id)[0]
    items = (await kept.get("/kpi", actor("DISTRICT_LEAD", district))).json()["items"]
    assert {item["org"] for item in items} == {district}


async def test_a_period_that_ends_before_it_begins_is_refused(kept: Timeline) -> None:
    answer = await kept.get("/kpi", OPS, **{"from": "2026-03-11", "to": "2026-03-10"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_data")
