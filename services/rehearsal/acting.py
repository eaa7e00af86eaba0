"""One record sent through the door that its real actor uses, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from services.intake.domain.senders import NUMBERS, SENDERS
from services.intake.identity_key import seal_identity
from services.kernel.tokens import Actor
from services.outside.doors import OK, Doors, Named
from services.rehearsal.cast import Player
from services.rehearsal.filling import Data, Scribe, filled, remember
from services.rehearsal.hearing import Hearing
from services.rehearsal.records import ENDS, NOTICE, REQUESTS
from services.rehearsal.story import By, Record

OPS: Final = Actor("rehearsal", "OPS", "", None)
AUDITOR: Final = Actor("rehearsal", "AUDITOR", "", None)
TOPIC_DOORS: Final = {
    "DETOX_CENTRE": "detox",
    "PRISON": "detox",
    "DECISION_ORGAN": "authority",
    "COMMUNITY_POLICE": "authority",
}
NOT_TAKEN: Final = frozenset({"rejected", "quarantined"})
SET_ASIDE: Final = "conflict"
RECEIPTS: Final = "out.detox.v1"
REPORT: Final = "PersonReported"
END_DOORS: Final = {
    "RecordSealed": "/api/v1/people/{}/sealing",
    "RecordDeleted": "/api/v1/people/{}/erasure",
    "LawfulReadGranted": "/api/v1/sealed/{}/reads",
}
ANSWERED: Final = "DataSubjectRequestAnswered"
SETTLED_WITHIN: Final = 60  # seconds that everything under way may take


class NotQuiet(Exception):
    """The hub did not come to rest; says what was waited for."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a record was taken; the code of what stood against it, or that of a receipt that set it aside."""

    accepted: bool
    code: str = ""

    def ok(self, refused: str | None) -> bool:
        """Whether that is what the step said."""
        return self.accepted if refused is None else self.code == refused


