"""Programs read stdout, people read words."""

from __future__ import annotations

import json

import pytest
import typer

from services.cli.output import Output
from services.embedded.refusals import StackRefused
from services.kernel.errors import InvalidInput, JieliError, Poison, Refused, Unavailable

Captured = pytest.CaptureFixture[str]


def test_with_json_stdout_has_unescaped_lines_only(capsys: Captured) -> None:
    out = Output(json_lines=True)
    out.words("接力")
    out.progress("1/2")
    out.emit("summary", file="三月.csv", rows=2)
    said = capsys.readouterr()
    assert said.out == '{"kind": "summary", "file": "三月.csv", "rows": 2}\n'
    assert said.err == "接力\n1/2\n"


def test_without_json_the_answer_is_words_on_stdout(capsys: Captured) -> None:
    out = Output(json_lines=False)
    out.emit("summary", rows=2)
    out.words("已导入 [2] 行")
    out.progress("1/2")
    assert capsys.readouterr() == ("已导入 [2] 行\n", "1/2\n")


@pytest.mark.parametrize("json_lines", [True, False])
def test_the_ready_line_is_for_programs_in_both_modes(capsys: Captured, *, json_lines: bool) -> None:
    Output(json_lines).ready({"pid": 1})
    assert json.loads(capsys.readouterr().out) == {"kind": "ready", "pid": 1}


def test_a_failure_has_a_code_and_exit_1(capsys: Captured) -> None:
    with pytest.raises(typer.Exit) as end:
        Output(json_lines=True).fail("file_empty", "三月.csv")
    assert end.value.exit_code == 1
    assert json.loads(capsys.readouterr().out) == {"kind": "error", "code": "file_empty", "detail": "三月.csv"}


@pytest.mark.parametrize(("lang", "words"), [("zh", "未能完成 file_empty: x\n"), ("en", "failed file_empty: x\n")])
def test_without_json_a_failure_is_words_on_stderr(capsys: Captured, lang: str, words: str) -> None:
    with pytest.raises(typer.Exit):
        Output(json_lines=False, lang="en" if lang == "en" else "zh").fail("file_empty", "x")
    assert capsys.readouterr() == ("", words)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("no_stack", "x"), "no_stack"),
        (InvalidInput("file_empty"), "file_empty"),
        (StackRefused("already_running", "x"), "already_running"),
        (Unavailable("postgres"), "unavailable"),
        (Poison("null_header"), "failed"),
    ],
)
def test_an_error_of_the_hub_is_a_failure_with_its_code(capsys: Captured, error: JieliError, code: str) -> None:
    with pytest.raises(typer.Exit), Output(json_lines=True).guarding():
        raise error
    assert json.loads(capsys.readouterr().out)["code"] == code
