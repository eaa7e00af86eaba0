"""`jieli calendar import`: a published working-day year, for a running hub or one at rest."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.asking import DataFolder
from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.embedded.folder import owned
from services.kernel.settings import from_environment

if TYPE_CHECKING:
    from services.app.calendar_import import Brought


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    group = typer.Typer(name="calendar", help="工作日历 working-day calendar", no_args_is_help=True)
    group.callback()(_group)
    group.command("import")(import_year)
    app.add_typer(group)


def _group() -> None:
    """One command stays a group: more follow."""


def import_year(
    file: Annotated[Path, typer.Argument(help="一年的日历 one year, as CN-2026.json")],
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """导入国务院公布的某一年放假与调休安排；暂定的期限随之重算。"""
    from services.reference.policy_words import words

    out = Output(json, lang)
    with out.guarding():
        done = asyncio.run(_bring(file, data or from_environment().data, lang))
    out.emit(
        "calendar", calendar=done.calendar, year=done.year, edition=done.edition, new=done.new, applied=done.applied
    )
    code = "calendar_known" if not done.new else "calendar_applied" if done.applied else "calendar_kept"
    out.words(words().say(code, lang, year=done.year, edition=done.edition))


async def _bring(file: Path, folder: Path | None, lang: str) -> Brought:
    from services.app.calendar_import import bring, bring_at_rest

    if folder and (folder / "postgres").is_dir() and not owned(folder):
        return await bring_at_rest(file, folder, lang)
    return await bring(file, find_stack(folder).database_url, lang)
