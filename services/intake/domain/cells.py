"""Cells as centres type them, read into values: codes, dates, revisions. Pure; a fault is a code, never the cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

ORDER_EXPECTED: Mapping[str, str] = {"是": "Y", "否": "N", "待定": "U"}
BASIS: Mapping[str, str] = {
    "责令社区康复决定": "ORDER",
    "后续照管协议": "AGREEMENT",
    "刑满释放": "PRISON",
    "无": "NONE",
}
FLAGS: Mapping[str, str] = {
    "未成年": "minor",
    "怀孕": "pregnant",
    "哺乳期": "nursing",
    "唯一抚养人": "sole_carer",
    "行动不便": "mobility",
}
SEX: Mapping[str, str] = {"男": "M", "女": "F"}
DATES = (
    re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII),
    re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII),
    re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII),
)
DIVISION = re.compile(r"\d{9}", re.ASCII)
COUNT = re.compile(r"[1-9]\d{0,3}", re.ASCII)


class BadCell(Exception):
    """A cell that cannot be read. Carries the receipt reason and the field, never what stood in it."""

    def __init__(self, reason: str, field: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.reason = reason
        self.field = field


def squeezed(text: str) -> str:
    """NFKC without any white space: codes, numbers, dates."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def code(text: str, words: Mapping[str, str], field: str) -> str:
    """The code of a word, or BadCell(code_unknown)."""
    found = words.get(squeezed(text))
    if found is None:
        raise BadCell("code_unknown", field)
    return found


def flags(text: str) -> tuple[str, ...]:
    """No or one special situation."""
    return (code(text, FLAGS, "flags"),) if squeezed(text) else ()


def day(text: str) -> date:
    """A calendar day in one of the four ways that centres write it, or BadCell(date_invalid)."""
    cell = squeezed(text)
    for shape in DATES:
        found = shape.fullmatch(cell)
        if found:
            return _date(int(found[1]), int(found[2]), int(found[3]))
    raise BadCell("date_invalid", "planned_release_date")


def count(text: str, reason: str, field: str) -> int:
    """A whole number from 1 to 9999."""
    cell = squeezed(text)
    if not COUNT.fullmatch(cell):
        raise BadCell(reason, field)
    return int(cell)


def division(text: str, field: str) -> str:
    """A nine-digit street code, or empty where none is known."""
    cell = squeezed(text)
    if cell and not DIVISION.fullmatch(cell):
        raise BadCell("code_unknown", field)
    return cell


def _date(year: int, month: int, of_month: int) -> date:
    try:
        return date(year, month, of_month)
    except ValueError as wrong:
        raise BadCell("date_invalid", "planned_release_date") from wrong