@dataclass(frozen=True, slots=True)
class Company:
    """Everybody outside the hub, as one client of its doors."""

    doors: Doors
    heard: Hearing

    async def quiet(self) -> None:
        """Wait until nothing is on its way. Raises NotQuiet."""
        answer = await self.doors.ask("/api/v1/quiet", OPS, timeout=str(SETTLED_WITHIN))
        if answer.status_code not in OK:
            waiting = answer.json().get("waiting_for") or [answer.json().get("code", "")]
            raise NotQuiet(", ".join(map(str, waiting)))

    async def find(self, player: Player) -> None:
        """Learn under which pseudonym the hub speaks of somebody, once it does."""
        if player.person_ref or not player.messages:
            return
        await self.heard.catch_up()
        for one in self.heard.of(["hub.intake.v1"]):
            if one.headers.get("ce_causationid") in player.messages and one.key:
                player.person_ref = one.key
                return

    async def handover(self, player: Player) -> dict[str, Any] | None:
        """Where the newest handover of somebody stands, or None."""
        await self.find(player)
        if not player.person_ref:
            return None
        found = await self.doors.get("/api/v1/handovers", OPS, person_ref=player.person_ref)
        newest: dict[str, Any] | None = max(found["items"], key=lambda one: one["handover_id"], default=None)
        return newest

    async def act(self, record: Record, scribe: Scribe) -> Outcome:
        """Send a record, once for each name that must sign it."""
        data = filled(record, scribe)
        if record.name in ENDS:
            outcome = await self._end(record, data, scribe.player)
        elif record.by.role in TOPIC_DOORS and record.name in SENDERS:
            outcome = await self._publish(record, data, scribe)
        elif record.name in REQUESTS:
            outcome = await self._request(record, data, scribe)
        else:
            outcome = await self._post(record, data, scribe)
        if outcome.accepted:
            remember(record, data, scribe.player)
        return outcome

    async def _publish(self, record: Record, data: Data, scribe: Scribe) -> Outcome:
        said = data | await self._about(record, data, scribe)
        number = next(_numbers(record.name, said), None) or scribe.player.number("M")
        named = Named(record.by.org, number, record.name)
        message = await self.doors.publish(TOPIC_DOORS[record.by.role], named, said, scribe.now, record.srcseq)
        scribe.player.messages.add(message)
        await self.quiet()
        return await self._receipt(message)

    async def _about(self, record: Record, data: Data, scribe: Scribe) -> Data:
        """A centre names its own notice where it gave one; a notice, an authority and all others name the person."""
        own = scribe.player.notices.get(record.by.org)
        if record.name != NOTICE and TOPIC_DOORS[record.by.role] == "detox" and ("notice_no" in data or own):
            return {} if "notice_no" in data or own is None else {"notice_no": own.number}
        keys = await self.doors.get("/api/v1/intake/keys", OPS)
        return {"identity": seal_identity(keys, scribe.player.identity())}

    async def _receipt(self, message: str) -> Outcome:
        await self.heard.catch_up()
        for one in self.heard.of([RECEIPTS]):
            said = json.loads(one.body)
            if said.get("message_id") == message:
                taken = said["outcome"] not in NOT_TAKEN
                return Outcome(taken, said["reason"] if not taken or said["outcome"] == SET_ASIDE else "")
        return Outcome(accepted=False, code="no_receipt")

    async def _post(self, record: Record, data: Data, scribe: Scribe) -> Outcome:
        """A record about the newest handover; a report of somebody who has none is a walk-in."""
        standing = await self.handover(scribe.player)
        if standing is None and record.name == REPORT:
            return await self._walk_in(record, data, scribe)
        if standing is None:
            return Outcome(accepted=False, code="unknown_handover")
        outcome = Outcome(accepted=True)
        for actor in actors(record, scribe.player):
            if not outcome.accepted and record.refused is None:
                return outcome
            answer = await self.doors.record(standing["handover_id"], record.name, data, actor)
            outcome = Outcome(answer.accepted, answer.code)
        return outcome

    async def _request(self, record: Record, data: Data, scribe: Scribe) -> Outcome:
        """A request about one's own data, or the answer to the newest one of the person."""
        await self.find(scribe.player)
        [actor] = actors(record, scribe.player)
        path = f"/api/v1/people/{scribe.player.person_ref}/requests"
        if record.name == ANSWERED:
            path += f"/{scribe.player.asked_no}/answer"
        elif data.get("kind") == "CORRECT" and "event_id" not in data:
            data = data | {"event_id": await self._first_fact(scribe.player)}
        answer = await self.doors.post(path, data, actor)
        said = answer.json()
        if answer.status_code not in OK:
            return Outcome(accepted=False, code=said.get("code", str(answer.status_code)))
        scribe.player.asked_no = said["request_no"]
        return Outcome(accepted=True)

    async def _first_fact(self, player: Player) -> str:
        """What a story's person wants corrected where it does not say."""
        told = await self.doors.get(f"/api/v1/people/{player.person_ref}/timeline", OPS)
        first: str = told["items"][0]["event_id"]
        return first

    async def _end(self, record: Record, data: Data, player: Player) -> Outcome:
        """What happens to a record at its end, said once by each who must."""
        await self.find(player)
        path, body = END_DOORS[record.name], None if record.name == "RecordSealed" else data
        outcome = Outcome(accepted=False, code="not_found")
        for actor in actors(record, player):
            answer = await self.doors.post(path.format(player.person_ref), body or {}, actor)
            accepted = answer.status_code in OK
            outcome = Outcome(accepted, "" if accepted else answer.json().get("code", str(answer.status_code)))
        return outcome

    async def _walk_in(self, record: Record, data: Data, scribe: Scribe) -> Outcome:
        body = {"identity": scribe.player.identity(), "data": data}
        [actor] = actors(record, scribe.player)
        answer = await self.doors.post("/api/v1/intake/reports", body, actor)
        said = answer.json()
        if answer.status_code not in OK:
            return Outcome(accepted=False, code=said.get("code", str(answer.status_code)))
        scribe.player.person_ref = said["person_ref"]
        return Outcome(accepted=True)


def actors(record: Record, player: Player) -> list[Actor]:
    """Who sends it: each official, the named actor, the person, or the first employee of the organisation."""
    by = record.by
    if record.officials:
        return [Actor(name, by.role, by.org, by.capacity) for name in record.officials]
    return [actor_of(by, player)]


def actor_of(by: By, player: Player) -> Actor:
    """The named actor, the person, or the first employee of the organisation."""
    own = player.person_ref if by.role == "PERSON" else f"{by.org or by.role.lower()}/1"
    return Actor(by.actor or own, by.role, by.org, by.capacity)


def _numbers(name: str, data: Data) -> Iterator[str]:
    """The numbers that may stand in the record's key, the best first."""
    for field in (*NUMBERS.get(name, ()), "notice_no"):
        if name != "MeasureChanged" and isinstance(data.get(field), str) and field != "doc_type":
            yield str(data[field])
