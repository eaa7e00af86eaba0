"""A story file read: every key, event and field known, every instant in order, or BadStory with file and line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml

from services.kernel.clock import SHANGHAI
from services.kernel.errors import InvalidInput
from services.reference.organisations import Organisations, load_city
from services.reference.policy import load_policy
from services.reference.policy_file import examine
from services.rehearsal import lines
from services.rehearsal.expectations import read_expectations
from services.rehearsal.lines import Value
from services.rehearsal.periods import later
from services.rehearsal.records import read_record
from services.rehearsal.stage import Scene
from services.rehearsal.story import BadStory, Person, Record, Step, Story

CITIES: Final = ("a", "b")
TRACKS: Final = ("ORDERED", "VOLUNTARY", "PRISON")
SEXES: Final = ("M", "F")


def read_story(file: Path) -> Story:
    """The story of a file. Raises BadStory; OSError where there is no such file."""
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadStory(str(file), 1, "not_yaml", what="UTF-8") from error
    return story_of(str(file), text)


def story_of(file: str, text: str) -> Story:
    """The same from the file's text."""
    said = lines.read(file, text).fields(("start", "people", "steps"), ("name", "name_en", "city", "policy"))
    scene = _scene(said)
    network = directory(scene.city)
    people = {name: _person(name, value, network) for name, value in said["people"].fields().items()}
    name = said["name"].text() if "name" in said else Path(file).stem
    return Story(
        file=file,
        names={"zh": name, "en": said["name_en"].text() if "name_en" in said else name},
        scene=scene,
        people=people,
        steps=_steps(said["steps"], scene, people),
    )


@cache
def directory(city: str) -> Organisations:
    """The organisations of a sample city."""
    return load_city(city)


def _scene(said: Mapping[str, Value]) -> Scene:
    name: Literal["a", "b"] = "b" if "city" in said and _among(said["city"], CITIES) == "b" else "a"
    return Scene(_instant(said["start"]), name, _policy(said["policy"]) if "policy" in said else {})


def _policy(said: Value) -> dict[str, str | int]:
    """Values by key, each within the bounds of the law."""
    found: dict[str, str | int] = {}
    for name, value in said.fields().items():
        if isinstance(value.content, bool) or not isinstance(value.content, str | int):
            raise value.wrong("text_wanted")
        for fault in examine(yaml.safe_dump({name: value.content}), load_policy()).faults:
            raise value.wrong(fault.code, fault)
        found[name] = value.content
    return found


def _person(name: str, said: Value, network: Organisations) -> Person:
    given = Value(said.file, said.line, {}) if said.content is None else said
    own = given.fields((), ("track", "hukou", "residence", "sex"))
    hukou = _place(own["hukou"], network) if "hukou" in own else None
    residence = _place(own["residence"], network) if "residence" in own else None
    first = network.of_type("STN")[0].division
    return Person(
        name=name,
        track=_among(own["track"], TRACKS) if "track" in own else "VOLUNTARY",
        hukou=next(place for place in (hukou, residence, first) if place is not None),
        residence=next(place for place in (residence, hukou, first) if place is not None),
        sex="F" if "sex" in own and _among(own["sex"], SEXES) == "F" else "M",
    )


def _place(said: Value, network: Organisations) -> str:
    """A street by its code or by an organisation there; nothing where it is unknown."""
    if said.content is None:
        return ""
    text = said.text()
    found = network.get(text)
    if found is None and not (text.isdecimal() and len(text) == len(network.of_type("STN")[0].division)):
        raise said.wrong("place_unknown", name=text)
    return found.division if found else text


def _among(said: Value, choices: tuple[str, ...]) -> str:
    if said.content not in choices:
        raise said.wrong("one_of", choices=" ".join(choices))
    return str(said.content)


def _steps(said: Value, scene: Scene, people: Mapping[str, Person]) -> tuple[Step, ...]:
    network = directory(scene.city)
    found: list[Step] = []
    now = scene.start
    for number, value in enumerate(said.items(), start=1):
        own = value.fields((), ("at", "after", "expect", *RECORD_KEYS))
        now = _when(value, own, now)
        record = read_record(value, own, people, network) if "record" in own else _nothing(own)
        expect = read_expectations(own["expect"], people, network) if "expect" in own else ()
        found.append(Step(number=number, at=now, record=record, expect=expect))
    return tuple(found)


def _nothing(own: Mapping[str, Value]) -> Record | None:
    """A step without a record has none of a record's keys."""
    for name in own.keys() & set(RECORD_KEYS):
        raise own[name].wrong("key_unknown", name=name)
    return None


def _when(step: Value, own: Mapping[str, Value], now: datetime) -> datetime:
    if "at" in own and "after" in own:
        raise step.wrong("at_or_after")
    if "after" in own:
        return _later(own["after"], now)
    instant = _instant(own["at"]) if "at" in own else now
    if instant < now:
        raise own["at"].wrong("clock_backwards", now=now.isoformat())
    return instant


def _later(said: Value, now: datetime) -> datetime:
    try:
        return later(now, said.text())
    except InvalidInput as wrong:
        raise said.wrong("period_wanted") from wrong


def _instant(said: Value) -> datetime:
    try:
        found = datetime.fromisoformat(said.text())
    except ValueError as wrong:
        raise said.wrong("instant_wanted") from wrong
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)


RECORD_KEYS: Final = ("record", "for", "by", "data", "officials", "refused", "srcseq")
