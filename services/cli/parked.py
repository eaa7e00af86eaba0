"""`jieli parked`: messages that could not be taken, tried again or dropped."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.asking import DataFolder, Hub
from services.cli.output import JsonLines, Language, Output
from services.cli.tables import minute, table

HEADS: Final = {
    "zh": ("滞留消息", ("编号", "消费者", "键", "原因", "受阻", "自", "等候")),
    "en": ("Parked messages", ("id", "consumer", "key", "reason", "blocking", "since", "waiting")),
}
SAID: Final = {
    "zh": {True: "已放行", False: "仍滞留"},
    "en": {True: "released", False: "still parked"},
}
ParkedId = Annotated[str, typer.Argument(help="滞留编号 id of a parked message")]


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    group = typer.Typer(name="parked", help="滞留消息 parked messages", no_args_is_help=True)
    group.command("list")(listed)
    group.command("retry")(retry)
    group.command("discard")(discard)
    app.add_typer(group)


def listed(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """列出滞留消息。"""
    out = Output(json, lang)
    with out.guarding():
        items = Hub.found(data, "OPS", lang).get("/parked")["items"]
    for item in items:
        out.emit(**({"kind": "parked"} | item))
    if not json:
        out.words(lines(items, lang))


def retry(parked_id: ParkedId, data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """重试一条滞留消息及其后等候的消息。"""
    _act(f"/parked/{parked_id}/retry", {}, data, Output(json, lang))


def discard(
    parked_id: ParkedId,
    reason: Annotated[str, typer.Option("--reason", help="理由 why")],
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """说明理由后丢弃一条滞留消息。"""
    _act(f"/parked/{parked_id}/discard", {"reason": reason}, data, Output(json, lang))


def lines(items: list[dict[str, Any]], lang: str) -> str:
    """The list as a table."""
    title, heads = HEADS[lang]
    rows = [
        (
            each["id"],
            each["consumer"],
            each["key"],
            each["reason"],
            each["blocking"],
            minute(each["since"]),
            each["waiting"],
        )
        for each in items
    ]
    return table(title, heads, rows)


def _act(path: str, body: dict[str, Any], data: DataFolder, out: Output) -> None:
    with out.guarding():
        done = Hub.found(data, "OPS", out.lang).post(path, body)
    out.emit(**({"kind": "parked"} | done))
    released = bool(done["released"])
    out.words(f"{done['id']} {SAID[out.lang][released]}" + (f" {done['reason']}" if done["reason"] else ""))
    if not released:
        raise typer.Exit(1)
