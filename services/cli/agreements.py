"""`jieli agreements`: data-sharing agreements checked, brought into a hub, listed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from services.cli.asking import DataFolder
from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.cli.tables import table
from services.embedded.folder import owned
from services.kernel.settings import from_environment

if TYPE_CHECKING:
    from services.app.agreements_import import Known
    from services.reference.agreements import Agreement

File = Annotated[Path, typer.Argument(help="协议文件 agreements, YAML")]
HEADS: Final = {
    "zh": ("信息共享协议", ("编号", "版本", "各方", "起", "止", "评估记录", "状态")),
    "en": ("Data-sharing agreements", ("id", "version", "parties", "from", "to", "assessment", "state")),
}
STATE: Final = {
    "zh": {"new": "已录入", "known": "已有", "stands": "现行", "replaced": "已被替代", "checked": "可用"},
    "en": {"new": "taken in", "known": "known", "stands": "stands", "replaced": "replaced", "checked": "usable"},
}


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    group = typer.Typer(name="agreements", help="信息共享协议 data-sharing agreements", no_args_is_help=True)
    group.command("check")(check)
    group.command("import")(import_file)
    group.command("list")(list_all)
    app.add_typer(group)


def check(file: File, json: JsonLines = False, lang: Language = "zh") -> None:
    """检查协议文件：各方、目的、信息组、期限、个人信息保护影响评估记录。"""
    from services.app.agreements_import import examined

    out = Output(json, lang)
    with out.guarding():
        found = examined(file, from_environment().city, lang)
    _tell(out, [(one, "checked") for one in found])


def import_file(file: File, data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """录入协议。生效之日发布 DsaActivated，因缺协议而未推送的预告随即推送；更高版本替代旧版本。"""
    out = Output(json, lang)
    with out.guarding():
        brought = asyncio.run(_bring(file, data or from_environment().data, lang))
    _tell(out, [(one.agreement, "new" if one.new else "known") for one in brought])


def list_all(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """列出各协议的所有版本。"""
    from services.app.agreements_import import listed

    out = Output(json, lang)
    with out.guarding():
        known = asyncio.run(listed(find_stack(data).database_url))
    _tell(out, [(one.agreement, "stands" if one.stands else "replaced") for one in known])


async def _bring(file: Path, folder: Path | None, lang: str) -> list[Known]:
    from services.app.agreements_import import bring, bring_at_rest

    if folder and (folder / "postgres").is_dir() and not owned(folder):
        return await bring_at_rest(file, folder, lang)
    return await bring(file, find_stack(folder).database_url, lang)


def _tell(out: Output, found: list[tuple[Agreement, str]]) -> None:
    for one, state in found:
        out.emit("agreement", **one.content(), state=state)
    title, heads = HEADS[out.lang]
    rows = [
        (one.id, one.version, " ".join(one.parties), one.start, one.end, one.pia, STATE[out.lang][state])
        for one, state in found
    ]
    out.words(table(title, heads, rows))
