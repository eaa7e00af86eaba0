"""The hub's public doors as an outsider uses them: HTTP with a bearer token, ingress topics with CloudEvents."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx
from aiokafka import AIOKafkaProducer

from services.kernel.ids import Ids
from services.kernel.tokens import Actor, Tokens

TOGETHER = 6  # requests under way at once: the hub of a demo is one process
INGRESS = {"detox": "in.detox.v1", "authority": "in.authority.v1"}
OK = (200, 202)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hub answered to one record: its state after, or the refusal's code."""

    accepted: bool
    code: str
    state: str


@dataclass(frozen=True, slots=True)
class Named:
    """Which fact it is: of which organisation, under which number of theirs, of which type."""

    org: str
    number: str
    kind: str


@dataclass(slots=True)
class Doors:
    """One client of everything public. `refused` counts what the hub refused, by code."""

    http: httpx.AsyncClient
    producer: AIOKafkaProducer
    tokens: Tokens
    ids: Ids
    lang: str = "zh"
    refused: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TOGETHER))
    _bearers: dict[Actor, str] = field(default_factory=dict)

    async def record(self, handover_id: str, kind: str, data: dict[str, Any], actor: Actor) -> Answer:
        """POST one record about a handover in an actor's name."""
        answer = await self.post(f"/api/v1/handovers/{handover_id}/records", {"type": kind, "data": data}, actor)
        body = answer.json()
        if answer.status_code in OK:
            return Answer(accepted=True, code="", state=body.get("state", ""))
        code = body.get("code", str(answer.status_code))
        self.refused[code] = self.refused.get(code, 0) + 1
        return Answer(accepted=False, code=code, state="")

    async def post(self, path: str, body: dict[str, Any], actor: Actor) -> httpx.Response:
        """POST JSON with a fresh idempotency key."""
        self.sent += 1
        headers = self._headers(actor) | {"Idempotency-Key": self.ids.new()}
        async with self._gate:
            return await self.http.post(path, json=body, headers=headers)

    async def ask(self, path: str, actor: Actor, **query: str) -> httpx.Response:
        """GET, whatever the answer."""
        async with self._gate:
            return await self.http.get(path, params=query, headers=self._headers(actor))

    async def get(self, path: str, actor: Actor, **query: str) -> Any:  # noqa: ANN401  # JSON of the asked route
        """GET JSON; raises httpx.HTTPStatusError where the hub says no."""
        answer = await self.ask(path, actor, **query)
        answer.raise_for_status()
        return answer.json()

    async def publish(
        self, door: str, named: Named, data: dict[str, Any], at: datetime, srcseq: int | None = None
    ) -> str:
        """Publish a centre's or an authority's fact on its ingress topic, keyed `org/number`; gives its message id."""
        self.sent += 1
        attributes = {
            "ce_specversion": "1.0",
            "ce_id": self.ids.new(),
            "ce_source": named.org,
            "ce_type": f"cn.aftercare.intake.{named.kind}.v1",
            "ce_time": at.isoformat(),
            "content-type": "application/json",
        } | ({} if srcseq is None else {"ce_srcseq": str(srcseq)})
        headers = [(name, text.encode()) for name, text in attributes.items()]
        body = json.dumps(data, ensure_ascii=False).encode()
        await self.producer.send_and_wait(
            INGRESS[door], body, key=f"{named.org}/{named.number}".encode(), headers=headers
        )
        return attributes["ce_id"]

    def _headers(self, actor: Actor) -> dict[str, str]:
        if actor not in self._bearers:
            self._bearers[actor] = self.tokens.issue(actor)
        return {"Authorization": f"Bearer {self._bearers[actor]}", "Accept-Language": self.lang}
