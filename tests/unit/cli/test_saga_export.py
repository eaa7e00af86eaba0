"""What `jieli saga export` prints is the table: the same parts, ids and order."""

from __future__ import annotations

import json
from pathlib import Path

import yaml
from typer.testing import CliRunner

from services.cli import build
from services.handover.domain.mermaid import arrows
from services.handover.domain.table import SAME, shipped_table

GOLDEN = Path(__file__).parents[2] / "golden" / "handover-saga.yaml"


def export(*options: str) -> str:
    done = CliRunner().invoke(build(), ["saga", "export", *options])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_the_yaml_is_the_golden_copy_in_the_same_order() -> None:
    golden = yaml.safe_load(GOLDEN.read_text("utf-8"))
    for text in (export("--format", "yaml"), json.loads(export("--format", "yaml", "--json"))["text"]):
        found = yaml.safe_load(text)
        assert found == golden
        assert list(found) == list(golden)
        for part in ("create", "reopen", "transitions"):
            assert [rule["id"] for rule in found[part]] == [rule["id"] for rule in golden[part]]
        for part in ("timers", "groups", "recompute"):
            assert list(found[part]) == list(golden[part])


def test_the_diagram_has_every_state_and_every_event_between_two() -> None:
    table, text = shipped_table(), export("--format", "mermaid")
    assert all(f"    {state}: " in text for state in table.states)
    lines = set(text.splitlines())
    for rule in (*table.transitions, *table.reopen):
        for state in rule.states:
            after = state if rule.to == SAME else rule.to
            assert rule.event in arrows(table)[state, after]
            assert f"    {state} --> {after}: {', '.join(arrows(table)[state, after])}" in lines


def test_a_state_is_named_in_the_language_that_is_asked_for() -> None:
    assert "    OFFERED: 待签收 OFFERED" in export("--format", "mermaid")
    assert "    OFFERED: Offered, not yet accepted OFFERED" in export("--format", "mermaid", "--lang", "en")
