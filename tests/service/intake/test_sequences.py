"""A source numbers its messages: holes are told, and closed by whatever arrives under the missing numbers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from services.kernel.db import Connection, retrying
from tests.service.intake.conftest import Office
from tests.service.intake.messages import CENTRE, NOTICE, identity, message, send


async def test_a_hole_in_a_sources_numbers_is_told_and_told_to_be_closed(office: Office) -> None:
    for number, srcseq in (("N-1", 1), ("N-2", 4), ("N-3", 2), ("N-4", 3)):
        data = NOTICE | {"notice_no": number}
        raw = message(office, "ReleaseNoticeReceived", data, identity(int(number[-1])), srcseq=srcseq)
        assert (await send(office, raw))[0] == "accepted"
    assert await gaps(office) == [(2, 3, False), (2, 3, True)]


async def test_a_message_that_cannot_be_read_has_arrived_all_the_same(office: Office) -> None:
    for srcseq in (1, 2, 5):
        data = NOTICE | {"手环编号": "W-1"} if srcseq == 2 else NOTICE | {"notice_no": f"N-{srcseq}"}
        await send(office, message(office, "ReleaseNoticeReceived", data, identity(srcseq), srcseq=srcseq))
    assert await gaps(office) == [(3, 4, False)]
    nameless = message(office, "Nonsense", NOTICE, srcseq=3)
    assert (await send(office, nameless))[0] == "quarantined"
    assert (await send(office, replace(nameless, headers=(*nameless.headers, ("x", None)))))[0] == "quarantined"
    await send(office, message(office, "Nonsense", NOTICE, srcseq=4))
    assert await gaps(office) == [(3, 4, False), (3, 4, True)]


async def test_a_number_of_nobody_we_know_is_not_watched(office: Office) -> None:
    for srcseq in (1, 9):
        await send(office, message(office, "ReleaseNoticeReceived", NOTICE, source="A-NOBODY", srcseq=srcseq))
    assert await gaps(office) == []


async def test_a_hole_of_any_width_is_closed_by_the_last_of_its_numbers(office: Office) -> None:
    wide, now = 10**12, office.clock.now()

    async def note(db: Connection, seq: int) -> None:
        await office.desk.sequences.note(db, CENTRE, seq, now)

    for seq in (1, wide, 2, 7, wide - 1):
        await retrying(office.pool, partial(note, seq=seq))
    rows = await office.pool.fetch("select first_seq, last_seq from missing_ranges order by 1")
    assert [tuple(row) for row in rows] == [(3, 6), (8, wide - 2)]
    await office.pool.execute("update missing_ranges set last_seq = 8 where first_seq = 8")  # all but one arrived
    for seq in (8, 3, 4, 5, 6):
        await retrying(office.pool, partial(note, seq=seq))
    assert await gaps(office) == [(2, wide - 1, False), (2, wide - 1, True)]


async def gaps(office: Office) -> list[tuple[int, int, bool]]:
    """What was told about holes, in order."""
    return [(data["from_seq"], data["to_seq"], data["closed"]) for _, data in await office.events("source-%")]
