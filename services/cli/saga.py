"""`jieli saga export`: the saga's table as data or as a diagram."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from services.cli.output import JsonLines, Language, Output


class Format(StrEnum):
    """What the table is written as."""

    YAML = "yaml"
    MERMAID = "mermaid"
    SVG = "svg"


def register(app: typer.Typer) -> None:
    """Add the group to `jieli`."""
    group = typer.Typer(name="saga", help="衔接流程 the saga", no_args_is_help=True)
    group.callback()(_group)
    group.command("export")(export)
    app.add_typer(group)


def _group() -> None:
    """One command stays a group: more follow."""


def export(
    written: Annotated[Format, typer.Option("--format", help="yaml, mermaid, svg")] = Format.YAML,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """输出流程表：数据（yaml）或状态图（mermaid、svg）。"""
    text = _text(written, lang)
    out = Output(json, lang)
    out.emit("saga", format=written.value, text=text)
    if not json:
        out.words(text.rstrip("\n"))


def _text(written: Format, lang: str) -> str:
    if written is Format.YAML:
        return _yaml()
    return _mermaid(lang) if written is Format.MERMAID else _svg()


def _svg() -> str:
    from services.handover.diagram import text

    return text()


def _yaml() -> str:
    import yaml

    from services.handover.domain.table import shipped_table

    return yaml.safe_dump(shipped_table().as_data(), sort_keys=False, allow_unicode=True, width=10_000)


def _mermaid(lang: str) -> str:
    from services.handover.domain.mermaid import mermaid
    from services.handover.domain.table import shipped_table
    from services.kernel.phrases import Phrases

    phrases, table = Phrases.load("services.handover"), shipped_table()
    return mermaid(table, {state: phrases.say(f"state.{state}", lang) for state in table.states})
