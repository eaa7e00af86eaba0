"""An official who offers a policy is told every reason against it, in words and in JSON."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from services.cli import build

RUNNER = CliRunner()


def check(file: Path, *options: str) -> tuple[int, str]:
    done = RUNNER.invoke(build(), ["policy", "check", str(file), *options])
    return done.exit_code, done.stdout


def test_a24_a_deadline_over_the_legal_maximum_is_refused_with_its_law(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("report.deadline.ordered: P20D\n", "utf-8")
    code, said = check(file)
    assert code == 1
    assert all(word in said for word in ("report.deadline.ordered", "P20D", "P15D", "戒毒条例"))
    code, said = check(file, "--json")
    line = json.loads(said)
    assert code == 1
    assert {name: line[name] for name in ("kind", "code", "key", "value", "bound", "basis")} == {
        "kind": "error",
        "code": "policy_above_max",
        "key": "report.deadline.ordered",
        "value": "P20D",
        "bound": "P15D",
        "basis": "戒毒条例14,22,38",
    }


def test_an_accepted_file_says_what_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("{policy_version: zj-1, keys: {accept.within: P1D}}", "utf-8")
    code, said = check(file, "--json")
    assert (code, json.loads(said)) == (0, {"kind": "policy", "version": "zj-1", "changed": {"accept.within": "P1D"}})
    assert "accept.within：P2D（2日） → P1D（1日）" in check(file)[1]


def test_a_file_that_cannot_be_read_is_named_so(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    assert check(file)[0] == 1
    file.write_bytes(b"\xff\xfe\x00")
    code, said = check(file, "--json")
    assert (code, json.loads(said)["code"]) == (1, "policy_file_unreadable")


def test_a_stack_does_not_start_under_a_policy_that_breaks_the_law(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("report.deadline.ordered: P20D\n", "utf-8")
    done = RUNNER.invoke(build(), ["up", "--data", str(tmp_path / "stack"), "--policy", str(file), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["code"]) == (1, "policy_above_max")
    assert not (tmp_path / "stack").exists()
