"""`jieli trace`: from any id to the handover it belongs to, its events, and what it waits for."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import quote

import typer

from services.cli.asking import DataFolder, Hub
from services.cli.output import JsonLines, Language, Output
from services.cli.tables import minute, table

WORDS: Final = {
    "zh": ("流程追踪 {id}", ("时间", "事件", "主题", "序号", "编号", "起因"), "衔接流程", "当前", "下一期限"),
    "en": (
        "Trace of {id}",
        ("time", "event", "topic", "sequence", "id", "caused by"),
        "handovers",
        "now",
        "next deadline",
    ),
}


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command("trace")(trace)


def trace(
    any_id: Annotated[
        str, typer.Argument(help="任一编号 event, handover, person, notice, trace id or topic/partition/offset")
    ],
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """由任一编号追踪整个衔接流程。"""
    out = Output(json, lang)
    with out.guarding():
        found = Hub.found(data, "OPS", lang).get(f"/trace/{quote(any_id, safe='/')}")
    out.emit(**found)
    if not json:
        for line in lines(found, lang):
            out.words(line)


def lines(found: dict[str, Any], lang: str) -> list[str]:
    """The trace for people: what it waits for first."""
    title, heads, handovers, now, deadline = WORDS[lang]
    waiting = found["waiting_for"]
    said = [f"{handovers}: {', '.join(found['handovers']) or '—'}"]
    if waiting:
        said += [f"{now}: {waiting['sentence']}", f"{deadline}: {minute(waiting['next_deadline']) or '—'}"]
    rows = [
        (minute(each["time"]), each["type"], each["topic"], each["sequence"], each["event_id"], each["causationid"])
        for each in found["events"]
    ]
    return [*said, table(title.format(id=found["id"]), heads, rows)]
