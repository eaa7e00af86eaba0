"""`jieli verify` and `jieli rebuild`: what is kept beside the events against the events; the audit chains."""

from __future__ import annotations

from pathlib import Path
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
CHAINS: Final = {
    "zh": ("审计链", ("名称", "记录", "链头", "完好")),
    "en": ("Audit chains", ("name", "rows", "head", "whole")),
}
UNKNOWN: Final = {
    "zh": "此前记下的链头不在任何链上，记录可能被截短：{head}",
    "en": "a head written down earlier is in no chain, records may have been cut off: {head}",
}
EQUAL: Final = {"zh": {True: "一致", False: "不一致"}, "en": {True: "equal", False: "differs"}}
Audit = Annotated[bool, typer.Option("--audit", help="核对审计链 check the audit chains")]
WrittenDown = Annotated[
    list[str] | None, typer.Option("--head", help="此前记下的链头，可多次 a head written down earlier; may be repeated")
]
Wanted = Annotated[str | None, typer.Argument(help="投影名，缺省为全部 name of a projection, else all")]


def register(app: typer.Typer) -> None:
    """Add the commands to `jieli`."""
    app.command()(verify)
    app.command()(rebuild)


def verify(
    audit: Audit = False,
    head: WrittenDown = None,
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """由全部事件重算各投影与衔接流程，按哈希比对；不改动，不对外发送。--audit 逐条核对审计链。有不一致则退出码为 1。"""
    out = Output(json, lang)
    if audit or head:
        _verify_chains(out, data, head or [])
        return
    with out.guarding():
        found = Hub.found(data, "OPS", lang, PATIENCE).post("/verify")
    _tell(out, "verify", found)
    if not found["equal"]:
        raise typer.Exit(1)


def _verify_chains(out: Output, data: Path | None, heads: list[str]) -> None:
    """Every chain from its first row; the heads must still be of one."""
    with out.guarding():
        found = Hub.found(data, "AUDITOR", out.lang, PATIENCE).post("/verify/audit", {"heads": heads})
    for item in found["items"]:
        out.emit("verified", **item)
    out.emit("verify", equal=found["equal"], unknown_heads=found["unknown_heads"])
    title, names = CHAINS[out.lang]
    rows = [(item["name"], item["facts"], item["head"], EQUAL[out.lang][item["equal"]]) for item in found["items"]]
    out.words(table(title, names, rows))
    for item in found["items"]:
        for each in item["differ"]:
            out.words(f"{item['name']}: {each}")
    for each in found["unknown_heads"]:
        out.words(UNKNOWN[out.lang].format(head=each))
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
