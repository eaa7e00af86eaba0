"""Made-up notices as a centre posts them, each of another person, spread over the streets of the sample city."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from services.intake.domain.resident_id import check_character
from services.reference.organisations import load_city

CITY: Final = "a"
CENTRE: Final = "A-CENTRE-1"
IN_DAYS: Final = 20
BORN: Final = date(1970, 1, 1)
A_DAY: Final = 900  # people born on one day


class Notices:
    """Endless; `run` keeps the numbers of one run apart from those of another."""

    def __init__(self, today: date, run: str) -> None:
        stations = load_city(CITY).of_type("STN")
        self._streets = sorted(station.division for station in stations)
        self._release = (today + timedelta(days=IN_DAYS)).isoformat()
        self._run = run
        self._made = 0

    def next(self) -> dict[str, Any]:
        """The body of one more notice."""
        self._made += 1
        number = self._made
        street = self._streets[number % len(self._streets)]
        return {
            "notice_no": f"SYN-{self._run}-{number:06d}",
            "revision": "1",
            "centre_id": CENTRE,
            "episode_no": "1",
            "planned_release_date": self._release,
            "order_expected": "Y",
            "basis": "ORDER",
            "hukou_div": street,
            "residence_div": street,
            "identity": identity(number, street),
        }


def identity(number: int, street: str) -> dict[str, str]:
    """A person whom nobody can be: place code 00, phone 000 (specification §5.1)."""
    born = BORN + timedelta(days=number // A_DAY)
    seventeen = f"{street[:6]}{born:%Y%m%d}{number % A_DAY:03d}"
    return {
        "name": f"合成甲{number:06d}",
        "sex": "M",
        "resident_id": seventeen + check_character(seventeen),
        "phone": f"000{number:08d}",
        "hukou_address": f"合成路{number}号",
        "residence_address": f"合成路{number}号",
    }
