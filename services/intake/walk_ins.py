"""Somebody comes by themselves: matched or registered in the vault here, reported to the saga through a port."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from pydantic import ValidationError

from schemas.handover import PersonReported
from services.intake.bodies import identity_of, named, read_identity_body, refuse_names
from services.intake.desk import Desk
from services.intake.domain.facts import Quality, registered
from services.intake.domain.notice import Identity, RowRefusal
from services.intake.granted import HOLD_PERSON
from services.intake.named_fields import identities_in
from services.intake.streams import append_person
from services.kernel.db import Connection, Pool, retrying
from services.kernel.errors import InvalidInput, Unavailable
from services.kernel.idempotency import Answer, Asked, recall, remember
from services.kernel.store import Cause, Draft
from services.kernel.tokens import Actor

REPORT: Final = "PersonReported"
PORT: Final = "report"
"""`ports["report"](person_ref, actor, data, key) -> handover_id`: handover records PersonReported for a known person,
once for the same key."""


@dataclass(frozen=True, slots=True)
class WalkIns:
    """Takes walk-ins. `ports` is filled by the composition, maybe after this was built."""

    pool: Pool
    desk: Desk
    ports: Mapping[str, Callable[..., Awaitable[Any]]]

    async def report(self, actor: Actor, body: dict[str, Any], key: Asked | None) -> Answer:
        """The handover that the report opened or met.

        The same key again gives the same answer and nobody twice: person, report and answer are kept by that key in
        this order, so whoever comes after a crash, or at the same time, goes on from the last of them.
        """
        identity, data = read_report(body, synthetic=self.desk.rules.synthetic)

        async def register(db: Connection) -> Answer:
            return await self._register(db, identity, actor, key)

        before = await retrying(self.pool, register)
        if "handover_id" in before.body:
            return before
        person_ref = str(before.body["person_ref"])
        handover_id = await self._tell(person_ref, actor, data, key)
        answer = Answer(200, {"handover_id": handover_id, "person_ref": person_ref})

        async def keep(db: Connection) -> None:
            if not await db.fetchval(HOLD_PERSON, person_ref):
                raise Unavailable("sealed_meanwhile")  # asked again, they are somebody new
            if await recall(db, key) is None:
                await remember(db, key, answer, self.desk.clock.now())

        await retrying(self.pool, keep)
        return answer

    async def _tell(self, person_ref: str, actor: Actor, data: dict[str, Any], key: Asked | None) -> str:
        port = self.ports.get(PORT)
        if port is None:
            raise Unavailable("handover")
        return str(await port(person_ref, actor, data, _key_at_handover(key)))

    async def _register(self, db: Connection, identity: Identity, actor: Actor, key: Asked | None) -> Answer:
        """The final answer if there is one, else the person, registered once for this key."""
        final = await recall(db, key)
        step = replace(key, key=f"{key.key}#person") if key else None
        before = final or await recall(db, step)
        if before:
            return before
        now = self.desk.clock.now()
        person_ref, is_new = await self.desk.vault.enter(db, identity)
        if is_new:
            quality: Quality = "EXACT_ID" if identity.resident_id else "NO_ID"
            cause = Cause(actor_ref=actor.name, capacity=actor.acting)
            draft = Draft(registered(person_ref, quality, "WALK_IN"), now, cause)
            waited = await self.desk.facts.follow_person(db, identity, person_ref, now)
            await append_person(db, self.desk.store, person_ref, [draft, *waited])
        answer = Answer(202, {"person_ref": person_ref})
        await remember(db, step, answer, now)
        return answer


def _key_at_handover(key: Asked | None) -> str | None:
    """There every key comes from the hub, so it says whose it was; as a hash it fits into a header."""
    return sha256(f"{key.actor}|{key.key}".encode()).hexdigest() if key else None


def read_report(body: dict[str, Any], *, synthetic: bool) -> tuple[Identity, dict[str, Any]]:
    """Who came, and what was recorded about it; InvalidInput naming fields. A walk-in may have no number at hand."""
    refuse_names(body)
    said, data = _parts(body)
    if not isinstance(said, dict):
        raise named("invalid_data", ["identity"])
    if names := identities_in(data):
        raise named("plain_identity", names)
    if names := unusable(data):
        raise named("invalid_data", names)
    identity = identity_of(read_identity_body(said), synthetic=synthetic, id_needed=False)
    if isinstance(identity, RowRefusal):
        raise InvalidInput(identity.reason)
    return identity, data


def _parts(body: dict[str, Any]) -> tuple[object, dict[str, Any]]:
    """Identity and record fields: side by side, or the record in `data` as on the records route."""
    data = body.get("data", {name: value for name, value in body.items() if name != "type"})
    if not isinstance(data, dict) or body.get("type", REPORT) != REPORT:
        raise named("invalid_data", ["type", "data"])
    fields = {name: value for name, value in data.items() if name != "identity"}
    return body.get("identity", data.get("identity")), fields


def unusable(data: dict[str, Any]) -> list[str]:
    """Fields that no report has, or of another form: found before anybody is registered."""
    try:
        PersonReported.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_input=False, include_context=False, include_url=False)
        return sorted({str(each["loc"][0]) for each in found if each["type"] != "missing"})
    return []
