"""What the front door keeps beside the events, forgotten with a record: numbers, contents, messages, answers.

Afterwards the same number, the same message and the same request are as new as if nobody had ever sent them.
"""

from __future__ import annotations

from typing import Final

from services.kernel.db import Connection

MESSAGES: Final = """
    delete from messages using notices as notice, events as told
    where notice.person_ref = $1 and told.stream_id = 'receipt-' || notice.source || '/' || notice.notice_no
        and messages.source = notice.source and messages.message_id = told.data ->> 'message_id'
"""
CONFLICTS: Final = """
    delete from conflicts using notices as notice
    where notice.person_ref = $1 and conflicts.source = notice.source and conflicts.number = notice.notice_no
"""
IMPORT_ROWS: Final = "update import_rows set person_ref = null, notice_no = '' where person_ref = $1"
FACTS: Final = """
    delete from facts using events as told
    where told.stream_id = 'person-' || $1 and facts.event_id = told.event_id
"""
ANSWERS: Final = """
    delete from idempotency
    where body ->> 'person_ref' = $1
        or body -> 'event_ids' ?| array(select event_id from events where stream_id = 'person-' || $1)
"""
DECLINES: Final = "delete from declines where person_ref = $1"
NOTICES: Final = "delete from notices where person_ref = $1"
IN_ORDER: Final = (MESSAGES, CONFLICTS, IMPORT_ROWS, FACTS, ANSWERS, DECLINES, NOTICES)
"""The notices last: others are found by them."""


async def forget(db: Connection, person_ref: str) -> None:
    """Delete all of it in the caller's transaction; the events stay, sealed."""
    for statement in IN_ORDER:
        await db.execute(statement, person_ref)
