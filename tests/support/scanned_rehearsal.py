"""`jieli rehearse` with each hub scanned before it ends; before the command stands the file of findings.

Every person gets a phone, an address and numbers of papers that nobody else has, so that finding one is no accident.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.app.stages import EmptyHubs
from services.cli import main
from services.rehearsal.cast import Player
from services.rehearsal.stage import Scene, Stage
from tests.support.scan.forms import Secret
from tests.support.scan.places import Stack
from tests.support.scan.scanning import SENSITIVE, scan, secrets_of
from tests.support.spans.sitecustomize import install

PLANTED = frozenset({"O", "C", "D"})
"""Numbers of orders, certificates and documents: class P3."""
EMPTY, IDENTITY, NUMBER = EmptyHubs.empty, Player.identity, Player.number


@dataclass(slots=True)
class Watching:
    """What must not be readable on the present hub, and what was found on all."""

    findings: Path
    spans: Path
    people: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    hubs: int = 0

    def identity(self, player: Player) -> dict[str, Any]:
        """As the player's own, with what is random."""
        key = player.serial, player.city
        if key not in self.people:
            street = f"合成路{secrets.randbelow(10**6):06}号"
            own = {"phone": f"000{secrets.randbelow(10**8):08}", "hukou_address": street, "residence_address": street}
            self.people[key] = IDENTITY(player) | own
        return dict(self.people[key])

    def number(self, player: Player, what: str) -> str:
        """A number of that kind, random where its class is P3."""
        if what not in PLANTED:
            return NUMBER(player, what)
        made = f"{what}-{secrets.token_hex(6).upper()}"
        self.numbers.add(made)
        return made

    @asynccontextmanager
    async def empty(self, hubs: EmptyHubs, scene: Scene) -> AsyncIterator[Stage]:
        """The hub as ever; looked through at its end."""
        self.people.clear()
        self.numbers.clear()
        async with EMPTY(hubs, scene) as stage:
            yield stage
            await self.look(stage)

    async def look(self, stage: Stage) -> None:
        """Scan, and write what was found as JSON lines, the number of hubs last."""
        line = stage.line
        stack = Stack(
            str(line["database_url"]), stage.kafka_bootstrap, stage.http, Path(str(line["data"])), (self.spans,)
        )
        found = await asyncio.wait_for(scan(stack, self.secrets()), 60)
        self.hubs += 1
        told = [{"place": each.place, "what": each.what, "form": each.form} for each in found]
        with self.findings.open("a", encoding="utf-8") as file:
            said = {"hub": self.hubs, "people": len(self.people), "numbers": len(self.numbers), "found": told}
            file.write(json.dumps(said) + "\n")

    def secrets(self) -> Iterator[Secret]:
        """What identifies the people of this hub, and the planted numbers."""
        for (serial, _), identity in self.people.items():
            yield from secrets_of(identity, str(serial))
        yield from (Secret(f"{SENSITIVE} number", number) for number in self.numbers)


def watch(findings: Path) -> None:
    """From here on every rehearsal's hub is scanned."""
    watching = Watching(findings, findings.with_suffix(".spans"))
    install(str(watching.spans))

    def empty(hubs: EmptyHubs, scene: Scene) -> AbstractAsyncContextManager[Stage]:
        return watching.empty(hubs, scene)

    def identity(player: Player) -> dict[str, Any]:
        return watching.identity(player)

    def number(player: Player, what: str) -> str:
        return watching.number(player, what)

    patch = pytest.MonkeyPatch()
    patch.setattr(EmptyHubs, "empty", empty)
    patch.setattr(Player, "identity", identity)
    patch.setattr(Player, "number", number)


if __name__ == "__main__":
    watch(Path(sys.argv.pop(1)))
    main()
