"""Which fields of which event are class P3, read from a copy of the specification, and whether a payload seals them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CATALOGUE = Path(__file__).parents[2] / "golden" / "catalogue.md"
ROW = re.compile(r"\|\s*(\d+)[★○]\s*\|([^|]*)\|[^|]*\|((?:\\\||[^|])*)\|")
NAME = re.compile(r"[A-Z][A-Za-z]+")
FIELD = re.compile(r"([a-z][a-z0-9_]*)")
MARKED = re.compile(r"([a-z][a-z0-9_]*)(?:\{[^}]*\})?\[P3\]")
LISTED = re.compile(r"Sealed are exactly the fields marked \[P3\] in §4\.2 and these: (.*?)\. Dates")
ALWAYS = frozenset({"order_no"})
"""Also where the catalogue marks it in one row only: an order's number in the next row is the same number."""
STAFF = frozenset({"worker"})
"""Pseudonyms of staff, who are nobody's data here: not meant by a row's `all`."""
TOKEN = frozenset({"v", "alg", "kid", "nonce", "ct"})
ALGORITHMS = frozenset({"A256GCM", "SM4GCM"})
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """P3 fields by event; `anywhere`: names that no event has in clear."""

    by_event: Mapping[str, frozenset[str]]
    anywhere: frozenset[str]

    def open_fields(self, event: str | None, payload: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
        """Paths of P3 fields that are set and not sealed."""
        own = self.by_event.get(event, frozenset()) if event else frozenset()
        if isinstance(payload, dict):
            yield from (name for name in own if not sealed(payload.get(name)))
        yield from _open(payload, self.anywhere - own, "")


def catalogue() -> Catalogue:
    """As the copy of the specification says."""
    text = CATALOGUE.read_text("utf-8")
    rows = {int(row[1]): (row[2], row[3]) for row in ROW.finditer(text)}
    listed = _listed(text)
    p3 = {number: _p3(fields, listed.get(number, ())) for number, (_, fields) in rows.items()}
    clear = {name for number, (_, fields) in rows.items() for name in _names(fields) - p3[number]}
    by_event = {name: p3[number] for number, (names, _) in rows.items() for name in NAME.findall(names.split("(")[0])}
    used = {name for names in p3.values() for name in names}
    return Catalogue({name: own for name, own in by_event.items() if own}, frozenset(used - clear) | ALWAYS)


def sealed(value: object) -> bool:
    """Whether it is the sealed form, or nothing at all."""
    if value is None:
        return True
    if not isinstance(value, dict) or set(value) != TOKEN:
        return False
    texts = (value["kid"], value["nonce"], value["ct"])
    return value["alg"] in ALGORITHMS and all(isinstance(each, str) and BASE64URL.fullmatch(each) for each in texts)


def _listed(text: str) -> dict[int, tuple[str, ...]]:
    """Row → fields, from `row 2 requested_services; 12 codes; 13, 19, 20, 41 doc_no; …`."""
    found = LISTED.search(text)
    assert found, "the copy has no list of P3 fields"
    given: dict[int, tuple[str, ...]] = {}
    for part in found[1].removeprefix("row ").split(";"):
        for number in re.findall(r"\d+", part):
            given[int(number)] = tuple(FIELD.findall(part))
    return given


def _p3(fields: str, listed: tuple[str, ...]) -> frozenset[str]:
    names = _names(fields)
    if listed == ("all",):
        return frozenset(names - STAFF)
    meant = {name for name in names for one in listed if name == one or name.startswith(f"{one}_")}
    return frozenset({*MARKED.findall(fields), *meant, *(names & ALWAYS)})


def _names(fields: str) -> frozenset[str]:
    """The fields of a row, without what stands in braces or brackets."""
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)", "", fields)
    return frozenset(FIELD.findall(bare))


def _open(value: Any, names: frozenset[str], path: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in names and not sealed(inner):
                yield f"{path}/{name}"
            yield from _open(inner, names, f"{path}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _open(inner, names, path)
