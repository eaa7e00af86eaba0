"""Facts in: each finds its person's saga, waits for it, or is set aside."""

from __future__ import annotations

import asyncpg
import pytest

from services.handover.domain.memory import from_json, patched
from services.handover.domain.saga import Saga
from tests.support.handover_desk import CENTRE, STATION, Bench, N, P, day


async def test_a_notice_opens_a_handover_and_arms_its_first_alarm(desk: Bench) -> None:
    await desk.notice()
    seen = await desk.only()
    assert (seen["state"], seen["track"], seen["episode"], seen["accountable"]) == ("NOTICED", "VOLUNTARY", "1", "A")
    assert [timer["name"] for timer in seen["timers"]] == ["T_ROUTE"]
    assert await desk.events(f"handover-{seen['handover_id']}") == ["TimerScheduled"]


async def test_a_resolved_jurisdiction_offers_it_to_the_station(desk: Bench) -> None:
    handover_id = await desk.offered()
    seen = await desk.seen(handover_id)
    assert (seen["state"], seen["station"]) == ("OFFERED", STATION)
    assert {timer["name"] for timer in seen["timers"]} == {"T_ACCEPT_REMIND", "T_ACCEPT"}
    assert "HandoverOffered" in await desk.events(f"handover-{handover_id}")


async def test_an_emitted_event_says_what_caused_it_and_by_which_policy(desk: Bench) -> None:
    await desk.notice()
    cause = await desk.fact("JurisdictionResolved", station_id=STATION, ground="HUKOU")
    handover_id = (await desk.only())["handover_id"]
    (row,) = await desk.rows("select meta from events where type like '%.HandoverOffered.v1'")
    assert row["meta"]["causationid"] == cause
    assert row["meta"]["correlationid"] == handover_id
    assert row["meta"]["policyversion"] == desk.kit.policies.current.version
    assert row["meta"]["partitionkey"] == P


async def test_facts_before_the_notice_wait_and_follow_right_behind_it(desk: Bench) -> None:
    await desk.fact("PersonRegistered", vault_ptr="vault://p/1", match_quality="EXACT_ID", origin="NOTICE")
    await desk.order()
    assert len(await desk.rows("select 1 from waiting_facts")) == 2
    await desk.notice()
    assert not await desk.rows("select 1 from waiting_facts")
    assert (await desk.only())["track"] == "ORDERED"
    steps = [row["input_name"] for row in await desk.rows("select input_name from steps order by version")]
    assert steps == ["ReleaseNoticeReceived", "PersonRegistered", "OrderServed"]


async def test_a_waiting_fact_that_does_not_fit_is_set_aside_and_holds_up_nothing(desk: Bench) -> None:
    await desk.fact("OrderRevoked", order_no="O-9", reason="ERROR")
    await desk.order()
    await desk.notice()
    assert (await desk.only())["track"] == "ORDERED"
    (parked,) = await desk.rows("select reason, state from parked_keys")
    assert tuple(parked) == ("CONFLICT", "set_aside")


async def test_a_release_without_a_notice_opens_a_handover_that_awaits_the_report(desk: Bench) -> None:
    await desk.fact("PersonReleased", released_at=day("03-02", 8), episode_no="1", centre_id=CENTRE)
    assert (await desk.only())["state"] == "AWAITING_REPORT"


async def test_an_order_is_known_by_its_tag_and_its_number_is_nowhere(desk: Bench) -> None:
    handover_id = await desk.offered()
    await desk.order(order_no="O-SECRET-77")
    await desk.fact("OrderRevoked", order_no="O-SECRET-77", reason="ERROR")
    assert not desk.set_aside
    assert (await desk.seen(handover_id))["state"] == "CLOSED_CANCELLED"
    for table in ("sagas", "steps", "events", "waiting_facts"):
        assert not await desk.rows(f"select 1 from {table} t where t::text like '%O-SECRET-77%'"), table


async def test_a_fact_that_fits_no_rule_is_set_aside_and_changes_nothing(desk: Bench) -> None:
    handover_id = await desk.released()
    before = await desk.seen(handover_id)
    await desk.fact("ReleaseDateChanged", notice_no=N, revision=2, new_date="2026-05-01")
    assert desk.set_aside == ["STALE"]
    assert await desk.seen(handover_id) == before


async def test_the_steps_fold_to_the_saga_that_the_row_holds(desk: Bench) -> None:
    handover_id = await desk.released()
    await desk.until(day("04-20"))
    saga = Saga(handover_id=handover_id, person_ref="")
    for row in await desk.rows("select patch from steps where handover_id = $1 order by version", handover_id):
        saga = patched(saga, row["patch"])
    (row,) = await desk.rows("select doc, version, written from sagas")
    assert saga == from_json(row["doc"])
    assert row["version"] == saga.version == len(await desk.rows("select 1 from steps"))
    assert row["written"] == len(await desk.events(f"handover-{handover_id}"))


async def test_a_notice_finds_its_handover_by_centre_and_number(desk: Bench) -> None:
    handover_id = await desk.offered()
    items = (await desk.get("/handovers", centre=CENTRE, notice_no=N)).json()["items"]
    assert [one["handover_id"] for one in items] == [handover_id]
    assert (await desk.get("/handovers", centre="A-CENTRE-2", notice_no=N)).json()["items"] == []


async def test_a_new_notice_after_the_end_opens_a_new_handover(desk: Bench) -> None:
    first = await desk.offered()
    await desk.fact("ReleaseNoticeWithdrawn", notice_no=N, reason="ERROR")
    assert (await desk.seen(first))["state"] == "CLOSED_CANCELLED"
    await desk.notice(notice_no="N-2", episode_no="2")
    items = (await desk.get("/handovers", person_ref=P)).json()["items"]
    assert [one["state"] for one in items] == ["CLOSED_CANCELLED", "NOTICED"]


async def test_the_steps_and_the_audit_are_only_ever_added(desk: Bench) -> None:
    await desk.offered()
    for statement in ("update steps set outcome = 'x'", "delete from audit"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await desk.service.pool.execute(statement)
