"""What was expected beside what is so, one leaf at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from schemas.groups import GROUPS
from schemas.topics import hub_topics, outward_topics
from services.rehearsal.acting import AUDITOR, OPS, Company, actor_of
from services.rehearsal.cast import Player
from services.rehearsal.expectations import TOTAL
from services.rehearsal.hearing import Heard
from services.rehearsal.story import Expected, Figure

PAGE: Final = "1000"
ORDERED: Final = "ORDERED"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One expectation. `path` as in the file, such as `p1.state`."""

    path: str
    expected: Any
    actual: Any

    @property
    def ok(self) -> bool:
        """Whether it held."""
        return bool(self.expected == self.actual)


@dataclass(frozen=True, slots=True)
class Checker:
    """Looks at the hub as it stands. `players`: the story's own people by name; `shared`: others play here too."""

    company: Company
    players: Mapping[str, Player]
    shared: bool

    async def leaves(self, expected: Sequence[Expected]) -> AsyncIterator[Leaf]:
        """All leaves, in the order of the file."""
        await self.company.heard.catch_up()
        views = {one.of: await self._view(one.of) for one in expected if one.check not in CHECKS}
        for one in expected:
            if one.check in CHECKS:
                for leaf in await CHECKS[one.check](self, one):
                    yield leaf
            else:
                yield Leaf(f"{one.of}.{one.check}", one.value, views[one.of].get(one.check))

    async def events(self, one: Expected) -> list[Leaf]:
        """How many events of a name the hub published about somebody."""
        person, _, name = one.of.partition(".")
        about = self.players[person].person_ref
        records = self.company.heard.of([topic.name for topic in hub_topics()])
        ids = {each.headers.get("ce_id") for each in records if each.key == about and each.name == name}
        return [Leaf(f"events.{one.of}", one.value, len(ids))]

    async def order(self, one: Expected) -> list[Leaf]:
        """The named events, in that order, others may stand between; else how far it was so."""
        names = await timeline(self.company, self.players[one.of])
        found: list[str] = []
        for name in (item["type"] for item in names):
            if len(found) < len(one.value) and name == one.value[len(found)]:
                found.append(name)
        return [Leaf(f"order.{one.of}", one.value, found)]

    async def parked(self, one: Expected) -> list[Leaf]:
        """How many messages are set aside or blocked, in all or for a reason."""
        items = (await self.company.doors.get("/api/v1/parked", OPS))["items"]
        own = [item for item in items if self._ours(str(item["key"]))]
        reasons = Counter(item["reason"] for item in own)
        return [Leaf(f"parked.{one.of}", one.value, len(own) if one.of == TOTAL else reasons[one.of])]

    async def topics(self, one: Expected) -> list[Leaf]:
        """How many messages a topic holds."""
        return [Leaf(f"topics.{one.of}", one.value, len(self._on(one.of)))]

    async def absent(self, one: Expected) -> list[Leaf]:
        """Which of the strings a topic does hold: none."""
        records = self._on(one.of)
        found = [text for text in one.value if any(each.mentions(text) for each in records)]
        return [Leaf(f"absent.{one.of}", [], found)]

    async def sees(self, one: Expected) -> list[Leaf]:
        """Which groups of a person somebody sees now; nobody sees any of a person whom the hub does not know."""
        player, look = self.players[one.of], one.value
        await self.company.find(player)
        found: list[str] = []
        if player.person_ref:
            path = f"/api/v1/people/{player.person_ref}/groups"
            found = (await self.company.doors.get(path, actor_of(look.by, player)))["groups"]
        return [Leaf(f"sees.{one.of}.groups", sorted(look.groups, key=GROUPS.index), found)]

    async def kpi(self, one: Expected) -> list[Leaf]:
        """One figure of everything that was released so far; nothing where there is no such line."""
        wanted: Figure = one.value
        items = (await self.company.doors.get("/api/v1/kpi", OPS))["items"]
        line: Mapping[str, Any] = next(
            (item for item in items if item["kpi"] == wanted.name and _chosen(item, wanted.line)), {}
        )
        return [Leaf(f"kpi.{one.of}", wanted.value, line.get(wanted.field))]

    async def verify(self, one: Expected) -> list[Leaf]:
        """Whether everything built from zero is as what stands, and nothing was sent outward meanwhile."""
        outward = [topic.name for topic in outward_topics()]
        before = len(self.company.heard.of(outward))
        answer = await self.company.doors.post("/api/v1/verify", {}, OPS)
        await self.company.quiet()
        await self.company.heard.catch_up()
        sent = len(self.company.heard.of(outward)) - before
        return [Leaf("verify", one.value, answer.is_success and answer.json()["equal"] and not sent)]

    async def _view(self, person: str) -> dict[str, Any]:
        found = await self.company.handover(self.players[person]) or {}
        return found | {"timers": sorted({each["name"] for each in found.get("timers", ())})}

    def _on(self, topic: str) -> list[Heard]:
        """A topic's records; on a shared stage those that speak of the story's own people."""
        found = self.company.heard.of([topic])
        return [each for each in found if self._ours(each.key, each.body)]

    def _ours(self, *texts: str) -> bool:
        names = [name for player in self.players.values() for name in (player.person_ref, *player.numbers) if name]
        return not self.shared or any(name in text for name in names for text in texts)


def _chosen(item: Mapping[str, Any], line: Mapping[str, str]) -> bool:
    """Whether a line of figures is the one that was meant."""
    track = item.get("track") in {None, line.get("track", ORDERED)}
    return track and (item["org"] == line["org"] if "org" in line else bool(item.get("city", True)))


async def timeline(company: Company, player: Player) -> list[dict[str, Any]]:
    """All facts about somebody, in words too."""
    await company.find(player)
    if not player.person_ref:
        return []
    answer = await company.doors.ask(f"/api/v1/people/{player.person_ref}/timeline", AUDITOR, limit=PAGE)
    found: list[dict[str, Any]] = answer.json()["items"] if answer.is_success else []
    return found


CHECKS: Final[Mapping[str, Callable[[Checker, Expected], Awaitable[list[Leaf]]]]] = {
    "events": Checker.events,
    "order": Checker.order,
    "parked": Checker.parked,
    "topics": Checker.topics,
    "absent": Checker.absent,
    "kpi": Checker.kpi,
    "verify": Checker.verify,
    "sees": Checker.sees,
}
