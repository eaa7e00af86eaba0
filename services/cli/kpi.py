"""`jieli kpi`: the figures of a period."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from services.cli.asking import DataFolder, Hub
from services.cli.output import JsonLines, Language, Output
from services.cli.tables import table

HEADS: Final = {
    "zh": ("指标", ("指标", "类别", "机构", "分子", "分母", "%", "不计入", "未到期", "不明", "其他")),
    "en": ("Figures", ("figure", "track", "organisation", "num", "den", "%", "excluded", "open", "unknown", "besides")),
}
BESIDES: Final = ("target", "excused_late", "late", "corrected")
HIDDEN: Final = "*"
NOTE: Final = {
    "zh": "* 少于 {least} 人的格不显示；截至 {as_of}",
    "en": "* cells below {least} people are not shown; as of {as_of}",
}
From = Annotated[str | None, typer.Option("--from", help="起始日（含） first day")]
To = Annotated[str | None, typer.Option("--to", help="截止日（不含） day after the last")]


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command()(kpi)


def kpi(
    start: From = None, end: To = None, data: DataFolder = None, json: JsonLines = False, lang: Language = "zh"
) -> None:
    """按出所日期统计报到率（K-01），按收到日期统计预告质量（K-17）。"""
    out = Output(json, lang)
    asked = {name: day for name, day in (("from", start), ("to", end)) if day}
    with out.guarding():
        found = Hub.found(data, "OPS", lang).get("/kpi", **asked)
    for item in found["items"]:
        name = item["kpi"]
        out.emit("kpi", name=name, **{key: value for key, value in item.items() if key != "kpi"})
    out.emit("kpi_period", **{key: value for key, value in found.items() if key != "items"})
    title, heads = HEADS[lang]
    out.words(table(title, heads, [row(item) for item in found["items"]]))
    out.words(NOTE[lang].format(least=found["min_cell"], as_of=found["as_of"][:16]))


def row(item: dict[str, Any]) -> tuple[object, ...]:
    """A line of the table."""
    excluded = " ".join(f"{reason} {_count(count)}" for reason, count in item.get("excluded", {}).items())
    besides = " ".join(f"{name} {_count(item[name])}" for name in BESIDES if item.get(name) not in {None, 0})
    head = (item["kpi"], item.get("track", ""), item["org"])
    rate = HIDDEN if item["suppressed"] else item["rate"]
    counts = (_count(item["num"]), _count(item["den"]), rate)
    return (*head, *counts, excluded, _count(item.get("open", 0)), _count(item["unknown"]), besides)


def _count(count: object) -> object:
    return HIDDEN if count is None else count
