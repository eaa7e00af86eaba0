"""All that a command says: JSON Lines for programs on stdout, words for people, failures with a code."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn

import typer
from rich.console import Console

from services.embedded.refusals import StackRefused
from services.kernel.errors import JieliError, Refused, Unavailable

Lang = Literal["zh", "en"]
JsonLines = Annotated[bool, typer.Option("--json", help="每行一个 JSON 对象 JSON Lines on stdout")]
Language = Annotated[Lang, typer.Option("--lang", help="文字的语言 language of the words")]
FAILED: Final = 1
FAILURE: Final[Mapping[Lang, str]] = {"zh": "未能完成", "en": "failed"}


class Output:
    """With ``json_lines`` stdout carries objects only and words go to stderr; without, words go to stdout."""

    def __init__(self, json_lines: bool, lang: Lang = "zh") -> None:
        self.json_lines = json_lines
        self.lang: Lang = lang
        self._people = Console(stderr=json_lines, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._aside = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)

    def emit(self, kind: str, **fields: object) -> None:
        """One line for programs; nothing without ``json_lines``."""
        if self.json_lines:
            _line({"kind": kind, **fields})

    def words(self, text: str) -> None:
        """A line for people: what the command was asked for."""
        self._people.print(text)

    def progress(self, text: str) -> None:
        """A line for people about how it goes: always stderr."""
        self._aside.print(text)

    def ready(self, line: Mapping[str, object]) -> None:
        """The ready line of a stack: a JSON line in both modes, because programs wait for it."""
        _line({"kind": "ready", **line})

    def fail(self, code: str, detail: str = "") -> NoReturn:
        """Say why and exit 1."""
        if self.json_lines:
            _line({"kind": "error", "code": code, "detail": detail})
        else:
            self._aside.print(f"{FAILURE[self.lang]} {code}: {detail}" if detail else f"{FAILURE[self.lang]} {code}")
        raise typer.Exit(FAILED)

    @contextmanager
    def guarding(self) -> Generator[None]:
        """Errors of the hub inside the block become a failure with their code."""
        try:
            yield
        except (Refused, StackRefused) as refused:
            self.fail(refused.code, refused.detail)
        except Unavailable as unavailable:
            self.fail("unavailable", unavailable.what)
        except JieliError as error:
            self.fail("failed", str(error))


def _line(fields: Mapping[str, object]) -> None:
    typer.echo(json.dumps(fields, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(type(value).__name__)
