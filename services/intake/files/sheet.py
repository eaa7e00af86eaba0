"""A file as rows keyed by field name: headings checked against the allow-list, limits kept, blank rows left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from typing_extensions import override

from services.intake.domain.columns import ColumnRefusal, read_headings
from services.intake.files.limits import MAX_COLUMNS, MAX_ROWS
from services.intake.files.refusal import FileRefused


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` as a spreadsheet counts, 1 is the heading. `cells` may hold P2 and is never printed."""

    number: int
    cells: Mapping[str, str]

    @override
    def __repr__(self) -> str:
        return f"Row({self.number})"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A readable file: its encoding (`gb18030`, `utf-8`, `utf-8-sig`, `xlsx`) and all of its rows."""

    encoding: str
    rows: tuple[Row, ...]


def read_sheet(encoding: str, lines: Iterable[Sequence[str]]) -> Sheet:
    """Headings, then rows; FileRefused for an empty file, a wrong column or too many rows."""
    numbered = enumerate(lines, start=1)
    first = next(((at, cells) for at, cells in numbered if _said(cells)), None)
    if first is None:
        raise FileRefused("file_empty")
    fields = fields_of(first[1])
    rows = tuple(_rows(fields, numbered))
    if not rows:
        raise FileRefused("file_empty")
    return Sheet(encoding, rows)


def fields_of(headings: Sequence[str]) -> tuple[str, ...]:
    """Field names in file order, or FileRefused naming the columns at fault."""
    named = trimmed(headings)
    if len(named) > MAX_COLUMNS:
        raise FileRefused("column_unknown", f"#{MAX_COLUMNS + 1}")
    found = read_headings(named)
    if isinstance(found, ColumnRefusal):
        raise FileRefused(found.code, *(shown(name) for name in found.columns))
    return found


def trimmed(cells: Sequence[str]) -> list[str]:
    """Without the blank cells that spreadsheets leave at the end of a line."""
    kept = list(cells)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept


def shown(name: str) -> str:
    """A heading fit for a message: short, without control characters."""
    return "".join(character for character in name[:40] if character.isprintable())


def _rows(fields: Sequence[str], numbered: Iterator[tuple[int, Sequence[str]]]) -> Iterator[Row]:
    count = 0
    for number, cells in numbered:
        if not _said(cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise FileRefused("file_too_large", f"{MAX_ROWS}")
        yield Row(number, dict(zip(fields, _fitted(cells, len(fields)), strict=True)))


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    said = trimmed(cells)
    if len(said) > width:
        raise FileRefused("column_unknown", f"#{width + 1}")
    return said + [""] * (width - len(said))


def _said(cells: Sequence[str]) -> bool:
    return any(cell.strip() for cell in cells)
