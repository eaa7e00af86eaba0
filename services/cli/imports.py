"""`jieli import`: a file of notices taken row by row, looked at again, or taken back by two people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from services.cli.output import JsonLines, Lang, Language, Output

if TYPE_CHECKING:
    from services.cli.revoking import Answered
    from services.intake.files.sheet import Sheet
    from services.intake.imports import Imported, RowOutcome
    from services.intake.workbench import Place
    from services.kernel.phrases import Phrases

DataFolder = Annotated[Path | None, typer.Option("--data", help="数据目录 folder of a running stack")]
Actor = Annotated[str, typer.Option("--actor", help="经办人代号 who does it, a staff pseudonym")]
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
ERROR_COLUMNS: Final = ("行号", "通知编号", "列", "代码", "原因")


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    group = typer.Typer(name="import", help="导入出所通知 import release notices", no_args_is_help=True)
    group.command("notices")(notices)
    group.command("show")(show)
    group.command("revoke")(revoke)
    app.add_typer(group)


def notices(  # noqa: PLR0913, PLR0917 - a command line names its options
    file: Annotated[Path, typer.Argument(help="CSV 或 XLSX 文件 the file")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只判断，不写入 write nothing")] = False,
    errors: Annotated[Path | None, typer.Option("--errors", help="退回的行写入此 CSV rejected rows")] = None,
    data: DataFolder = None,
    actor: Actor = "cli",
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """导入戒毒所导出的出所通知；重复导入不会重复登记。"""
    out, phrases = Output(json, lang), _phrases(lang)
    sheet = _read(file, out, phrases)
    with out.guarding():
        place = _place(data)
        imported = asyncio.run(_import(sheet, file.name, place, out, None if dry_run else actor))
    if errors:
        _write_errors(errors, imported, phrases)
    _summarise(out, phrases, sheet, file.name, imported)


def show(
    import_id: Annotated[str, typer.Argument(help="导入编号 import id")],
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """查看一次导入及其各行的回执。"""
    from services.intake.revoking import Revoking
    from services.intake.workbench import workbench

    async def look(place: Place) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        async with workbench(place) as (pool, desk):
            return await Revoking(pool, desk.clock).show(import_id)

    out, phrases = Output(json, lang), _phrases(lang)
    with out.guarding():
        found, rows = asyncio.run(look(_place(data)))
    for row in rows:
        out.emit("receipt", **row)
    out.emit("import", **found)
    out.words(phrases.say("import.show", **found))
    _say_totals(out, phrases, found["totals"])


def revoke(
    import_id: Annotated[str, typer.Argument(help="导入编号 import id")],
    actor: Actor,
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """撤回整次导入：一人申请，另一人再执行一次；每项衔接按登记有误撤销。"""
    out, phrases = Output(json, lang), _phrases(lang)

    def seen(answer: Answered) -> None:
        out.emit("revocation", **answer.line())
        out.words(phrases.say(f"revocation.{answer.outcome}", notice_no=answer.notice_no))

    with out.guarding():
        found = asyncio.run(_revoke(import_id, actor, data, lang, seen))
    out.emit("import", **found)
    out.words(phrases.say(f"import.{found['state']}", **found))


async def _revoke(
    import_id: str, actor: str, data: Path | None, lang: Lang, seen: Callable[[Answered], None]
) -> dict[str, Any]:
    """The import as it stands afterwards."""
    from services.cli.asking import Hub
    from services.cli.revoking import Errors, take_back
    from services.intake.revoking import Revoking
    from services.intake.workbench import workbench
    from services.kernel.tokens import Actor as Asker

    async with workbench(_place(data)) as (pool, desk):
        operator = Asker(actor, "OPS", desk.organisations.city().org_id)
        revoking = Revoking(pool, desk.clock)
        await take_back(revoking, Errors(Hub.asked_by(data, operator, lang), import_id, actor), seen)
        return (await revoking.show(import_id))[0]


def _read(file: Path, out: Output, phrases: Phrases) -> Sheet:
    """The file is judged before any stack is looked for: what is wrong with it is wrong everywhere."""
    from services.intake.files.reading import read_notices
    from services.intake.files.refusal import FileRefused

    try:
        return read_notices(file)
    except FileRefused as refused:
        out.fail(refused.code, phrases.say(refused.code, names="、".join(refused.names)))


def _place(data: Path | None) -> Place:
    from services.app.virtual_time import remembered
    from services.cli.find import find_stack
    from services.cli.keys import sealing_of
    from services.intake.workbench import Place
    from services.kernel.settings import from_environment

    stack, settings = find_stack(data), from_environment()
    folder = stack.data or settings.data
    came = remembered(folder) if folder else None
    synthetic = settings.persons == "synthetic"
    return Place(stack.database_url, sealing_of(folder), came, settings.city, synthetic)


async def _import(sheet: Sheet, name: str, place: Place, out: Output, actor: str | None) -> Imported:
    """Import in the name of `actor`; without one only foresee."""
    from rich.console import Console
    from rich.progress import Progress

    from services.intake.imports import Importer
    from services.intake.workbench import workbench

    console = Console(stderr=True)
    async with workbench(place) as (pool, desk):
        with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
            task = bar.add_task(_phrases(out.lang).say("import.progress"), total=len(sheet.rows))

            def seen(row: RowOutcome) -> None:
                out.emit("receipt", **row.line())
                bar.advance(task)

            importer = Importer(pool, desk)
            if actor is None:
                return await importer.foresee(sheet, seen)
            return await importer.run(sheet, name, actor, seen)


def _summarise(out: Output, phrases: Phrases, sheet: Sheet, name: str, imported: Imported) -> None:
    dry_run = not imported.import_id
    out.emit(
        "summary",
        import_id=imported.import_id,
        file=name,
        encoding=sheet.encoding,
        rows=len(sheet.rows),
        dry_run=dry_run,
        totals=imported.totals(),
    )
    out.words(phrases.say("import.summary", file=name, rows=len(sheet.rows), encoding=sheet.encoding))
    _say_totals(out, phrases, imported.totals())
    out.words(phrases.say("import.dry_run" if dry_run else "import.number", import_id=imported.import_id))


def _say_totals(out: Output, phrases: Phrases, totals: Mapping[str, int]) -> None:
    for key, count in totals.items():
        first, _, second = key.partition(":")
        words = phrases.say(f"routing.{second}") if first == "routing" else phrases.say(f"outcome.{first}")
        why = "" if first == "routing" or not second else phrases.say(f"reason.{second}")
        reason = phrases.say("import.because", reason=why) if why else ""
        out.words(f"{count:>6}  {words}{reason}")


def _write_errors(path: Path, imported: Imported, phrases: Phrases) -> None:
    """Where to look and what is wrong; never what stood in the cells."""
    import csv

    from services.intake.domain.columns import HEADINGS

    headings = {name: heading for heading, name in HEADINGS.items()}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(ERROR_COLUMNS)
        for row in imported.rows:
            if row.receipt.outcome in {"rejected", "conflict"}:
                reason = row.receipt.reason
                cells = (str(row.row), row.notice_no, headings.get(row.field, ""), reason)
                writer.writerow([_inert(cell) for cell in (*cells, phrases.say(f"reason.{reason}"))])


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _phrases(lang: Lang) -> Phrases:
    from services.kernel.phrases import Phrases

    return Phrases.load("services.intake", lang=lang)
