"""Importing a file of notices: row by row, each in its own transaction, so that a second run ends what one began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from services.intake import ledger
from services.intake.desk import Desk
from services.intake.domain.cells import squeezed
from services.intake.domain.notice import Notice, RowRefusal, read_row
from services.intake.domain.numbers import shown
from services.intake.domain.receipts import Known, Receipt, totals
from services.intake.files.sheet import Row, Sheet
from services.intake.reception import Received
from services.kernel.db import Connection, Pool, retrying, transaction
from services.kernel.store import Cause

START: Final = """
    insert into imports (import_id, file, encoding, rows, actor, started_at) values ($1, $2, $3, $4, $5, $6)
"""
FINISH: Final = "update imports set finished_at = $2 where import_id = $1"
KEEP: Final = """
    insert into import_rows
        (import_id, row, outcome, reason, routing, field, source, notice_no, revision, person_ref)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowOutcome:
    """What became of a row, without a word about who it was. `field`: the cell at fault, by field name."""

    row: int
    receipt: Receipt
    notice_no: str
    revision: int | None
    source: str | None = None
    person_ref: str | None = None
    field: str = ""

    def line(self) -> dict[str, Any]:
        """The receipt as it is shown."""
        return {
            "row": self.row,
            "outcome": self.receipt.outcome,
            "reason": self.receipt.reason,
            "routing": self.receipt.routing,
            "notice_no": self.notice_no,
            "revision": self.revision,
            "person_ref": self.person_ref,
        }


@dataclass(frozen=True, slots=True)
class Imported:
    """A whole file's outcomes; `import_id` is empty for a dry run, of which nothing is kept."""

    import_id: str
    rows: tuple[RowOutcome, ...]

    def totals(self) -> dict[str, int]:
        """Counts by outcome, reason and routing."""
        return totals([row.receipt for row in self.rows])


@dataclass(slots=True)
class Foresight:
    """What would be known after the rows so far, for a run that writes nothing."""

    known: dict[tuple[str, str], Known] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Importer:
    """Imports over intake's own database; the relay of the running hub publishes."""

    pool: Pool
    desk: Desk

    async def run(self, sheet: Sheet, file: str, actor: str, seen: Callable[[RowOutcome], None]) -> Imported:
        """Take every row, remember what became of it, tell `seen`."""
        import_id = self.desk.ids.new()
        async with transaction(self.pool) as db:
            await db.execute(START, import_id, file, sheet.encoding, len(sheet.rows), actor, self.desk.clock.now())
        outcomes = []
        for row in sheet.rows:
            outcomes.append(await self._row(row, import_id, actor))
            seen(outcomes[-1])
        async with transaction(self.pool) as db:
            await db.execute(FINISH, import_id, self.desk.clock.now())
        return Imported(import_id, tuple(outcomes))

    async def foresee(self, sheet: Sheet, seen: Callable[[RowOutcome], None]) -> Imported:
        """The same receipts, nothing written anywhere."""
        outcomes, foresight = [], Foresight()
        for row in sheet.rows:
            async with self.pool.acquire() as db:
                outcomes.append(await self._foresee_row(db, row, foresight))
            seen(outcomes[-1])
        return Imported("", tuple(outcomes))

    async def _row(self, row: Row, import_id: str, actor: str) -> RowOutcome:
        read = read_row(row.cells, self.desk.organisations, synthetic=self.desk.rules.synthetic)

        async def work(db: Connection) -> RowOutcome:
            outcome = await self._take(db, row, read, Cause(correlation_id=import_id, actor_ref=actor))
            await _keep(db, import_id, outcome)
            return outcome

        return await retrying(self.pool, work)

    async def _take(self, db: Connection, row: Row, read: Notice | RowRefusal, cause: Cause) -> RowOutcome:
        if isinstance(read, RowRefusal):
            return _refused(row, read)
        return _outcome(row, read, await self.desk.reception.receive(db, read, cause, self.desk.clock.now()))

    async def _foresee_row(self, db: Connection, row: Row, foresight: Foresight) -> RowOutcome:
        read = read_row(row.cells, self.desk.organisations, synthetic=self.desk.rules.synthetic)
        if isinstance(read, RowRefusal):
            return _refused(row, read)
        key = read.source, read.notice_no
        known = foresight.known.get(key) or await ledger.known(db, *key)
        judgement = await self.desk.reception.judge(db, read, known)
        if judgement.receipt.outcome in {"accepted", "revised"}:
            earlier: Mapping[int, str] = known.revisions if known else {}
            owner = known.match_key if known else judgement.match_key
            foresight.known[key] = Known({**earlier, read.revision: judgement.content_hash}, owner)
        return _outcome(row, read, Received(judgement.receipt, judgement.person_ref))


def _outcome(row: Row, notice: Notice, received: Received) -> RowOutcome:
    return RowOutcome(
        row=row.number,
        receipt=received.receipt,
        notice_no=notice.notice_no,
        revision=notice.revision,
        source=notice.source,
        person_ref=received.person_ref,
    )


def _refused(row: Row, refusal: RowRefusal) -> RowOutcome:
    """What can be shown of a row that is no notice: its number, if it is one."""
    revision = row.cells["revision"].strip()
    return RowOutcome(
        row=row.number,
        receipt=Receipt("rejected", refusal.reason),
        notice_no=shown(squeezed(row.cells["notice_no"])),
        revision=int(revision) if revision.isascii() and revision.isdigit() and len(revision) < len("10000") else None,
        field=refusal.field,
    )


async def _keep(db: Connection, import_id: str, outcome: RowOutcome) -> None:
    receipt = outcome.receipt
    await db.execute(
        KEEP,
        *(import_id, outcome.row, receipt.outcome, receipt.reason, receipt.routing, outcome.field),
        *(outcome.source, outcome.notice_no, outcome.revision, outcome.person_ref),
    )
