"""`jieli token`: a bearer token of an embedded stack; elsewhere the OpenID provider gives them."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.asking import DataFolder, key_file
from services.cli.find import find_stack
from services.cli.output import JsonLines, Language, Output
from services.kernel.errors import Refused
from services.kernel.settings import from_environment
from services.kernel.tokens import Actor, Tokens

PERSON = "PERSON"


def register(app: typer.Typer) -> None:
    """Add the command to `jieli`."""
    app.command("token")(token)


def token(  # noqa: PLR0913, PLR0917 - a command line names its options
    role: Annotated[str, typer.Option("--role", help="角色 role, e.g. STATION_LEAD")],
    org: Annotated[str, typer.Option("--org", help="单位 organisation id; of a person their reference")],
    actor: Annotated[str | None, typer.Option("--actor", help="代号 pseudonym; else ROLE@ORG, of a person ORG")] = None,
    capacity: Annotated[str | None, typer.Option("--capacity", help="办理身份 acting capacity")] = None,
    data: DataFolder = None,
    json: JsonLines = False,
    lang: Language = "zh",
) -> None:
    """签发一个令牌。"""
    out = Output(json, lang)
    with out.guarding():
        stack = find_stack(data)
        if stack.data is None and not from_environment().local_access:
            raise Refused("local_access_off", "JIELI_OIDC_ISSUER")
        tokens = Tokens.from_file(key_file(stack.data))
    default = org if role == PERSON else f"{role.lower()}@{org}"
    issued = tokens.issue(Actor(actor or default, role, "" if role == PERSON else org, capacity))
    out.emit("token", token=issued, expires=tokens.expiry(issued))
    if not json:
        out.words(issued)
