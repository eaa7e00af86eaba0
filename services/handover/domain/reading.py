"""Payload fields as values, whether they come as Python values, JSON text or opened sealed fields."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from services.reference.terms import SHANGHAI, date_of


def text(data: Mapping[str, Any], key: str) -> str:
    """The field as text; empty where it is missing."""
    value = _plain(data.get(key))
    return "" if value is None else str(value)


def named(data: Mapping[str, Any], key: str) -> str | None:
    """The field as text, or None."""
    return text(data, key) or None


def number(data: Mapping[str, Any], key: str, default: int = 0) -> int:
    """The field as a number."""
    value = _plain(data.get(key))
    return value if isinstance(value, int) else default


def instant(data: Mapping[str, Any], key: str) -> datetime | None:
    """The field as an instant; a date counts from its start."""
    value = _plain(data.get(key))
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    return datetime(value.year, value.month, value.day, tzinfo=SHANGHAI) if isinstance(value, date) else None


def day(data: Mapping[str, Any], key: str) -> date | None:
    """The field as a day in Asia/Shanghai."""
    found = instant(data, key)
    return date_of(found) if found else None


def names(data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The field as a list of names."""
    value = _plain(data.get(key))
    return tuple(str(one) for one in value) if isinstance(value, list | tuple) else ()


def rows(data: Mapping[str, Any], key: str) -> tuple[Mapping[str, Any], ...]:
    """The field as a list of objects."""
    value = _plain(data.get(key))
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list | tuple) else ()


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the payload holds
    return getattr(value, "value", value)


def _parsed(value: str) -> datetime | None:
    with suppress(ValueError):
        return datetime.fromisoformat(value)
    return None
