"""`jieli password`: a fresh password for a user of the sample city, shown this once."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from services.cli.asking import DataFolder
from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.kernel.errors import Refused


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command("password")(password)


def password(
    name: Annotated[str, typer.Argument(help="ROLE@ORG, e.g. station_lead@A03-S012, ops@, both@A03-S012")],
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """为示范城市的用户生成新密码，只显示这一次。"""
    from services.access.renewing import renew_password

    out = Output(json, lang)
    with out.guarding():
        stack = find_stack(data)
        if stack.data is None:
            raise Refused("local_access_off", name)
        given = asyncio.run(renew_password(stack.database_url, name))
        out.emit("password", name=name, password=given, http=stack.http)
        out.words(given)
