"""The people of a story as they are played: who they are, and what has been said about them so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any, Final

from services.intake.domain.resident_id import check_character
from services.rehearsal.story import Person, Story

A_DAY: Final = 500  # people of one sex who may be born on one day
CITIES: Final = {"a": "甲", "b": "乙"}


@dataclass(frozen=True, slots=True)
class Notice:
    """What a centre last said of one release."""

    number: str
    revision: int
    planned: date


@dataclass(slots=True)
class Player:
    """One person under way. `notices`: by centre; `numbers`: of all papers that speak of this person alone."""

    person: Person
    city: str
    serial: int
    person_ref: str = ""
    messages: set[str] = field(default_factory=set)
    notices: dict[str, Notice] = field(default_factory=dict)
    order_no: str = ""
    consent_id: str = ""
    visit_id: str = ""
    dispute_no: str = ""
    asked_no: str = ""
    told: int = 0
    numbers: set[str] = field(default_factory=set)
    _count: int = 0

    @property
    def tag(self) -> str:
        """Part of every number made up for this person, theirs alone among all who play together."""
        return f"{self.serial:04}"

    def number(self, what: str) -> str:
        """A fresh number of that kind."""
        self._count += 1
        return f"SYN-{what}-{self.tag}-{self._count}"

    def identity(self) -> dict[str, Any]:
        """Who it is, in clear; synthetic in every part (specification §5.1)."""
        odd = 0 if self.person.sex == "F" else 1
        born = f"19{90 - self.serial // A_DAY:02}0307"
        seventeen = f"000101{born}{2 * (self.serial % A_DAY) + odd:03}"
        return {
            "name": f"合成{CITIES[self.city]}{self.tag}",
            "sex": self.person.sex,
            "resident_id": seventeen + check_character(seventeen),
            "phone": f"000{self.serial:08}",
            "hukou_div": self.person.hukou,
            "hukou_address": f"{CITIES[self.city]}市合成路{self.serial}号",
            "residence_div": self.person.residence,
            "residence_address": f"{CITIES[self.city]}市合成路{self.serial}号",
        }


def cast_of(stories: Sequence[Story]) -> list[dict[str, Player]]:
    """For each story its players by name; no two of them are alike."""
    serial = count(1)
    return [
        {name: Player(person, story.scene.city, next(serial)) for name, person in story.people.items()}
        for story in stories
    ]
