"""`jieli timeline`: what happened to a person, across agencies, in plain words."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.asking import DataFolder, Hub
from services.cli.output import JsonLines, Language, Output
from services.cli.tables import minute, table

HEADS: Final = {
    "zh": ("人员时间线 {ref}", ("发生时间", "登记时间", "事项", "来源")),
    "en": ("Timeline of {ref}", ("happened", "recorded", "what", "source")),
}


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command("timeline")(timeline)


def timeline(
    person_ref: Annotated[str, typer.Argument(help="人员编号 person reference")],
    timers: Annotated[bool, typer.Option("--timers", help="也列出期限 timers too")] = False,
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """查看一个人跨部门的时间线。"""
    out = Output(json, lang)
    with out.guarding():
        hub = Hub.found(data, "AUDITOR", lang)
        items = hub.all_items(f"/people/{person_ref}/timeline", timers=str(timers).lower())
    out.emit("timeline", person_ref=person_ref, items=items, next=None)
    if not json:
        out.words(lines(person_ref, items, lang))


def lines(person_ref: str, items: list[dict[str, Any]], lang: str) -> str:
    """The timeline as a table."""
    title, heads = HEADS[lang]
    rows = [(minute(item["time"]), minute(item["recorded_time"]), item["summary"], item["source"]) for item in items]
    return table(title.format(ref=person_ref), heads, rows)
