"""Facts that name a notice nobody has sent: after a day its centre is asked, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.intake.asking import POLICY_KEY
from services.intake.door import Door
from services.kernel.deadlines import DeadlineWorker
from services.reference.policy_file import examine
from tests.service.intake.conftest import START, Office
from tests.service.intake.messages import CENTRE, NOTICE, ORGAN, RELEASED, SERVED, identity, message, send

DAY = timedelta(days=1)
QUESTION = ("waiting", "notice_missing", "")


async def wait(office: Office, until: timedelta) -> None:
    """Let the clock go on, and act on what is due."""
    office.clock.set(START + until)
    await DeadlineWorker(office.pool, office.clock, office.desk.asking.fire).fire_due()


async def test_the_centre_is_asked_after_a_day_and_once_however_many_wait(office: Office) -> None:
    served = message(office, "OrderServed", SERVED, source=ORGAN, id="m-order")
    assert await send(office, served) == ("waiting", "", "")
    office.clock.set(START + DAY / 2)
    await send(office, message(office, "PersonReleased", RELEASED))
    await wait(office, DAY - timedelta(seconds=1))
    assert QUESTION not in await office.receipts()
    for day in (1, 2, 9):
        await wait(office, DAY * day)
        assert (await office.receipts()).count(QUESTION) == 1
    _, asked = (await office.events("receipt-%"))[-1]
    assert (asked["org"], asked["notice_no"], asked["message_id"]) == (CENTRE, "N-1", f"{CENTRE}/N-1")


async def test_a_policy_may_ask_after_hours(office: Office) -> None:
    hasty_policy = examine(f"{POLICY_KEY}: PT6H", office.desk.rules.policy)
    assert hasty_policy.faults == ()
    asking = replace(office.desk.asking, policy=hasty_policy.policy)
    hasty = replace(office.desk, asking=asking, facts=replace(office.desk.facts, asking=asking))
    await send(replace(office, door=Door(hasty, office.key)), message(office, "PersonReleased", RELEASED))
    await wait(office, timedelta(hours=6) - timedelta(seconds=1))
    assert QUESTION not in await office.receipts()
    await wait(office, timedelta(hours=6))
    assert QUESTION in await office.receipts()


async def test_nobody_is_asked_for_a_notice_that_came(office: Office) -> None:
    await send(office, message(office, "PersonReleased", RELEASED))
    await send(office, message(office, "ReleaseNoticeReceived", NOTICE, identity()))
    await wait(office, DAY * 2)
    assert QUESTION not in await office.receipts()
    assert (await office.names())[-1] == "PersonReleased"


async def test_a_fact_that_names_no_notice_asks_nobody(office: Office) -> None:
    await send(office, message(office, "OrderServed", {**SERVED, "notice_no": ""}, identity(), source=ORGAN))
    await wait(office, DAY * 2)
    assert [outcome for outcome, _, _ in await office.receipts()] == ["waiting"]
