"""`jieli verify` and `jieli rebuild`: what is kept beside the events against what the events give."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.asking import DataFolder, Hub
from services.cli.output import JsonLines, Language, Output
from services.cli.tables import table

PATIENCE: Final = 3600.0  # seconds; a province's journal is replayed
SHOWN: Final = 12  # characters of a hash
HEADS: Final = {
    "zh": ("由事件重算的结果", ("名称", "事实", "现行", "重算", "一致", "改正行数")),
    "en": ("Worked out again from the events", ("name", "facts", "live", "rebuilt", "equal", "rows put right")),
}
EQUAL: Final = {"zh": {True: "一致", False: "不一致"}, "en": {True: "equal", False: "differs"}}
Wanted = Annotated[str | None, typer.Argument(help="投影名，缺省为全部 name of a projection, else all")]


def register(app: typer.Typer) -> None:
    """Add the commands to `jieli`."""
    app.command()(verify)
    app.command()(rebuild)


def verify(data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """由全部事件重算各投影与衔接流程，按哈希比对；不改动，不对外发送。有不一致则退出码为 1。"""
    out = Output(json, lang)
    with out.guarding():
        found = Hub.found(data, "OPS", lang, PATIENCE).post("/verify")
    _tell(out, "verify", found)
    if not found["equal"]:
        raise typer.Exit(1)


def rebuild(projection: Wanted = None, data: DataFolder = None, json: JsonLines = False, lang: Language = "zh") -> None:
    """在现行投影旁重建，按哈希比对，不一致的在一个事务内换上。"""
    out = Output(json, lang)
    with out.guarding():
        found = Hub.found(data, "OPS", lang, PATIENCE).post("/rebuild", {"projection": projection})
    _tell(out, "rebuild", found)


def _tell(out: Output, kind: str, found: dict[str, Any]) -> None:
    for item in found["items"]:
        out.emit("verified", **item)
    out.emit(kind, equal=found["equal"])
    title, heads = HEADS[out.lang]
    out.words(table(title, heads, [_row(item, out.lang) for item in found["items"]]))
    for item in found["items"]:
        for each in item["differ"]:
            out.words(f"{item['name']}: {each}")


def _row(item: dict[str, Any], lang: str) -> tuple[object, ...]:
    hashes = (item["live"][:SHOWN], item["rebuilt"][:SHOWN])
    return (item["name"], item["facts"], *hashes, EQUAL[lang][item["equal"]], item["rows"])
