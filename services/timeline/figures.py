"""The figures of a period as the API gives them: K-01 by city and district, K-17 by centre; small cells are hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.kernel.clock import Clock
from services.kernel.db import Connection
from services.reference.calendar_years import Calendars
from services.reference.organisations import Organisations
from services.reference.policies import Policies
from services.timeline.domain.cube import TRACKS, Cell, Reading, cell, judge, percent
from services.timeline.domain.kpi_case import Case
from services.timeline.domain.notice_quality import Notice, by_centre
from services.timeline.domain.small_cells import hidden, revealing, shown, veiled
from services.timeline.projections import kpi

RATES: Final = {"K-01a": False, "K-01b": True}
TARGET: Final = "report.target.voluntary"
Line = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What figures are worked out with; policy and calendar are those of today."""

    directory: Organisations
    policies: Policies
    calendars: Calendars
    clock: Clock

    @property
    def least(self) -> int:
        """The smallest count that may be shown."""
        return self.policies.current.count("kpi.min_cell")

    async def of(self, db: Connection, start: date, end: date) -> list[Line]:
        """All lines for releases and notices in [start, end)."""
        cases = await kpi.released_in(db, start, end)
        notices = await kpi.received_in(db, start, end)
        return [*self.report_rates(cases), *self._qualities(notices)]

    def report_rates(self, cases: Sequence[Case]) -> Iterator[Line]:
        """K-01a in time and K-01b ever, for each track: the city, then its districts."""
        places = self._places(cases)
        term = self.policies.current.term("kpi.ever_reported_within")
        reading = Reading(self.clock.now(), term, self.calendars.current)
        for name, ever in RATES.items():
            for track in TRACKS:
                cells = {place: cell((judge(c, track, reading) for c in each), ever=ever) for place, each in places}
                yield from self._lines({"kpi": name, "track": track} | self._target(track), cells)

    def _places(self, cases: Sequence[Case]) -> list[tuple[str, list[Case]]]:
        """The city with everybody, then each district with those for whom it or a station of it now answers."""
        found: dict[str, list[Case]] = {district.org_id: [] for district in self.directory.of_type("DWS")}
        for case in cases:
            for place in set(self.directory.parents(case.place.station)) & set(found):
                found[place].append(case)
        return [(self.directory.city().org_id, list(cases)), *found.items()]

    def _target(self, track: str) -> Line:
        return {} if track == "ORDERED" else {"target": str(self.policies.current.key(TARGET).value)}

    def _lines(self, head: Line, cells: Mapping[str, Cell]) -> Iterator[Line]:
        city, *districts = cells
        reasons = sorted({reason for each in cells.values() for reason in each.excluded})
        small = {what: self._hidden(cells, districts, what) for what in ("den", "unknown", "open", "excused_late")}
        rates = {district: (cells[district].num, cells[district].den) for district in districts}
        small["num"] = veiled(rates, small["den"], self.least)
        gone = {reason: hidden({d: cells[d].excluded[reason] for d in districts}, self.least) for reason in reasons}
        for place, one in cells.items():
            excluded = {
                reason: None if place in gone[reason] else shown(one.excluded[reason], self.least)
                for reason in reasons
                if one.excluded[reason]
            }
            yield {**head, "org": place, "city": place == city, **self._cell(one, place, small), "excluded": excluded}

    def _hidden(self, cells: Mapping[str, Cell], districts: Iterable[str], what: str) -> frozenset[str]:
        return hidden({district: getattr(cells[district], what) for district in districts}, self.least)

    def _cell(self, one: Cell, place: str, small: Mapping[str, frozenset[str]]) -> Line:
        counts = {
            what: None if place in gone else shown(getattr(one, what), self.least) for what, gone in small.items()
        }
        suppressed = place in small["num"] or revealing(one.num, one.den, self.least)
        told = {"num": None, "rate": None} if suppressed else {"num": one.num, "rate": one.rate}
        return {**counts, **told, "suppressed": suppressed}

    def _qualities(self, notices: Iterable[Notice]) -> Iterator[Line]:
        lead = self.policies.current.term("notice.local_before_release")
        for centre, found in by_centre(notices, lead, self.calendars.current).items():
            den, unknown = shown(found.den, self.least), shown(found.unknown, self.least)
            suppressed = revealing(found.num, found.den, self.least)
            rate = {"num": found.num, "late": found.late, "rate": percent(found.num, found.den)}
            told = dict.fromkeys(rate) if suppressed else rate
            corrected = None if den is None else found.corrected
            head = {"kpi": "K-17", "org": centre, "den": den, "unknown": unknown, "corrected": corrected}
            yield {**head, **told, "suppressed": suppressed}
