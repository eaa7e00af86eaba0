"""Everything that the hub holds of a person, for that person: for machines, and to be read (PIPL 45)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas import registry
from schemas.sealed import Clear
from services.kernel.db import Connection
from services.kernel.errors import Refused, SetAside
from services.kernel.tokens import Actor
from services.kernel.words import Sealer
from services.reference.terms import date_of
from services.timeline.projections import person_timeline
from services.timeline.projections.person_timeline import Item
from services.timeline.rights import Rights
from services.timeline.rights_parts import PERSON

RECORD: Final = "own_record"
"""`ports["own_record"](person_ref) -> dict`: who the person is and what intake knows, all groups, opened."""
OTHERS: Final = frozenset(
    {"actor", "officials", "worker_ref", "accepted_by", "decided_by", "team", "by", "reviewed_by"}
)
"""Staff: the person reads organisation and capacity; a pseudonym of a third person is no data of theirs."""


@dataclass(frozen=True, slots=True)
class Copying:
    """Makes the copy once a human has granted it, and for as long as policy says."""

    rights: Rights
    sealer: Sealer

    async def copy(self, person_ref: str, actor: Actor, lang: str) -> dict[str, Any]:
        """The copy. Refused `not_found` for everybody else, `not_in_this_state` where none is granted (any more)."""
        if actor.role != PERSON or actor.name != person_ref:
            raise Refused("not_found", status=404)
        reading = self.rights.reading
        async with reading.of(actor) as db:
            await self.rights.parts.refuse_strangers(db, person_ref, actor, frozenset({PERSON}))
            await self._refuse_ungranted(db, person_ref)
            items = await person_timeline.items_of(db, person_ref, timers=True)
            facts = [await self._fact(each, lang) for each in items]
        port = self.rights.ports.get(RECORD)
        record = await port(person_ref) if port else None
        return {"person_ref": person_ref, "made_at": self.rights.now().isoformat(), "record": record, "facts": facts}

    async def _refuse_ungranted(self, db: Connection, person_ref: str) -> None:
        found = await self.rights.of(db, person_ref)
        term = self.rights.policies.current.term("rights.copy_available")
        today = date_of(self.rights.now())
        granted = [each.answered for each in found.values() if each.gives_a_copy and each.answered]
        if not any(today <= term.after(date_of(at), self.rights.calendars.current) for at in granted):
            raise Refused("not_in_this_state")

    async def _fact(self, item: Item, lang: str) -> dict[str, Any]:
        event = registry.load(item.type, item.data)
        try:
            opened = await self.sealer.open(event, item.event_id)
        except SetAside:
            opened = event
        fields = {name: _plain(getattr(opened, name)) for name in type(opened).model_fields if name not in OTHERS}
        summaries = self.rights.reading.summaries
        return {
            "event_id": item.event_id,
            "type": item.name,
            "time": item.time.isoformat(),
            "recorded_time": item.recorded_time.isoformat(),
            "source": item.source,
            "summary": summaries.of(item.name, item.data, lang) + await self.rights.reading.own.reasons(item, lang),
            "data": {name: value for name, value in fields.items() if value is not None},
        }


def readable(copy: Mapping[str, Any]) -> str:
    """The same copy as lines of text: who the person is, then what happened."""
    groups = (copy["record"] or {}).get("groups", {})
    known = [f"{name}: {value}" for fields in groups.values() for name, value in fields.items()]
    told = [f"{fact['time'][:16].replace('T', ' ')}  {fact['summary']}" for fact in copy["facts"]]
    return "\n".join([copy["person_ref"], copy["made_at"], "", *known, "", *told, ""])


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field of an event
    inner = value.value if isinstance(value, Clear) else value
    if hasattr(inner, "model_dump"):
        return inner.model_dump(mode="json", exclude_none=True)
    if isinstance(inner, list | tuple):
        return [_plain(each) for each in inner]
    return inner.isoformat() if hasattr(inner, "isoformat") else inner
