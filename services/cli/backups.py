"""`jieli backup` and `jieli restore`."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Annotated

import typer

from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.kernel.settings import ERASURES, from_environment

Folder = Annotated[Path, typer.Argument(help="备份文件夹 folder of the backup")]
Running = Annotated[Path | None, typer.Option("--data", help="数据目录 folder of a running stack")]
Fresh = Annotated[Path | None, typer.Option("--data", help="新的数据目录 folder of a stack to be")]
Key = Annotated[Path | None, typer.Option("--kek", help="主密钥文件 the key-encryption key's file, copied into --data")]
Log = Annotated[Path | None, typer.Option(help="删除登记 log of erasures; the folder's own if it has one")]


def register(app: typer.Typer) -> None:
    """Add the commands to `jieli`."""
    app.command()(backup)
    app.command()(restore)


def backup(folder: Folder, data: Running = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """把各服务与身份库在同一时刻的数据各存一个文件；主密钥不在其中，须另行保管。"""
    from services.app.backups import backup as taken
    from services.kernel.clock import SystemClock

    out = Output(json, lang)
    with out.guarding():
        parts = asyncio.run(taken(find_stack(data).database_url, folder, SystemClock().now(), out.progress))
    for part in parts:
        out.emit("dumped", schema=part.schema, file=part.file, bytes=part.bytes, sha256=part.sha256)
        out.words(f"{part.schema:10} {part.bytes:>12,}  {part.sha256[:12]}")
    out.emit("backup", folder=folder, parts=len(parts))


def restore(
    folder: Folder,
    data: Fresh = None,
    kek: Key = None,
    erasures: Log = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """把备份恢复到空数据库，再按删除登记重新删除；之后用 jieli up 或 serve 启动。"""
    out = Output(json, lang)
    with out.guarding():
        erased = asyncio.run(_restored(folder, data, kek, erasures, out))
    out.emit("restore", folder=folder, erased=erased)
    words = {"zh": f"已恢复；重新删除 {erased} 人", "en": f"restored; {erased} people erased again"}
    out.words(words[out.lang])


async def _restored(folder: Path, data: Path | None, kek: Path | None, erasures: Path | None, out: Output) -> int:
    from services.app.backups import restore as brought
    from services.embedded.stack import EmbeddedStack
    from services.kernel.errors import Refused

    url = from_environment().database_url
    if data is None:
        if url is None:
            raise Refused("no_stack", "--data, JIELI_DATABASE_URL")
        return await brought(url, folder, erasures, out.progress)
    stack = EmbeddedStack(data, database_url=url, kafka_bootstrap="-")
    await stack.start()
    try:
        if kek is not None and not stack.kek_file.exists():
            shutil.copyfile(kek, stack.kek_file)
            stack.kek_file.chmod(0o600)
        own = data / ERASURES
        if erasures is not None and not own.exists():
            shutil.copyfile(erasures, own)  # whoever restores this folder's backups one day needs it too
            own.chmod(0o600)
        return await brought(stack.database_url, folder, own, out.progress)
    finally:
        await stack.stop()
