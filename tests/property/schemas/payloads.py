"""Payloads that an exported schema allows."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from tests.contract.schemas.corpus import values_of

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-5, minutes=-30))])
DAYS = st.dates(date(1950, 1, 1), date(2100, 1, 1)).map(date.isoformat)
INSTANTS = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1), timezones=ZONES).map(datetime.isoformat)  # noqa: DTZ001 - hypothesis wants naive bounds


def payloads(schema: dict[str, Any], *, clear: bool) -> st.SearchStrategy[Any]:
    """Payloads of an event; `clear`: sealed fields hold what is inside, else tokens."""
    return _values(schema, schema.get("$defs", {}), clear=clear)


def _values(schema: dict[str, Any], definitions: dict[str, Any], *, clear: bool) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _values(definitions[schema["$ref"].rpartition("/")[2]], definitions, clear=clear)
    if clear and "x-clear" in schema:
        return _values(schema["x-clear"], definitions, clear=clear)
    if "anyOf" in schema:
        return st.one_of([_values(one, definitions, clear=clear) for one in schema["anyOf"]])
    return _of_type(schema, definitions, clear=clear)


def _of_type(schema: dict[str, Any], definitions: dict[str, Any], *, clear: bool) -> st.SearchStrategy[Any]:
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    match schema["type"]:
        case "object" if "properties" in schema:
            return _objects(schema, definitions, clear=clear)
        case "object":
            values = _values(values_of(schema), definitions, clear=clear)
            return st.dictionaries(st.from_regex(r"[A-Z][A-Z0-9_]{0,9}", fullmatch=True), values, max_size=3)
        case "array":
            return st.lists(_values(schema["items"], definitions, clear=clear), max_size=3)
        case _:
            return _scalars(schema)


def _scalars(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    match schema["type"]:
        case "integer":
            return st.integers(schema.get("minimum", -(2**31)), schema.get("maximum", 2**31))
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case _:
            return _texts(schema)


def _objects(schema: dict[str, Any], definitions: dict[str, Any], *, clear: bool) -> st.SearchStrategy[Any]:
    parts = {name: _values(part, definitions, clear=clear) for name, part in schema["properties"].items()}
    needed = {name: part for name, part in parts.items() if name in schema.get("required", ())}
    return st.fixed_dictionaries(needed, optional={name: part for name, part in parts.items() if name not in needed})


def _texts(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    if "format" in schema:
        return {"date": DAYS, "date-time": INSTANTS}[schema["format"]]
    limit = schema.get("maxLength", 200)
    if "pattern" in schema:
        pattern = re.compile(schema["pattern"].removesuffix("$").removeprefix("^"), re.ASCII)
        return st.from_regex(pattern, fullmatch=True).filter(lambda text: len(text) <= limit)
    return st.text(st.characters(codec="utf-8"), min_size=schema.get("minLength", 0), max_size=min(limit, 40))
