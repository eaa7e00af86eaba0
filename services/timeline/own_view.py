"""What the person reads beyond what others do: why a level was set, and which right they have at a fact (A-30)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas import registry
from schemas.casework import SupportLevelSet
from schemas.groups import WHO_LOOKED
from schemas.sealed import Clear
from services.kernel.errors import SetAside
from services.kernel.words import Sealer
from services.timeline.projections.person_timeline import Item
from services.timeline.summaries import Summaries

LEVEL: Final = SupportLevelSet.__name__
CONTEST: Final = ("CONTEST_LEVEL",)
CORRECT: Final = ("CORRECT",)


@dataclass(frozen=True, slots=True)
class OwnView:
    """Opens for the person alone what is sealed from everybody else on a timeline."""

    sealer: Sealer
    summaries: Summaries

    async def reasons(self, item: Item, lang: str) -> str:
        """The level with its reasons in words (specification §3.9: ● + reason); empty for any other fact."""
        if item.name != LEVEL:
            return ""
        event = registry.load(item.type, item.data)
        try:
            opened = await self.sealer.open(event, item.event_id)
        except SetAside:
            return ""
        if not isinstance(opened, SupportLevelSet):
            return ""
        given = opened.reason_codes.value if isinstance(opened.reason_codes, Clear) else ()
        said = [self.summaries.rule(code, lang) for code in given]
        values = {"level": self.summaries.word(opened.level, lang)} | (
            {"reasons": self.summaries.listed(said, lang)} if said else {}
        )
        return self.summaries.part("own.level", values, lang)


def rights_at(name: str) -> tuple[str, ...]:
    """Which request the person may file about a fact of that name."""
    if name in WHO_LOOKED:
        return ()
    return CONTEST if name == LEVEL else CORRECT
