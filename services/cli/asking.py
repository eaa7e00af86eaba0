"""A running stack asked over HTTP, with a token made from its own key or got from its provider."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import httpx
import typer

from services.cli.find import Stack, find_stack
from services.embedded.folder import SECRETS
from services.kernel.errors import Refused, Unavailable
from services.kernel.settings import from_environment
from services.kernel.tokens import Actor, Tokens

DataFolder = Annotated[Path | None, typer.Option("--data", help="数据目录 folder of a running stack")]
PATIENCE: Final = 30.0  # seconds
PAGES: Final = "1000"
TOKEN_KEY: Final = "token-key"  # noqa: S105 - the name of a file


def key_file(stack_data: Path | None) -> Path:
    """The key that signs tokens here; Refused `no_token_key` where none is at hand."""
    named = from_environment().token_key_file
    path = named or (stack_data / SECRETS / TOKEN_KEY if stack_data else None)
    if path is None or not path.is_file():
        raise Refused("no_token_key", "JIELI_TOKEN_KEY_FILE")
    return path


def token_of(stack: Stack, actor: Actor) -> str:
    """The provider's token in the file that the setting names; without one, a token of this stack for that actor.

    Refused `no_token_key` where neither is at hand.
    """
    file = from_environment().bearer_file
    if file is None:
        return Tokens.from_file(key_file(stack.data)).issue(actor)
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        raise Refused("no_token_key", "JIELI_BEARER_FILE") from None


class Hub:
    """One stack, asked in one actor's name and in one language."""

    def __init__(self, stack: Stack, actor: Actor, lang: str, patience: float = PATIENCE) -> None:
        headers = {"Authorization": f"Bearer {token_of(stack, actor)}", "Accept-Language": lang}
        self._http = httpx.Client(base_url=f"{stack.http}/api/v1", headers=headers, timeout=patience)

    @classmethod
    def found(cls, data: Path | None, role: str, lang: str, patience: float = PATIENCE) -> Hub:
        """The stack that `data` or the environment means, asked by this command line in a role.

        `patience`: seconds to wait for an answer.
        """
        return cls.asked_by(data, Actor("cli", role, ""), lang, patience)

    @classmethod
    def asked_by(cls, data: Path | None, actor: Actor, lang: str, patience: float = PATIENCE) -> Hub:
        """The same, asked in the name of somebody."""
        stack = find_stack(data)
        if not stack.http:
            raise Refused("no_stack", "JIELI_HTTP_PORT")
        return cls(stack, actor, lang, patience)

    def get(self, path: str, **params: str) -> dict[str, Any]:
        """The answer's body; Refused with the answer's code, Unavailable where nobody answers."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any] | None = None, key: str = "") -> dict[str, Any]:
        """As `get`, with a JSON body. `key`: of a request that may be sent again."""
        return self._ask("POST", path, json=body or {}, headers={"Idempotency-Key": key} if key else {})

    def all_items(self, path: str, **params: str) -> list[dict[str, Any]]:
        """The items of all pages."""
        page = self.get(path, limit=PAGES, **params)
        items = list(page["items"])
        while page["next"] is not None:
            page = self.get(path, limit=PAGES, after=page["next"], **params)
            items += page["items"]
        return items

    def _ask(self, method: str, path: str, **how: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's own arguments
        try:
            answer = self._http.request(method, path, **how)
        except httpx.TransportError as error:
            raise Unavailable(str(self._http.base_url)) from error
        body: dict[str, Any] = answer.json()
        if answer.is_error:
            raise Refused(body.get("code", str(answer.status_code)), said(body), answer.status_code)
        return body


def said(body: dict[str, Any]) -> str:
    """A problem's title and detail in one line."""
    return ": ".join(str(part) for part in (body.get("title"), body.get("detail")) if part)
