"""K-17, the quality of notices, through the projection and the door."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.timeline_story import CENTRE, CITY, Story, Timeline, actor, timeline

OTHER_CENTRE = CITY.of_type("DETOX")[1]


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[Timeline]:
    async with timeline(database_url) as made:
        yield made


def noticed(number: int, *, planned: str = "2026-04-20", centre: str = CENTRE.org_id, no: str = "") -> Story:
    """A centre announced somebody's release and their handover was opened."""
    story = Story(f"N{number}", f"NH{number}")
    about: dict[str, Any] = {"notice_no": no or f"N-{number}", "revision": 1, "episode_no": "1", "basis": "ORDER"}
    notice = story.tell("ReleaseNoticeReceived", centre_id=centre, planned_release_date=planned, **about)
    due = "2026-03-04T00:00:00+08:00"
    story.tell("TimerScheduled", cause=notice.envelope.id, name="T_ROUTE", due_at=due, deadline_rev=0, occurrence=1)
    return story


def in_error(story: Story) -> Story:
    story.tell("EnteredInError", officials=["a", "b"])
    story.tell("HandoverClosed", terminal_state="CLOSED_CANCELLED", cause="EnteredInError")
    return story


async def quality(kept: Timeline, centre: str = CENTRE.org_id) -> dict[str, Any]:
    answer = await kept.get("/kpi", actor("OPS"))
    assert answer.status_code == 200, answer.text
    line = next(one for one in answer.json()["items"] if (one["kpi"], one["org"]) == ("K-17", centre))
    return {name: line[name] for name in ("num", "den", "late", "corrected", "unknown", "rate")}


async def test_notices_are_counted_for_their_centre_and_not_when_entered_in_error(kept: Timeline) -> None:
    stories = [noticed(n, planned="2026-04-20" if n < 16 else "2026-03-20") for n in range(26)]
    stories[0].tell("ReleaseDateChanged", notice_no="N-0", revision=2, new_date="2026-04-25", centre_id=CENTRE.org_id)
    in_error(stories[1])
    await kept.read(*stories)
    counts = {"num": 15, "den": 25, "late": 10, "corrected": 1, "unknown": 0, "rate": "60.00"}
    assert await quality(kept) == counts


async def test_the_quality_of_notices_is_hidden_where_few_make_the_difference(kept: Timeline) -> None:
    await kept.read(*(noticed(n, planned="2026-04-20" if n < 12 else "2026-03-20") for n in range(16)))
    counts = {"num": None, "den": 16, "late": None, "corrected": 0, "unknown": 0, "rate": None}
    assert await quality(kept) == counts


async def test_a_notice_counts_again_when_its_handover_is_reopened(kept: Timeline) -> None:
    stories = [noticed(n) for n in range(12)]
    in_error(stories[0]).tell("OpsReopened", reason="no error", officials=["a", "b"])
    await kept.read(*stories)
    assert (await quality(kept))["den"] == 12


async def test_a_withdrawn_notice_corrects_no_other_centres_of_the_same_number(kept: Timeline) -> None:
    stories = [noticed(n, no=f"N-{n % 12}", centre=(CENTRE, OTHER_CENTRE)[n // 12].org_id) for n in range(24)]
    stories[12].tell("ReleaseNoticeWithdrawn", notice_no="N-0", reason="ERROR")
    await kept.read(*stories)
    found = [(await quality(kept, centre.org_id))["corrected"] for centre in (CENTRE, OTHER_CENTRE)]
    assert found == [0, 1]


async def test_the_notice_of_a_second_centre_counts_for_that_centre(kept: Timeline) -> None:
    stories = [noticed(n) for n in range(12)]
    for n, story in enumerate(stories):
        second: dict[str, Any] = {"notice_no": f"S-{n}", "centre_id": OTHER_CENTRE.org_id, "reason": "ADMIN"}
        story.tell("ReleaseDateChanged", revision=1, new_date="2026-04-28", **second)
    second = {"notice_no": "S-0", "centre_id": OTHER_CENTRE.org_id, "reason": "CORRECTION"}
    stories[0].tell("ReleaseDateChanged", revision=2, new_date="2026-03-05", **second)
    await kept.read(*stories)
    assert [(one["den"], one["corrected"]) for one in [await quality(kept)]] == [(12, 0)]
    counts = {"num": 12, "den": 12, "late": 0, "corrected": 1, "unknown": 0, "rate": "100.00"}
    assert await quality(kept, OTHER_CENTRE.org_id) == counts
