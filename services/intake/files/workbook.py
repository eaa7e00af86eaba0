"""XLSX: the first sheet, every cell as the text that a person sees. Numbers in the id column are already ruined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

from services.intake.domain.columns import HEADINGS, heading
from services.intake.files.archive import check_archive
from services.intake.files.refusal import FileRefused
from services.intake.files.sheet import Sheet, read_sheet

Cell: TypeAlias = "int | float | str | bool | time | date | datetime | timedelta"

DIVISION_DIGITS = 9
DIVISIONS = ("hukou_div", "residence_div")


def read_workbook(raw: bytes) -> Sheet:
    """An XLSX file as rows."""
    check_archive(raw)
    cells = _first_sheet(raw)
    return read_sheet("xlsx", _texts(cells))


def _first_sheet(raw: bytes) -> list[list[Cell]]:
    import io  # noqa: PLC0415  # only where a workbook is read

    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415  # a native library: loaded when needed

    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            return book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError) as wrong:
        raise FileRefused("file_unreadable") from wrong


def _texts(rows: Sequence[Sequence[Cell]]) -> Iterator[list[str]]:
    fields: list[str] = []
    for row in rows:
        if fields:
            yield [_text(cell, field) for cell, field in zip(row, fields, strict=True)]
            continue
        words = [str(cell) for cell in row]
        if any(word.strip() for word in words):
            fields = [HEADINGS.get(heading(word), "") for word in words]
        yield words


def _text(cell: Cell, field: str) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _number(cell, field)
    return str(cell)


def _number(cell: float, field: str) -> str:
    """A spreadsheet keeps 15 digits: an id that became a number stays visibly one; a code gets its zeros back."""
    if field == "resident_id":
        return f"{cell:.5E}"
    whole = str(int(cell)) if cell == int(cell) else repr(cell)
    return whole.zfill(DIVISION_DIGITS) if field in DIVISIONS else whole
