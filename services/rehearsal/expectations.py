"""What may be expected, read: the keys of `expect` and the values each of them takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from schemas.groups import GROUPS
from schemas.registry import CURRENT
from schemas.topics import AGENCIES, TOPICS
from services.kernel.errors import REASONS
from services.reference.organisations import Organisations
from services.rehearsal.lines import Value
from services.rehearsal.records import read_by
from services.rehearsal.story import Expected, Figure, Look, Person

VIEW: Final = (
    *("state", "track", "station", "accountable", "level", "late", "deadline", "deadline_rev"),
    *("timers", "version", "episode"),
)
SEES: Final = "sees"
FIGURES: Final = ("K-01a", "K-01b", "K-17")
CHOOSING: Final = ("track", "org")
FIGURE: Final = ("num", "den", "excluded", "unknown", "open", "excused_late", "late", "corrected", "rate", "suppressed")
TOTAL: Final = "total"
LATER: Final = frozenset(f"out.{agency}.v1" for agency in AGENCIES)
"""Topics that the catalogue has once their agencies have their gateways; nothing is on them before."""
People: TypeAlias = Mapping[str, Person]
Read: TypeAlias = Callable[[Value, People], Iterator[Expected]]


def read_expectations(said: Value, people: People, network: Organisations) -> tuple[Expected, ...]:
    """All parts of an `expect`. Raises BadStory."""
    found: list[Expected] = []
    for name, value in said.fields().items():
        if name in people:
            found += _view(name, value)
        elif name == SEES:
            found += _sees(value, people, network)
        elif name in CHECKS:
            found += CHECKS[name](value, people)
        else:
            raise value.wrong("key_unknown", name=name)
    return tuple(found)


def _view(person: str, said: Value) -> Iterator[Expected]:
    for field, value in said.fields((), VIEW).items():
        yield Expected(field, person, sorted(value.texts()) if field == "timers" else value.plain())


def _events(said: Value, people: People) -> Iterator[Expected]:
    for person, events in _of_people(said, people):
        for event, number in events.fields().items():
            yield Expected("events", f"{person}.{_event(number, event)}", number.number())


def _order(said: Value, people: People) -> Iterator[Expected]:
    for person, events in _of_people(said, people):
        yield Expected("order", person, [_event(each, each.text()) for each in events.items()])


def _parked(said: Value, _: People) -> Iterator[Expected]:
    for reason, number in said.fields((), (TOTAL, *sorted(REASONS))).items():
        yield Expected("parked", reason, number.number())


def _topics(said: Value, _: People) -> Iterator[Expected]:
    for topic, number in said.fields().items():
        yield Expected("topics", _topic(number, topic), number.number())


def _absent(said: Value, _: People) -> Iterator[Expected]:
    for topic, strings in said.fields().items():
        yield Expected("absent", _topic(strings, topic), list(strings.texts()))


def _kpi(said: Value, _: People) -> Iterator[Expected]:
    """`track` and `org` choose the line; without them it is that of the city, of ordered people."""
    for name, value in said.fields((), FIGURES).items():
        own = value.fields((), (*CHOOSING, *FIGURE))
        line: dict[str, str] = {field: own[field].text() for field in CHOOSING if field in own}
        for field in own.keys() - set(CHOOSING):
            yield Expected("kpi", f"{name}.{field}", Figure(name, line, field, own[field].plain()))


def _verify(said: Value, _: People) -> Iterator[Expected]:
    if not isinstance(said.content, bool):
        raise said.wrong("one_of", choices="true false")
    yield Expected("verify", "", said.content)


def _sees(said: Value, people: People, network: Organisations) -> Iterator[Expected]:
    """`as`: whoever looks, as `by` of a record; `groups`: exactly those of the disclosure matrix that they see."""
    for person, look in _of_people(said, people):
        own = look.fields(("as", "groups"), ())
        groups = [_group(each) for each in own["groups"].items()]
        yield Expected(SEES, person, Look(read_by(own["as"], network), tuple(groups)))


def _group(said: Value) -> str:
    if said.content not in GROUPS:
        raise said.wrong("one_of", choices=" ".join(GROUPS))
    return said.text()


def _of_people(said: Value, people: People) -> Iterator[tuple[str, Value]]:
    for person, value in said.fields().items():
        if person not in people:
            raise value.wrong("person_unknown", name=person)
        yield person, value


def _event(where: Value, name: str) -> str:
    if name not in CURRENT:
        raise where.wrong("event_unknown", name=name)
    return name


def _topic(where: Value, name: str) -> str:
    if name not in TOPICS and name not in LATER:
        raise where.wrong("topic_unknown", name=name)
    return name


CHECKS: Final[Mapping[str, Read]] = {
    "events": _events,
    "order": _order,
    "parked": _parked,
    "topics": _topics,
    "absent": _absent,
    "kpi": _kpi,
    "verify": _verify,
}
"""The keys that are no person and name no organisation."""
