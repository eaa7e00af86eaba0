"""The small demo with its spans on record and random numbers on its papers, scanned before it ends."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.demo import acts
from tests.support.scan.forms import Secret
from tests.support.scan.places import Stack
from tests.support.scan.scanning import SENSITIVE, Found, scan, secrets_of
from tests.support.small_demo import SAMPLE, Told, small_sample, tell

SPANS = Path(__file__).parent / "spans"
COLUMNS = {
    "name": "姓名",
    "resident_id": "证件号码",
    "phone": "手机号码",
    "hukou_address": "户籍地址",
    "residence_address": "居住地址",
    "contact_phone": "指定联系人电话",
}
PAPERS = ("order_no", "certificate_no", "doc_no")
ACTS = ("order", "release", "document", "statutory_notice")


@dataclass(slots=True)
class Scanned:
    """What was looked for, and what was found. `spans`: bytes of them."""

    secrets: list[Secret] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    planted: dict[str, str] = field(default_factory=dict)
    spans: int = 0


def tell_and_scan(data: Path, seed: int) -> tuple[Told, Scanned]:
    """The demo as ever; the hub is looked through while it still runs."""
    scanned, spans = Scanned(), data.with_name("demo.spans")

    def look(url: str) -> None:
        ready = json.loads((data / "stack.json").read_text("utf-8"))
        scanned.secrets = [*_people(data), *(Secret(f"{SENSITIVE} number", each) for each in scanned.planted.values())]
        scanned.spans = spans.stat().st_size
        stack = Stack(url, ready["kafka_bootstrap"], ready["http"], data, (spans,))
        with ThreadPoolExecutor(1) as beside:  # the demo's own loop runs in this thread
            scanned.found = beside.submit(asyncio.run, scan(stack, scanned.secrets)).result()

    with pytest.MonkeyPatch.context() as patch:
        for name in ACTS:
            patch.setattr(acts, name, _random_papers(getattr(acts, name), scanned.planted))
        told = tell(data, seed, before_end=look, PYTHONPATH=str(SPANS), SPANS_FILE=str(spans))
    return told, scanned


def _random_papers(act: Callable[..., dict[str, Any]], planted: dict[str, str]) -> Callable[..., dict[str, Any]]:
    def acted(*given: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the act takes
        return _planted(act(*given), planted)

    return acted


def _planted(data: dict[str, Any], planted: dict[str, str]) -> dict[str, Any]:
    """The same with random numbers, the same one for the same paper."""
    return {name: _value(name, value, planted) for name, value in data.items()}


def _value(name: str, value: Any, planted: dict[str, str]) -> Any:  # noqa: ANN401 - a field of any kind
    if isinstance(value, dict):
        return _planted(value, planted)
    return planted.setdefault(value, f"P-{secrets.token_hex(6).upper()}") if name in PAPERS else value


def _people(data: Path) -> Iterator[Secret]:
    """Everybody in the file that the demo imported."""
    text = small_sample(data).read_bytes().decode("gb18030")
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        yield from secrets_of({name: row[column] for name, column in COLUMNS.items()}, f"row {number} of {SAMPLE.name}")
