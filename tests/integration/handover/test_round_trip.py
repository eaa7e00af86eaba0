"""Facts in from a real broker, the saga's events and casework out to it and back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from schemas.registry import CURRENT
from schemas.topics import TOPICS
from services.embedded.broker import EmbeddedBroker
from services.kernel.store import Cause, Draft, Store
from services.kernel.subscriber import Subscribers
from services.kernel.tasks import Loops
from services.kernel.topics_admin import ensure_topics
from tests.support.handover_desk import CENTRE, STATION, Bench, N, P, bench, worker
from tests.support.transport import until


@asynccontextmanager
async def running(made: Bench) -> AsyncIterator[None]:
    """The service's relay, subscribers and alarms, as a process runs them."""
    service, kit, loops = made.service, made.kit, Loops()
    await ensure_topics(kit.kafka_bootstrap, TOPICS)
    subscribers = Subscribers(
        kit.kafka_bootstrap,
        service.pool,
        service.store,
        kit.clock,
        service.subscriptions,
        embedded=True,
        ids=kit.ids,
        service="handover",
    )
    await subscribers.start()
    loops.start("relay", service.relay.run)
    try:
        yield
    finally:
        await loops.stop()
        await subscribers.stop()


async def test_a_casework_fact_recorded_over_http_comes_back_and_folds_once(
    database_url: str, tmp_path: Path, fresh_broker: EmbeddedBroker
) -> None:
    async with bench(database_url, tmp_path, fresh_broker.bootstrap) as made, running(made):
        handover_id = await made.accepted()
        before = (await made.seen(handover_id))["version"]
        answer = await made.post(handover_id, "NeedsAssessed", worker(), {"needs": [{"type": "HOUSING"}]})
        (event_id,) = answer.json()["event_ids"]

        async def folded() -> bool:
            return bool(await made.rows("select 1 from steps where input_id = $1", event_id))

        await until(folded)
        assert (await made.seen(handover_id))["version"] == before + 1


async def test_what_is_set_aside_is_listed_and_blocks_nothing(
    database_url: str, tmp_path: Path, fresh_broker: EmbeddedBroker
) -> None:
    async with bench(database_url, tmp_path, fresh_broker.bootstrap) as made, running(made):
        store = Store(
            source="jieli/intake", clock=made.clock, ids=made.kit.ids, seal=made.kit.sealer, wake=lambda: None
        )
        notice = {"notice_no": N, "revision": 1, "centre_id": CENTRE, "episode_no": "1", "basis": "AGREEMENT"}
        withdrawn = {"notice_no": N, "reason": "ERROR"}
        routed = {"station_id": STATION, "ground": "HUKOU"}
        facts = [
            CURRENT[kind].model_validate({"person_ref": P, **data})
            for kind, data in (
                ("ReleaseNoticeReceived", notice),
                ("OrderRevoked", {"order_no": "O-9", "reason": "ERROR"}),
                ("JurisdictionResolved", routed),
                ("ReleaseNoticeWithdrawn", withdrawn),
            )
        ]
        drafts = [Draft(fact, made.clock.now(), Cause()) for fact in facts]
        async with made.service.pool.acquire() as db, db.transaction():
            await store.append(db, f"person-{P}", P, 0, drafts)

        async def listed() -> bool:
            return bool(await made.rows("select 1 from sagas where state = 'CLOSED_CANCELLED'"))

        await until(listed)
        parked = await made.service.blocking.list()
        assert [(one["reason"], one["blocking"]) for one in parked] == [("CONFLICT", False)]
        told = await made.rows("select data from events where type like '%.EventParked.v1'")
        assert [(row["data"]["person_ref"], row["data"]["blocking"]) for row in told] == [(P, False)]
