"""`jieli demo`: sixty virtual days of a city, told in plain words."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from services.cli.output import JsonLines, Language, Output


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command()(demo)


def demo(
    data: Annotated[Path | None, typer.Option("--data", help="数据目录，须为空 an empty folder")] = None,
    seed: Annotated[int, typer.Option(help="随机种子 another seed, another story")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="结束后继续提供接口 keep serving until Ctrl-C")] = False,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """演示：导入一个月的解除通知，戒毒所、服务站与本人经公开接口过六十个虚拟日。"""
    out = Output(json, lang)
    with out.guarding(), tempfile.TemporaryDirectory(prefix="jieli-demo-") as fresh:
        asyncio.run(_tell(data or Path(fresh), seed, keep, out))


async def _tell(data: Path, seed: int, keep: bool, out: Output) -> None:
    from services.demo import outcome, report, story
    from services.demo.telling import Telling

    telling = Telling(out.lang)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    plot = story.Plot(seed)
    async with story.told(data, plot, telling) as (ready, imported, doors, cases):
        telling.say("reading")
        found = await outcome.outcome(imported.summary["totals"], doors, cases)
        report.show(found, doors.refused, telling.phrases, out.lang, to_stderr=out.json_lines)
        if keep:
            out.emit("ready", http=ready.http, database_url=ready.database_url, kafka_bootstrap=ready.kafka_bootstrap)
        out.emit("demo", **found.line())
        if keep:
            telling.say("kept", http=ready.http)
            await _until_interrupted()


async def _until_interrupted() -> None:
    from services.app.signals import stop_asked

    await stop_asked().wait()
