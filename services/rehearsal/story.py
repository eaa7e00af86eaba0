"""A story as data: who is in it, what happens when, and what is expected of the hub then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.kernel.errors import JieliError
from services.reference.policy_bounds import Fault
from services.rehearsal.stage import Scene


class BadStory(JieliError):
    """A file that cannot be played. `code`, `values` or `fault` find the words; the text says file and line."""

    def __init__(self, file: str, line: int, code: str, fault: Fault | None = None, **values: object) -> None:
        super().__init__(f"{file}:{line}: {code} {values}" if values else f"{file}:{line}: {code}")
        self.place = f"{file}:{line}"
        self.code = code
        self.fault = fault
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody synthetic. `hukou`, `residence`: nine-digit street codes, empty where none is known."""

    name: str
    track: str
    hukou: str
    residence: str
    sex: Literal["M", "F"]


@dataclass(frozen=True, slots=True)
class By:
    """Who acts. An `actor` left out is a synthetic employee of the organisation."""

    role: str
    org: str
    actor: str = ""
    capacity: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A fact or decision that becomes known. `refused`: the code that is expected instead of its being taken."""

    name: str
    person: str
    by: By
    data: Mapping[str, Any]
    officials: tuple[str, ...]
    refused: str | None
    srcseq: int | None


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at a person and sees exactly these disclosure groups; a masked one counts."""

    by: By
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one line; `line` chooses it among those of that name, by track and organisation."""

    name: str
    line: Mapping[str, str]
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Expected:
    """One part of what is expected: which check, of whom or what, and the value."""

    check: str
    of: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens at one instant; its number counts from 1."""

    number: int
    at: datetime
    record: Record | None
    expect: tuple[Expected, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A file's content. `names`: by language."""

    file: str
    names: Mapping[str, str]
    scene: Scene
    people: Mapping[str, Person]
    steps: tuple[Step, ...]
