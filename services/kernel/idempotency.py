"""Idempotency-Key on POST: the first answer is kept with the command's own transaction and given again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg
from fastapi import Request
from fastapi.responses import JSONResponse

from services.kernel.db import Connection
from services.kernel.errors import Refused, RetryTransaction
from services.kernel.tokens import Actor, Tokens

HEADER: Final = "idempotency-key"
LONGEST_KEY: Final = 200

RECALL: Final = "select request_hash, status, body from idempotency where key = $1 and actor = $2"
REMEMBER: Final = "insert into idempotency (key, actor, request_hash, status, body, at) values ($1, $2, $3, $4, $5, $6)"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request under one key: `digest` covers method, path and body. Both are keyed: either may name people."""

    key: str
    actor: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered; `body` is JSON-ready."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)

    def response(self) -> JSONResponse:
        """The answer as it goes out."""
        return JSONResponse(dict(self.body), self.status)


async def asked(request: Request, actor: Actor) -> Asked | None:
    """The key that a request carries, or None; refuses `invalid_data` for an empty or endless one."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refused("invalid_data", "Idempotency-Key", status=422)
    tokens: Tokens = request.app.state.tokens
    content = tokens.fingerprint(request.method.encode(), request.url.path.encode(), await request.body())
    return Asked(tokens.fingerprint(key.encode()), f"{actor.org}/{actor.name}", content)


async def recall(db: Connection, request: Asked | None) -> Answer | None:
    """The answer given before, or None; refuses `idempotency_key_reused` (422) for other content."""
    row = await db.fetchrow(RECALL, request.key, request.actor) if request else None
    if row is None or request is None:
        return None
    if row["request_hash"] != request.digest:
        raise Refused("idempotency_key_reused", status=422)
    return Answer(row["status"], row["body"])


async def remember(db: Connection, request: Asked | None, answer: Answer, now: datetime) -> None:
    """Keep an answer. The loser of two calls at once is redone in a new transaction and then recalls."""
    if request is None:
        return
    try:
        await db.execute(REMEMBER, request.key, request.actor, request.digest, answer.status, dict(answer.body), now)
    except asyncpg.UniqueViolationError as error:
        raise RetryTransaction(error.sqlstate) from error
