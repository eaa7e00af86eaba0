"""How sixty days go for different people (shares: specification §5.2). Each life reads as its story."""

from __future__ import annotations

from collections.abc import Coroutine
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from services.demo import acts
from services.demo.case import AFTERNOON, MORNING, Case, slot
from services.demo.onboarding import onboard

What = TypeVar("What")
Shares = tuple[tuple[What, int], ...]

ACCEPTING: Shares[str] = (("prompt", 84), ("late", 7), ("wrong_jurisdiction", 5), ("no_capacity", 2), ("silent", 2))
ORDER_SERVED: Shares[int] = ((-4, 70), (0, 20), (3, 10))  # days from the release
REPORTING_ORDERED: Shares[int | None] = ((0, 30), (1, 26), (3, 16), (5, 9), (8, 7), (12, 5), (22, 3), (None, 4))
REPORTING_VOLUNTARY: Shares[int | None] = ((0, 36), (2, 27), (5, 13), (10, 6), (-1, 11), (None, 7))
NO_NOTICE = 0.5  # of the ordered people who never come: the officials have not signed yet
DECLINES = -1  # in place of a day of reporting: the person says no


def lives(case: Case) -> list[Coroutine[Any, Any, None]]:
    """The centre, the station and the person: three lives of one handover, on the same days."""
    return [_centre(case), _station(case), _person(case)]


async def _centre(case: Case) -> None:
    """The decision organ serves the order, the centre delivers its papers and releases on the planned day."""
    release_day = case.noticed.planned_release
    served = choose(case.dice.centre, ORDER_SERVED)
    if case.ordered and served < 0:
        await case.agenda.until(slot(release_day + timedelta(days=served)))
        await _serve_order(case)
    await case.agenda.until(slot(release_day))
    await case.centre("AssessmentSummaryPublished", **acts.assessment(case))
    await case.centre("PersonReleased", **acts.release(case))
    await case.centre("DocumentDelivered", **acts.document(case, "RELEASE_CERTIFICATE"))
    case.released = True
    if case.ordered and served >= 0:
        await case.agenda.until(slot(release_day + timedelta(days=served), AFTERNOON))
        await _serve_order(case)


async def _serve_order(case: Case) -> None:
    document = f"SYN-O-{case.noticed.notice_no}"
    await case.decision_organ("OrderServed", document, **acts.order(case))
    await case.decision_organ("DocumentDelivered", document, **acts.document(case, "ORDER_COPY"))


async def _station(case: Case) -> None:
    """Somebody takes the person over, meets them inside and plans the pick-up."""
    await _take_over(case)
    await case.lead("WorkerAssigned", worker_ref=f"{case.station}/2")
    await case.agenda.until(slot(case.noticed.planned_release - timedelta(days=case.dice.station.randint(5, 12))))
    if case.released:
        return
    await case.worker("EarlyContactRecorded", **acts.early_contact(case))
    await case.agenda.until(slot(case.noticed.planned_release - timedelta(days=4), AFTERNOON))
    if not case.released:
        await case.worker("ReleasePlanConfirmed", **acts.plan(case))


async def _take_over(case: Case) -> None:
    match choose(case.dice.station, ACCEPTING):
        case "prompt":
            await case.later(case.dice.station.randint(0, 2), AFTERNOON)
        case "late":
            await case.later(5)
        case "wrong_jurisdiction":
            return await _pass_on(case)
        case "no_capacity":
            return await _district_decides(case, after_days=1, declined=True)
        case _:
            return await _district_decides(case, after_days=6, declined=False)
    await case.lead("HandoverAccepted", station_id=case.station)
    return None


async def _pass_on(case: Case) -> None:
    """The station is not the right one and names the one that is; that one accepts the next day."""
    await case.later(1)
    neighbour = case.neighbour
    await case.lead(
        "HandoverDeclined", station_id=case.station, reason="WRONG_JURISDICTION", proposed_station=neighbour
    )
    case.station = neighbour
    await case.later(1, AFTERNOON)
    await case.lead("HandoverAccepted", station_id=case.station)


async def _district_decides(case: Case, *, after_days: int, declined: bool) -> None:
    if declined:
        await case.later(1)
        await case.lead("HandoverDeclined", station_id=case.station, reason="CAPACITY")
    await case.later(after_days, AFTERNOON)
    await case.district("DistrictAssigned", station_id=case.station)


async def _person(case: Case) -> None:
    """The person reports, soon or late, declines, or never comes."""
    day = choose(case.dice.person, REPORTING_ORDERED if case.ordered else REPORTING_VOLUNTARY)
    if day is None:
        return await _never_comes(case)
    hour = AFTERNOON if day == 0 else MORNING
    await case.agenda.until(slot(case.noticed.planned_release + timedelta(days=max(day, 2 if day < 0 else 0)), hour))
    if day == DECLINES:
        await case.worker("AftercareDeclined")
        return None
    await case.worker("PersonReported", **acts.report(case))
    return await onboard(case)


async def _never_comes(case: Case) -> None:
    """The worker tries; for an ordered person two officials sign after the deadline and its grace."""
    for day in (4, 8):
        await case.agenda.until(slot(case.noticed.planned_release + timedelta(days=day)))
        await case.worker("ContactMade", channel="PHONE", result="NO_ANSWER")
    if not case.ordered or case.dice.person.random() < NO_NOTICE:
        return
    await case.agenda.until(slot(case.noticed.planned_release + timedelta(days=26)))
    await case.street("StatutoryNoticeSigned", 1, **acts.statutory_notice(case))
    await case.street("StatutoryNoticeSigned", 2, **acts.statutory_notice(case))


def choose(chance: Random, shares: Shares[What]) -> What:
    """One of the weighted possibilities."""
    return chance.choices([what for what, _ in shares], [share for _, share in shares])[0]
