"""`jieli demo --keep` in a small plot, its figures read a second time through the public doors alone."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.cli import demo
from services.cli.output import Output
from services.demo import story
from tests.support import finish
from tests.support.processes import touching, wait_until
from tests.support.running_hub import command

SAMPLE = Path(__file__).parents[1] / "fixtures" / "notices" / "release-notices-a-2026-03.csv"
ROWS, PEOPLE, DAYS = 20, 16, 34
FIRST_DAY = date(2026, 2, 24)
TAKEN_IN = {"accepted", "revised"}
REPORTED = {"REPORTED", "COMPLETED"}


@dataclass(slots=True)
class Told:
    """One demo: what it printed, and what the API said before it was let go."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    page: str = ""
    views: list[dict[str, Any]] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)
    log: str = ""
    left: list[int] = field(default_factory=list)
    kafka: str = ""

    @property
    def closing(self) -> dict[str, Any]:
        """The last line."""
        return self.lines[-1]

    @property
    def figures(self) -> dict[str, Any]:
        """The closing figures as the API has them."""
        due = [view for view in self.views if ended(view)]
        reported = [view for view in due if view["state"] in REPORTED or view["late"] is not None]
        return {
            "receipts": expected_totals(),
            "report_rate": {"num": len(reported), "den": len(due)},
            "open_escalations": sum(view["level"] > 0 for view in self.views),
        }

    @property
    def states(self) -> Counter[str]:
        """How many handovers stand where."""
        return Counter(view["state"] for view in self.views)


def tell(data: Path, seed: int, *, before_end: Callable[[str], object] = str, **environment: str) -> Told:
    """Run the demo's own command over its own functions, and look at the hub before it ends.

    `before_end` is then given the database's address.
    """
    told, out, page = Told(), io.StringIO(), io.StringIO()

    async def look() -> None:
        ready = json.loads((data / "stack.json").read_text("utf-8"))
        told.kafka = ready["kafka_bootstrap"]
        read(told, data, ready["http"], json.loads(out.getvalue().splitlines()[-1]))
        before_end(ready["database_url"])

    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(page):
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(story, "SAMPLE", str(small_sample(data)))
        patch.setattr(story, "Plot", partial(story.Plot, days=DAYS, people=PEOPLE))
        patch.setattr(demo, "_until_interrupted", look)
        finish(demo._tell(data, seed, keep=True, out=Output(json_lines=True)))
    told.lines = [json.loads(line) for line in out.getvalue().splitlines()]
    told.page = page.getvalue()
    told.log = (data / "up.log").read_text("utf-8")
    wait_until(lambda: not touching(str(data)), 2)
    told.left = touching(str(data))
    return told


def small_sample(data: Path) -> Path:
    """The first rows of the sample, as the centres' system writes them."""
    file = data.with_name("release-notices-small.csv")
    file.write_bytes(b"".join(SAMPLE.read_bytes().splitlines(keepends=True)[: ROWS + 1]))
    return file


def read(told: Told, data: Path, http: str, closing: Mapping[str, Any]) -> None:
    """Ask the API for every handover that the story was about, and for the one person shown."""
    with asking(data, http, "OPS") as ops, asking(data, http, "AUDITOR") as auditor:
        for notice_no, centre in sorted(people().items()):
            query = {"centre": centre, "notice_no": notice_no}
            [view] = ops.get("/handovers", params=query).raise_for_status().json()["items"]
            told.views.append(view)
        told.timeline = auditor.get(f"/people/{closing['person_ref']}/timeline").raise_for_status().json()["items"]


def asking(data: Path, http: str, role: str) -> httpx.Client:
    """The API with a token of the command line."""
    said = command("token", "--role", role, "--org", "", "--data", data)
    assert said.code == 0, said.stderr
    [line] = said.lines
    return httpx.Client(base_url=f"{http}/api/v1", headers={"Authorization": f"Bearer {line['token']}"}, timeout=60)


def people() -> dict[str, str]:
    """Notice number → centre, of those that the story tells of: the first, where a station was asked."""
    routed: dict[str, tuple[str, str]] = {}
    text = SAMPLE.read_bytes().decode("gb18030")
    for row, receipt in zip(csv.DictReader(io.StringIO(text)), expected_receipts(), strict=False):
        if receipt["outcome"] in TAKEN_IN:
            routed[row["通知编号"]] = (row["戒毒所代码"], receipt["routing"])
    told = sorted(routed.items())[:PEOPLE]
    return {number: centre for number, (centre, routing) in told if routing == "offered"}


def expected_receipts() -> list[dict[str, str]]:
    """The receipts of the small sample's rows."""
    expected = json.loads(SAMPLE.with_suffix(".expected.json").read_text("utf-8"))
    receipts: list[dict[str, str]] = expected["receipts"][:ROWS]
    return receipts


def expected_totals() -> dict[str, int]:
    """Their totals, as the summary of an import counts them."""
    counts: Counter[str] = Counter()
    for each in expected_receipts():
        counts[f"{each['outcome']}:{each['reason']}" if each["reason"] else each["outcome"]] += 1
        counts.update([f"routing:{each['routing']}"] if each["routing"] else [])
    return dict(sorted(counts.items()))


def ended(view: Mapping[str, Any]) -> bool:
    """An ordered person whose last day to report is over."""
    last_day = FIRST_DAY + timedelta(days=DAYS)
    return view["track"] == "ORDERED" and bool(view["deadline"]) and view["deadline"][:10] < last_day.isoformat()
