"""`jieli sign-out`: every session of one person is over, however they signed in."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from services.cli.asking import DataFolder
from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output

SAID = {"zh": "{actor}：已结束 {ended} 个会话", "en": "{actor}: {ended} sessions ended"}


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command("sign-out")(sign_out)


def sign_out(
    actor: Annotated[str, typer.Argument(help="代号 pseudonym: the provider's sub, or a user of the sample city")],
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """结束某人的全部登录会话。"""
    from services.access.renewing import end_sessions

    out = Output(json, lang)
    with out.guarding():
        ended = asyncio.run(end_sessions(find_stack(data).database_url, actor))
        out.emit("signed-out", actor=actor, ended=ended)
        out.words(SAID[lang].format(actor=actor, ended=ended))
