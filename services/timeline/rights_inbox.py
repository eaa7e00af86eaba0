"""Requests of persons that wait for an answer, as the inbox of who owes it lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg

from services.kernel.clock import SHANGHAI, Clock
from services.kernel.db import Connection
from services.reference.organisations import Organisations
from services.timeline.domain.rights import ANSWERS
from services.timeline.ledger import ENDED
from services.timeline.projections.station_inbox import Entry
from services.timeline.rights_parts import DISTRICT, district_over

OPEN: Final = """
select filed.data, filed.recorded_at, board.state, board.level, board.handover_id,
    board.board ->> 'accountable' as accountable, board.board ->> 'station' as station
from events as filed
left join lateral (
    select * from station_inbox where person_ref = filed.data ->> 'person_ref' order by handover_id desc limit 1
) as board on true
where filed.stream_id like 'rights-%' and filed.type like 'cn.aftercare.privacy.DataSubjectRequestFiled.%'
    and not exists (
        select from events as answered
        where answered.stream_id = filed.stream_id
            and answered.type like 'cn.aftercare.privacy.DataSubjectRequestAnswered.%'
            and answered.data ->> 'request_no' = filed.data ->> 'request_no'
    )
    and not exists (
        select from journal as ended
        where ended.topic = 'hub.privacy.v1' and ended.data ->> 'person_ref' = filed.data ->> 'person_ref'
            and split_part(ended.type, '.', 4) = any($1::text[])
    )
"""
ANSWER: Final = "answer_request"
OVERDUE: Final = "answer_overdue_request"


@dataclass(frozen=True, slots=True)
class RightsInbox:
    """What an organisation must answer; what is overdue stands in its district's inbox besides."""

    directory: Organisations
    clock: Clock

    async def entries_of(self, db: Connection, org_id: str) -> list[Entry]:
        """The open requests that this organisation has to see to; whose record has ended has none."""
        return [entry for row in await db.fetch(OPEN, list(ENDED)) if (entry := self._entry(row, org_id))]

    def _entry(self, row: asyncpg.Record, org_id: str) -> Entry | None:
        data, own = row["data"], row["accountable"] or row["station"] or ""
        due = datetime.fromisoformat(data["due"]).astimezone(SHANGHAI)
        late, district = self.clock.now() >= due, district_over(own, self.directory)
        districts = ANSWERS[data["kind"]] == {DISTRICT} or own in {district, ""}
        if org_id == district and (late or districts):
            role, action = DISTRICT, OVERDUE if late else ANSWER
        elif org_id == own and not districts:
            role, action = "STATION_LEAD", ANSWER
        else:
            return None
        ids = (row["handover_id"] or "", data["person_ref"], row["state"] or "", row["level"] or 0)
        return Entry(*ids, role, action, due.isoformat(), row["recorded_at"].astimezone(SHANGHAI).isoformat())
