"""The measurements for people: one table, and a line that names the machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from services.bench.rounds import Aim, Compared
from services.kernel.phrases import Phrases

WIDTH = 130
COLUMNS = ("figure", "ours", "raw", "unit", "ratio", "aim", "verdict")


def show(found: Sequence[Compared], machine: Mapping[str, object], phrases: Phrases, *, to_stderr: bool) -> None:
    """Print the page."""
    page = Console(stderr=to_stderr, highlight=False, emoji=False, markup=False, width=WIDTH)
    page.print(phrases.say("machine", None, **machine))
    page.print(table(found, phrases))
    page.print(phrases.say("limits"))
    page.print(phrases.say("caveat"))


def table(found: Sequence[Compared], phrases: Phrases) -> Table:
    """One row a figure."""
    rounds = len(found[0].rounds) if found else 0
    made = Table(*map(phrases.say, COLUMNS), title=phrases.say("title", None, rounds=rounds), title_justify="left")
    for each in found:
        made.add_row(*_cells(each, phrases))
    return made


def _cells(each: Compared, phrases: Phrases) -> tuple[str, ...]:
    ours, raw = each.spread
    return (
        phrases.say(each.name),
        f"{each.ours:,.0f} ({ours:.0%})",
        f"{each.raw:,.0f} ({raw:.0%})",
        each.unit,
        f"{each.ratio:.2f}",
        _aim(each.aim, phrases),
        "" if each.met is None else phrases.say("met" if each.met else "missed"),
    )


def _aim(aim: Aim | None, phrases: Phrases) -> str:
    return phrases.say(f"aim_{aim.of}", None, bound=f"{aim.bound:g}") if aim else ""
