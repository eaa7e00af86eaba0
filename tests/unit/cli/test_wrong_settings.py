"""A wrong `JIELI_*` value is one sentence with a code from every command, and never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from services.cli import build

SETS_NOTHING = {"policy check", "saga export", "demo", "bench"}
"""Reads one file, and no setting; starts a stack of its own, whatever the environment says."""


def lines(command: Any, path: tuple[str, ...] = ()) -> Iterator[list[str]]:  # noqa: ANN401 - typer's own click
    """Every command with as little as it needs to start."""
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from lines(each, (*path, name))
    elif " ".join(path) not in SETS_NOTHING:
        needed = [each for each in command.params if each.required]
        yield [*path, *(text for each in needed for text in given(each))]


def given(parameter: Any) -> list[str]:  # noqa: ANN401
    """A value for one parameter that must be there."""
    value = "intake" if parameter.name == "names" else "tests/fixtures/notices/release-notices-b-2026-03.csv"
    return [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]


COMMANDS = list(lines(typer.main.get_command(build())))


@pytest.mark.parametrize("line", COMMANDS, ids=" ".join)
def test_every_command_refuses_a_wrong_setting(line: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIELI_SESSION_MS", "soon-secret")
    said = CliRunner().invoke(build(), [*line, "--json"])
    assert said.exit_code == 1, (said.stdout, said.exception)
    [error] = [json.loads(each) for each in said.stdout.splitlines()]
    assert (error["kind"], error["code"]) == ("error", "setting_invalid")
    assert error["detail"].count("JIELI_SESSION_MS") == 2
    assert "secret" not in said.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIELI_DATABASE_URL", "nowhere"),
        ("JIELI_KAFKA_BOOTSTRAP", "broker"),
        ("JIELI_HTTP_PORT", "70000"),
        ("JIELI_LANG", "fr"),
        ("JIELI_CITY", "z"),
        ("JIELI_PERSONS", "yes"),
        ("JIELI_INTAKE_URL", "intake"),
    ],
)
def test_every_setting_that_can_be_wrong_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    said = CliRunner().invoke(build(), ["config", "show", "--json"])
    assert json.loads(said.stdout)["code"] == "setting_invalid"
    assert name in json.loads(said.stdout)["detail"]
