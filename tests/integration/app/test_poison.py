"""Poison on the hub's own topics: it blocks its key in every reader, the other keys flow, an operator lets it go."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.centre import Centre, Inmate, inmate
from tests.support.running_hub import Hub

TOPIC = "hub.intake.v1"
READERS = {"handover.facts", "timeline.journal"}
POISONS = ("type_unknown", "payload_invalid", "payload_unreadable", "header_null", "header_not_utf8", "key_mismatch")
BREAK = """
    create function timeline.break() returns trigger language plpgsql as $$
    begin
        if new.meta ->> 'subject' = '{person}' then raise exception 'a bug for one person'; end if;
        return new;
    end $$;
    create trigger broken before insert on timeline.journal for each row execute function timeline.break()
"""
MEND = "drop trigger broken on timeline.journal; drop function timeline.break()"


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whose handover runs, and the first record about them on the hub's topic."""

    who: Inmate
    person_ref: str
    value: bytes
    headers: Sequence[tuple[str, bytes]]

    def forged(self, **other: bytes | None) -> list[tuple[str, bytes | None]]:
        """Headers of a next fact in a stream of its own; `other` replaces some, `ce_` left out."""
        fresh = {"id": f"POISON-{self.who.notice_no}", "stream": f"alien-{self.person_ref}", "sequence": "1"}
        said: dict[str, bytes | None] = {**dict(self.headers), **{f"ce_{n}": v.encode() for n, v in fresh.items()}}
        said |= {f"ce_{name}": value for name, value in other.items()}
        return list(said.items())


@pytest.fixture
def centre(hub: Hub) -> Centre:
    return Centre(hub)


async def known(centre: Centre) -> Known:
    """Announce somebody and wait until all of the hub knows."""
    who = inmate()
    await centre.announce(who)
    person_ref = centre.handover(who)["person_ref"]
    mine = [record for record in await centre.hub.records(TOPIC) if record.key == person_ref.encode()]
    first = next(record for record in mine if b"ReleaseNoticeReceived" in dict(record.headers)["ce_type"])
    return Known(who, person_ref, first.value, first.headers)


async def poison(hub: Hub, reason: str, about: Known) -> None:
    """Publish a record that nobody can read."""
    headers = {
        "type_unknown": about.forged(type=b"cn.aftercare.intake.Unheard.v1"),
        "header_null": about.forged(time=None),
        "header_not_utf8": about.forged(source=b"\xff\xfe"),
        "key_mismatch": about.forged(partitionkey=b"somebody-else"),
    }.get(reason, about.forged())
    value = {"payload_invalid": b'{"person_ref": 7}', "payload_unreadable": b"["}.get(reason, about.value)
    await hub.send(TOPIC, about.person_ref.encode(), value, headers)


async def deliver_paper(centre: Centre, about: Known) -> None:
    """One more fact about somebody."""
    number = about.who.notice_no
    paper = {"notice_no": number, "doc_type": "RELEASE_CERTIFICATE", "doc_no": f"SYN-{number}", "sha256": "0" * 64}
    await centre.publish(about.who, "DocumentDelivered", paper, f"paper-{number}")
    centre.hub.settle()


@pytest.mark.parametrize("reason", POISONS)
async def test_poison_blocks_its_key_everywhere_and_the_other_keys_flow(centre: Centre, reason: str) -> None:
    hub, victim, other = centre.hub, await known(centre), await known(centre)
    await poison(hub, reason, victim)
    await deliver_paper(centre, victim)
    await deliver_paper(centre, other)
    parked = hub.parked(victim.person_ref)
    assert {(each["consumer"], each["blocking"], each["reason"]) for each in parked} == {
        (reader, True, "SCHEMA") for reader in READERS
    }
    assert hub.parked(other.person_ref) == []
    assert "DocumentDelivered" not in hub.timeline(victim.person_ref)
    assert "DocumentDelivered" in hub.timeline(other.person_ref)
    async with hub.database() as db:
        sql = "select distinct detail_fields[1] from handover.parked_keys where key = $1"
        assert [row[0] for row in await db.fetch(sql, victim.person_ref)] == [reason]
    await let_go(hub, victim, parked)


async def let_go(hub: Hub, victim: Known, parked: Sequence[dict[str, Any]]) -> None:
    """A retry fails again and says why; a discard lets what waited follow."""
    blocked = {each["consumer"]: each["id"] for each in parked}
    again = hub.post(f"/parked/{blocked['handover.facts']}/retry", {}).json()
    assert (again["released"], again["handled"], again["waiting"], again["reason"]) == (False, 0, 2, "SCHEMA")
    assert hub.post(f"/parked/{blocked['handover.facts']}/discard", {}).status_code == 422
    for each in parked:  # behind the journal's poison wait, besides the paper, the facts that tell of the blocking
        gone = hub.post(f"/parked/{each['id']}/discard", {"reason": "not ours"}).json()
        assert (gone["released"], gone["waiting"]) == (True, 0)
        assert gone["handled"] >= each["waiting"] - 1 >= 1
    hub.settle()
    assert hub.parked(victim.person_ref) == []
    assert "DocumentDelivered" in hub.timeline(victim.person_ref)


async def test_the_command_line_lists_a_blocked_key_tries_it_and_drops_its_head(centre: Centre) -> None:
    hub, victim = centre.hub, await known(centre)
    await poison(hub, "type_unknown", victim)
    hub.settle()
    mine = [line for line in hub.runs("parked", "list").lines if line["key"] == victim.person_ref]
    assert {line["kind"] for line in mine} == {"parked"}
    for line in mine:
        tried = hub.runs("parked", "retry", line["id"])
        assert (tried.code, tried.lines[0]["released"], tried.lines[0]["reason"]) == (1, False, "SCHEMA")
        dropped = hub.runs("parked", "discard", line["id"], "--reason", "not ours")
        assert (dropped.code, dropped.lines[0]["released"]) == (0, True)
    assert hub.parked(victim.person_ref) == []


async def test_what_failed_for_a_bug_is_retried_with_all_that_waited_once_the_bug_is_mended(centre: Centre) -> None:
    hub, victim, other = centre.hub, await known(centre), await known(centre)
    async with broken_for(hub, victim.person_ref):
        await deliver_paper(centre, victim)
        await deliver_paper(centre, other)
        [parked] = hub.parked(victim.person_ref)
        assert (parked["consumer"], parked["blocking"], parked["reason"]) == ("timeline.journal", True, "TECHNICAL")
        assert "DocumentDelivered" in hub.timeline(other.person_ref)
    done = hub.runs("parked", "retry", parked["id"])
    assert (done.code, done.lines[0]["released"]) == (0, True)
    assert done.lines[0]["handled"] == parked["waiting"]
    hub.settle()
    assert hub.timeline(victim.person_ref).count("DocumentDelivered") == 1
    told = [json.loads(record.value) for record in await hub.records("hub.parked.v1")]
    mine = [each for each in told if each["parked_id"] == parked["id"]]
    assert [each.get("outcome") for each in mine] == [None, "RETRIED"]
    assert "a bug for one person" not in await hub.stored()


@asynccontextmanager
async def broken_for(hub: Hub, person_ref: str) -> AsyncIterator[None]:
    """The journal refuses every fact about one person."""
    async with hub.database() as db:
        await db.execute(BREAK.replace("{person}", person_ref))
        try:
            yield
        finally:
            await db.execute(MEND)
