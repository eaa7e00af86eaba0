"""Tables for people, as text."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from services.kernel.clock import SHANGHAI

NARROWEST: Final = 100


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows under heads, as wide as the terminal."""
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        shown.add_column(head, overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    width = max(NARROWEST, shutil.get_terminal_size().columns)
    text = StringIO()
    Console(file=text, width=width, highlight=False, markup=False, emoji=False).print(shown)
    return text.getvalue().rstrip("\n")


def minute(instant: str | None) -> str:
    """`2026-03-02T01:04:00Z` → `2026-03-02 09:04`."""
    return f"{datetime.fromisoformat(instant).astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if instant else ""
