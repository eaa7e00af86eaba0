"""`jieli bench`: the main paths measured beside the plainest way to do the same."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.cli.output import JsonLines, Language, Output

if TYPE_CHECKING:
    from services.bench.rounds import Compared
    from services.kernel.phrases import Phrases


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command()(bench)


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="一分钟以内 within a minute")] = False,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """测量：追加、发布、入账与通知时延，每项与最朴素的做法同场比较。"""
    out = Output(json, lang)
    with out.guarding(), tempfile.TemporaryDirectory(prefix="jieli-bench-") as folder:
        asyncio.run(_measure(Path(folder), quick, out))


async def _measure(folder: Path, quick: bool, out: Output) -> None:
    from services.bench import report, sizes
    from services.bench.run import Run
    from services.kernel import logs
    from services.kernel.phrases import Phrases

    logs.configure("critical")
    phrases = Phrases.load("services.bench", lang=out.lang)
    out.progress(phrases.say("starting"))
    run = Run(folder, sizes.QUICK if quick else sizes.FULL, lambda name: _say(out, phrases, name), {})
    found: list[Compared] = []
    async for figure in run.figures():
        if not found:
            out.emit("machine", **run.machine)
        found.append(figure)
        out.emit("bench", **figure.line())
    report.show(found, run.machine, phrases, to_stderr=out.json_lines)


def _say(out: Output, phrases: Phrases, name: str) -> None:
    out.progress(phrases.say("measuring", None, name=phrases.say(name)))
