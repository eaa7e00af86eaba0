"""`jieli rehearse` as a trainer uses it: the shipped stories hold, and a story that does not is said so."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from services.cli.rehearse import STORIES
from tests.support.processes import touching
from tests.support.running_hub import Said

SHIPPED = sorted(STORIES.glob("*.yaml"))
PATIENCE = 800  # seconds; how long they take is said by the command and asserted nowhere: machines differ
STORY = """\
name: two expectations, one of them wrong
start: 2026-03-02T09:00:00+08:00
people:
  p1: {track: VOLUNTARY}
steps:
  - record: HandoverAccepted
    for: p1
    by: {role: STATION_LEAD, org: A01-S001}
    refused: unknown_handover
  - record: ReleaseNoticeReceived
    for: p1
    by: {role: DETOX_CENTRE, org: A-CENTRE-1}
  - expect:
      p1: {state: OFFERED, station: A01-S002}
      topics: {out.detox.v1: 1}
"""


def rehearse(*arguments: str | Path, seconds: int = 110, program: Sequence[str | Path] = ("services.cli",)) -> Said:
    """The command in JSON Lines."""
    line = [sys.executable, "-m", *map(str, program), "rehearse", *map(str, arguments), "--json"]
    done = subprocess.run(line, capture_output=True, timeout=seconds, check=False, text=True)
    return Said(done.returncode, [json.loads(each) for each in done.stdout.splitlines()], done.stdout, done.stderr)


def kinds(lines: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The lines of a kind."""
    return [line for line in lines if line["kind"] == kind]


@pytest.mark.timeout(PATIENCE + 60)
def test_every_shipped_story_holds_and_leaves_nobody_readable(tmp_path: Path) -> None:
    findings = tmp_path / "findings.json"
    said = rehearse(seconds=PATIENCE, program=("tests.support.scanned_rehearsal", findings))
    stories = kinds(said.lines, "story")
    wrong = [line for line in said.lines if not line.get("ok", False)]
    assert wrong == []
    assert said.code == 0
    assert [Path(story["file"]).name for story in stories] == [file.name for file in SHIPPED]
    scans = [json.loads(line) for line in findings.read_text("utf-8").splitlines()]
    assert [scan["found"] for scan in scans] == [[]] * len(SHIPPED)
    assert min(scan["people"] for scan in scans) > 0
    assert sum(scan["numbers"] for scan in scans) > len(SHIPPED)
    assert findings.with_suffix(".spans").stat().st_size > 0


def test_on_a_shared_stack_each_story_keeps_its_own_and_one_that_does_not_hold_exits_one(tmp_path: Path) -> None:
    wrong, right, data = tmp_path / "wrong.yaml", tmp_path / "right.yaml", tmp_path / "data"
    wrong.write_text(STORY, "utf-8")
    right.write_text(STORY.replace("A01-S002", "A01-S001").replace("03-02", "03-03"), "utf-8")
    said = rehearse(wrong, right, "--shared", "--data", data)
    assert said.code == 1
    for file in (wrong, right):
        steps = [line for line in kinds(said.lines, "step") if line["file"] == str(file)]
        assert [(line["record"], line["outcome"], line["code"]) for line in steps] == [
            ("HandoverAccepted", "refused", "unknown_handover"),
            ("ReleaseNoticeReceived", "accepted", ""),
        ]
    shown = [line for line in kinds(said.lines, "expect") if line["file"] == str(wrong)]
    assert [(line["path"], line["expected"], line["actual"], line["ok"]) for line in shown] == [
        ("p1.state", "OFFERED", "OFFERED", True),
        ("p1.station", "A01-S002", "A01-S001", False),
        ("topics.out.detox.v1", 1, 1, True),
    ]
    assert [(line["ok"], line["failed"]) for line in kinds(said.lines, "story")] == [(False, 1), (True, 0)]
    assert touching(str(data)) == []


def test_a_file_that_cannot_be_played_starts_nothing(tmp_path: Path) -> None:
    file, data = tmp_path / "bad.yaml", tmp_path / "data"
    file.write_text(STORY.replace("for: p1", "for: p9", 1), "utf-8")
    said = rehearse(file, "--data", data)
    [error] = said.lines
    assert (said.code, error["code"]) == (1, "story_invalid")
    assert error["detail"].startswith(f"{file}:7: ")
    assert not data.exists()
