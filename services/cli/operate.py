"""What operators do to a stack: `jieli migrate`, `topics`, `republish`, `config show`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.kernel.settings import from_environment

DataFolder = Annotated[Path | None, typer.Option("--data", help="数据目录 folder of a running stack")]


def register(app: typer.Typer) -> None:
    """Add the commands to `jieli`."""
    app.command()(migrate)
    app.command()(topics)
    app.command()(republish)
    config = typer.Typer(help="设置 settings")
    config.command("show")(show)
    app.add_typer(config, name="config")


def migrate(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """建立或升级各服务的数据库结构。"""
    from services.app.schemas import migrate_all

    out = Output(json, lang)
    with out.guarding():
        for service, applied in asyncio.run(migrate_all(find_stack(data).database_url)).items():
            out.emit("migrated", service=service, applied=applied)
            out.words(f"{service}: {len(applied)}")


def topics(data: DataFolder = None, replication: int = 1, json: JsonLines = False, lang: Language = "zh") -> None:
    """按目录建立主题；已有的不动。"""
    from schemas.topics import TOPICS, for_one_process
    from services.kernel.topics_admin import ensure_topics

    out = Output(json, lang)
    with out.guarding():
        stack = find_stack(data)
        wanted = for_one_process() if stack.data else TOPICS
        asyncio.run(ensure_topics(stack.kafka_bootstrap, wanted, replication))
        for topic in wanted.values():
            out.emit("topic", name=topic.name, key=topic.key, partitions=topic.partitions, retention=topic.retention)
            out.words(f"{topic.name}  {topic.partitions}  {topic.why}")


def republish(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """把各服务的全部事件从头再发布一次；消费方只取自己没有的。"""
    from services.app.schemas import reset_relays

    out = Output(json, lang)
    with out.guarding():
        for service in asyncio.run(reset_relays(find_stack(data).database_url)):
            out.emit("republish", service=service)
            out.words(service)


def show(json: JsonLines = False, lang: Language = "zh") -> None:
    """显示当前生效的设置，口令隐去。"""
    out = Output(json, lang)
    with out.guarding():
        settings = from_environment().redacted()
        out.emit("config", **settings)
        for name, value in settings.items():
            out.words(f"JIELI_{name.upper()} = {value if value is not None else ''}")
