"""One person's way through the demo as the agencies around them see it: who acts, through which door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from services.demo.agenda import Agenda
from services.kernel.clock import SHANGHAI
from services.kernel.tokens import Actor
from services.outside.doors import Answer, Doors, Named
from services.reference.organisations import Organisations

MORNING, AFTERNOON = time(9), time(15)  # the morning begins with what is due at nine
OPS = Actor("demo-ops", "OPS", "", None)


def slot(day: date, hour: time = MORNING) -> datetime:
    """A working slot of a day in Shanghai time; the demo acts in two slots a day."""
    return datetime.combine(day, hour, SHANGHAI)


@dataclass(frozen=True, slots=True)
class Noticed:
    """What the centre's export says about one handover, without any identity."""

    notice_no: str
    centre: str
    planned_release: date
    basis: str
    order_expected: str
    residence: str


@dataclass(frozen=True, slots=True)
class Dice:
    """Chance of each of the three lives, so that it does not matter whose answer comes first."""

    centre: Random
    station: Random
    person: Random

    @classmethod
    def of(cls, seed: str) -> Dice:
        """The same seed throws the same dice."""
        return cls(*(Random(f"{seed}:{life}") for life in ("centre", "station", "person")))  # noqa: S311 - a story


@dataclass(slots=True)
class Case:
    """A handover under way; `station` answers for the person once it has accepted."""

    noticed: Noticed
    handover_id: str
    station: str
    doors: Doors
    agenda: Agenda
    network: Organisations
    dice: Dice
    released: bool = False

    @property
    def ordered(self) -> bool:
        """Whether the centre expects a community-rehabilitation order."""
        return self.noticed.order_expected == "Y"

    @property
    def residence_station(self) -> str:
        """The station of the street where the person will live; where that is unknown, the one that was asked."""
        found = self.network.station_of(self.noticed.residence)
        return found.org_id if found else self.station

    @property
    def neighbour(self) -> str:
        """Another station of the same district."""
        district = self.network.parents(self.station)[:1]
        near = [
            each.org_id
            for each in self.network.of_type("STN")
            if each.parent in district and each.org_id != self.station
        ]
        return self.dice.station.choice(near)

    @property
    def today(self) -> date:
        """The virtual day."""
        return self.agenda.now.date()

    async def by(self, role: str, org: str, kind: str, person: int = 1, **data: Any) -> Answer:  # noqa: ANN401  # event fields
        """One record in the name of the n-th synthetic employee of an organisation."""
        actor = Actor(f"{org}/{person}", role, org, None)
        return await self.doors.record(self.handover_id, kind, data, actor)

    async def lead(self, kind: str, **data: Any) -> Answer:  # noqa: ANN401  # event fields
        """The station's lead acts."""
        return await self.by("STATION_LEAD", self.station, kind, **data)

    async def worker(self, kind: str, **data: Any) -> Answer:  # noqa: ANN401  # event fields
        """The station's social worker acts."""
        return await self.by("WORKER", self.station, kind, 2, **data)

    async def district(self, kind: str, **data: Any) -> Answer:  # noqa: ANN401  # event fields
        """The lead of the station's district workstation acts."""
        return await self.by("DISTRICT_LEAD", self.station.split("-")[0], kind, **data)

    async def street(self, kind: str, person: int = 1, **data: Any) -> Answer:  # noqa: ANN401  # event fields
        """An officer of the station's street acts."""
        return await self.by("STREET_OFFICER", f"{self.station}-STREET", kind, person, **data)

    async def centre(self, kind: str, **data: Any) -> None:  # noqa: ANN401  # event fields
        """The detox centre publishes a fact about its own notice."""
        fact = {"notice_no": self.noticed.notice_no, **data}
        named = Named(self.noticed.centre, self.noticed.notice_no, kind)
        await self.doors.publish("detox", named, fact, self.agenda.now)

    async def decision_organ(self, kind: str, document: str, **data: Any) -> None:  # noqa: ANN401  # event fields
        """The decision organ publishes a fact, naming the person by the centre's notice."""
        organ = self.network.of_type("POLICE_DECISION")[0].org_id
        fact = {"source": self.noticed.centre, "notice_no": self.noticed.notice_no, **data}
        await self.doors.publish("authority", Named(organ, document, kind), fact, self.agenda.now)

    async def later(self, days: float, hour: time = MORNING) -> None:
        """Sleep whole days from today, until a working slot."""
        await self.agenda.until(slot(self.today + timedelta(days=int(days)), hour))
