"""`jieli up`, `jieli serve` and what operators do to a stack: migrate, topics, republish, config."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, cast

import typer

from services.cli.output import JsonLines, Language, Output

DataFolder = Annotated[Path, typer.Option("--data", help="数据目录 folder of the stack")]
Names = ("intake", "handover", "timeline")


def register(app: typer.Typer) -> None:
    """Add the commands to the `jieli` command."""
    app.command()(up)
    app.command()(serve)


def up(
    data: DataFolder = Path("jieli-data"),
    city: Annotated[str, typer.Option(help="示范城市 sample city, a or b")] = "a",
    clock: Annotated[datetime | None, typer.Option(help="虚拟时钟起点 start of a virtual clock")] = None,
    policy: Annotated[Path | None, typer.Option(help="政策文件 policy file over the shipped one")] = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """启动内嵌的 PostgreSQL、消息代理与全部服务，前台运行，Ctrl-C 结束。"""
    from services.app import embedded, event_loop

    out = Output(json, lang)
    asked = embedded.Asked(data=data, city=cast("Literal['a', 'b']", city), lang=lang, policy=policy)
    with out.guarding():
        event_loop.run(embedded.run(asked, clock, out.ready))


def serve(
    names: Annotated[list[str], typer.Argument(help="intake handover timeline")],
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """运行一个或几个服务，连接 JIELI_DATABASE_URL 与 JIELI_KAFKA_BOOTSTRAP。"""
    from services.app import event_loop, served

    out = Output(json, lang)
    if unknown := set(names) - set(Names):
        out.fail("service_unknown", " ".join(sorted(unknown)))
    with out.guarding():
        event_loop.run(served.run(tuple(names), out.ready))
