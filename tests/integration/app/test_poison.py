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


async def known(centre: Centre, count: int) -> list[Known]:
    """Announce so many people and wait until all of the hub knows them."""
    people = [inmate() for _ in range(count)]
    refs = await centre.announce_all(people)
    first = {
        record.key.decode(): record
        for record in await centre.hub.records(TOPIC)
        if b"ReleaseNoticeReceived" in dict(record.headers)["ce_type"]
    }
    return [Known(who, ref, first[ref].value, first[ref].headers) for who, ref in zip(people, refs, strict=True)]


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


async def deliver_papers(centre: Centre, *people: Known) -> None:
    """One more fact about each."""
    for about in people:
        number = about.who.notice_no
        paper = {"notice_no": number, "doc_type": "RELEASE_CERTIFICATE", "doc_no": f"SYN-{number}", "sha256": "0" * 64}
        await centre.publish(about.who, "DocumentDelivered", paper, f"paper-{number}")
    centre.hub.settle()


async def test_poison_blocks_its_key_in_every_reader_while_the_other_keys_flow(centre: Centre) -> None:
    hub = centre.hub
    *victims, other = await known(centre, len(POISONS) + 1)
    for reason, victim in zip(POISONS, victims, strict=True):
        await poison(hub, reason, victim)
    await deliver_papers(centre, *victims, other)
    assert hub.parked(other.person_ref) == []
    assert "DocumentDelivered" in hub.timeline(other.person_ref)
    for reason, victim in zip(POISONS, victims, strict=True):
        blocked = {(each["consumer"], each["blocking"], each["reason"]) for each in hub.parked(victim.person_ref)}
        assert blocked == {(reader, True, "SCHEMA") for reader in READERS}
        assert await reasons(hub, victim) == {reason}
        assert "DocumentDelivered" not in hub.timeline(victim.person_ref)
    for victim in victims:
        let_go(hub, hub.parked(victim.person_ref))
    hub.settle()
    for victim in victims:
        assert hub.parked(victim.person_ref) == []
        assert "DocumentDelivered" in hub.timeline(victim.person_ref)


async def reasons(hub: Hub, victim: Known) -> set[str]:
    """What each reader wrote down about the message it could not read."""
    sql = "select detail_fields[1] from {}.parked_keys where key = $1 and state = 'blocked'"
    async with hub.database() as db:
        return {await db.fetchval(sql.format(schema), victim.person_ref) for schema in ("handover", "timeline")}


def let_go(hub: Hub, parked: Sequence[dict[str, Any]]) -> None:
    """A retry fails again and says why; a discard needs a reason and lets what waited follow."""
    for each in parked:  # behind the journal's poison wait, besides the paper, the facts that tell of the blocking
        path = f"/parked/{each['id']}"
        again = hub.post(f"{path}/retry", {}).json()
        assert (again["released"], again["handled"], again["reason"]) == (False, 0, "SCHEMA")
        assert hub.post(f"{path}/discard", {}).status_code == 422
        gone = hub.post(f"{path}/discard", {"reason": "not ours"}).json()
        assert (gone["released"], gone["waiting"]) == (True, 0)
        assert gone["handled"] >= each["waiting"] - 1 >= 1


async def test_the_command_line_lists_a_blocked_key_tries_it_and_drops_its_head(centre: Centre) -> None:
    hub, [victim] = centre.hub, await known(centre, 1)
    await poison(hub, "type_unknown", victim)
    hub.settle()
    mine = [line for line in hub.runs("parked", "list").lines if line["key"] == victim.person_ref]
    assert {line["kind"] for line in mine} == {"parked"}
    tried = hub.runs("parked", "retry", mine[0]["id"])
    assert (tried.code, tried.lines[0]["released"], tried.lines[0]["reason"]) == (1, False, "SCHEMA")
    for line in mine:
        dropped = hub.runs("parked", "discard", line["id"], "--reason", "not ours")
        assert (dropped.code, dropped.lines[0]["released"]) == (0, True)
    assert hub.parked(victim.person_ref) == []


async def test_what_failed_for_a_bug_is_retried_with_all_that_waited_once_the_bug_is_mended(centre: Centre) -> None:
    hub, (victim, other) = centre.hub, await known(centre, 2)
    async with broken_for(hub, victim.person_ref):
        await deliver_papers(centre, victim, other)
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
