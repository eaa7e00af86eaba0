"""Names of fields at the front door: what is forbidden, what would be a plain identity, what may be repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from services.intake.domain.columns import HEADINGS, IDENTITY_FIELDS, PLACES, is_forbidden, plain
from services.intake.domain.numbers import NUMBER_LIKE
from services.reference.exclusions import excluded_fields

SAYABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,40}|[\u4e00-\u9fff]{1,12}")
PLAIN_IDENTITY: Final = frozenset(
    {plain(name) for name in IDENTITY_FIELDS - PLACES}
    | {plain(heading) for heading, name in HEADINGS.items() if name in IDENTITY_FIELDS - PLACES}
    | {"fullname", "personname", "realname", "idno", "idcard", "idnumber", "idcardno", "residentno", "mobile", "tel"}
    | {"telephone", "phonenumber", "mobilephone", "address", "homeaddress", "birthdate", "birthday", "dateofbirth"}
    | {"身份证", "身份证号", "身份证号码", "手机", "手机号", "电话", "联系电话", "地址", "住址", "家庭住址", "出生日期"}
)
DEPTH: Final = 8


def sayable(name: str) -> str:
    """A field name as it may be repeated; a foreign one may itself be data."""
    return name if SAYABLE.fullmatch(name) else "unknown"


def names_in(value: Any, depth: int = 0) -> Iterator[str]:  # noqa: ANN401  # JSON
    """All keys of a JSON value, at any depth that is looked at."""
    if depth > DEPTH:
        yield "gps_nested_too_deeply"
    elif isinstance(value, dict):
        for name, inside in value.items():
            yield str(name)
            yield from names_in(inside, depth + 1)
    elif isinstance(value, list):
        for inside in value:
            yield from names_in(inside, depth + 1)


def texts_in(value: Any) -> Iterator[str]:  # noqa: ANN401  # JSON
    """All texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inside in value.values():
            yield from texts_in(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from texts_in(inside)


def forbidden_in(value: Any) -> list[str]:  # noqa: ANN401  # JSON
    """Keys that speak of what the hub must never hold, and those whose text does, an identity's excepted."""
    spoken = excluded_fields(value) if isinstance(value, dict) else []
    return sorted({*forbidden_names_in(value), *map(sayable, spoken)})


def forbidden_names_in(value: Any) -> list[str]:  # noqa: ANN401  # JSON
    """Keys that speak of what the hub must never hold."""
    return sorted({sayable(name) for name in names_in(value) if is_forbidden(name)})


def identities_in(value: Any) -> list[str]:  # noqa: ANN401  # JSON
    """Keys of a plain identity, and `number` where some text looks like a resident number."""
    named = {sayable(name) for name in names_in(value) if plain(name) in PLAIN_IDENTITY}
    return sorted(named | ({"number"} if any(NUMBER_LIKE.search(text) for text in texts_in(value)) else set()))
