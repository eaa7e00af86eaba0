"""The whole run: every measurement in turn, so that no two share the machine; nothing is left behind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from services.bench.appending import appending
from services.bench.ground import Ground, ground
from services.bench.journaling import ingesting
from services.bench.machine import machine
from services.bench.reaching import reaching
from services.bench.relaying import relaying
from services.bench.rounds import Aim, Compared, Figures, Side, compared, interleaved
from services.bench.sizes import Sizes
from services.kernel.clock import SystemClock

APPEND_AIM: Final = Aim("ratio", 0.85)
RELAY_AIM: Final = Aim("ratio", 0.6)
LATENCY_AIM: Final = Aim("ours", 250.0)
NOTICES: Final = "notice_to_inbox"
APPENDS: Final[Sequence[tuple[str, bool, bool, Aim | None]]] = (  # name, sealed, inbox, aim
    ("append", False, False, APPEND_AIM),
    ("append_sealed", True, False, None),
    ("append_with_inbox", False, True, None),
)


class Sides(Protocol):
    """A measurement that is ready to go."""

    async def ours(self, number: int) -> Figures:
        """One round of ours."""
        ...

    async def raw(self, number: int) -> Figures:
        """One round of the raw counterpart."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """How one is set up, and the figures that it gives with what each should reach."""

    name: str
    unit: str
    ready: Callable[[], AbstractAsyncContextManager[Sides]]
    figures: Sequence[tuple[str, Aim | None]]

    async def taken(self, rounds: int) -> list[Compared]:
        """All its figures."""
        async with self.ready() as sides:
            ours: Side = sides.ours
            took = await interleaved(ours, sides.raw, rounds)
        return [compared(name, self.unit, took, aim) for name, aim in self.figures]


@dataclass(slots=True)
class Run:
    """One run over a folder of its own. `machine` is known once the first figure is there."""

    folder: Path
    sizes: Sizes
    tell: Callable[[str], None]
    machine: dict[str, object]

    async def figures(self) -> AsyncIterator[Compared]:
        """Every figure as soon as it is there; `tell` hears the name of what is measured next."""
        async with ground(self.folder / "ground") as stack:
            self.machine.update(await machine(stack))
            for each in on_ground(stack, self.sizes):
                for figure in await self._taken(each):
                    yield figure
        for figure in await self._taken(notices(self.folder, self.sizes)):
            yield figure

    async def _taken(self, measurement: Measurement) -> list[Compared]:
        self.tell(measurement.name)
        return await measurement.taken(self.sizes.rounds)


def on_ground(stack: Ground, sizes: Sizes) -> Iterator[Measurement]:
    """What needs a database and a broker only."""
    for name, sealed, inbox, aim in APPENDS:
        ready = partial(appending, name, stack, sizes, sealed=sealed, inbox=inbox)
        yield Measurement(name=name, unit="tx/s", ready=ready, figures=[(name, aim)])
    yield Measurement(
        name="relay", unit="events/s", ready=partial(relaying, stack, sizes), figures=[("relay", RELAY_AIM)]
    )
    yield Measurement(
        name="ingest_to_journal",
        unit="events/s",
        ready=partial(ingesting, stack, sizes),
        figures=[("ingest_to_journal", None)],
    )


def notices(folder: Path, sizes: Sizes) -> Measurement:
    """What needs the whole hub."""
    figures = [(f"{NOTICES}_p50", None), (f"{NOTICES}_p99", LATENCY_AIM), (f"{NOTICES}_max", None)]
    return Measurement(name=NOTICES, unit="ms", ready=partial(reaching, folder, sizes, SystemClock()), figures=figures)
