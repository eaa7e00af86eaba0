"""The scan: which secret is readable where, and which sensitive field is not sealed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.scan.forms import Searched, Secret
from tests.support.scan.places import Place, Stack, places
from tests.support.scan.sealed_fields import Catalogue, catalogue

UNSEALED = "not sealed"
BETWEEN = b"\x00\n\x00\n\x00"
IDENTITY = ("name", "resident_id", "phone", "hukou_address", "residence_address", "contact_phone")


@dataclass(frozen=True, slots=True, order=True)
class Found:
    """One finding: the place, what was found there, and in which form."""

    place: str
    what: str
    form: str


SENDERS_OWN = ("in.detox.v1", "in.authority.v1")
"""What outsiders wrote: they have no person's key, so P3 stands there in clear, for thirty days."""
SENSITIVE = "P3"


async def scan(stack: Stack, secrets: Iterable[Secret]) -> list[Found]:
    """Everything that should not be there."""
    searched, known = Searched.of(secrets), catalogue()
    found: set[Found] = set()
    async for place in places(stack):
        found |= {*_readable(place, searched), *_unsealed(place, known)}
    return sorted(each for each in found if not _senders_own(each))


def secrets_of(person: Mapping[str, Any], who: str) -> Iterator[Secret]:
    """What of an identity must not be readable; a number's last letter is written large or small."""
    for name in IDENTITY:
        text = str(person.get(name) or "")
        yield from (Secret(f"{name} of {who}", each) for each in {text, text.upper(), text.lower()} if each)


def _senders_own(found: Found) -> bool:
    return found.place.startswith(SENDERS_OWN) and (found.form == UNSEALED or found.what.startswith(SENSITIVE))


def _readable(place: Place, searched: Searched) -> Iterator[Found]:
    for form in searched.within(BETWEEN.join(place.contents)):
        yield Found(place.name, form.secret.what, form.name)


def _unsealed(place: Place, known: Catalogue) -> Iterator[Found]:
    for event, payload in place.facts:
        for path in known.open_fields(event, payload):
            yield Found(place.name, f"{event or ''}:{path}", UNSEALED)
