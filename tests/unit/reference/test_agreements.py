"""Agreements as data: what a file must say, and whom an agreement covers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import yaml

from services.kernel.errors import InvalidInput
from services.reference.agreements import Agreement, Agreements, read_agreements, shipped_agreements
from services.reference.organisations import load_city

CITY = load_city("a")
SHIPPED = shipped_agreements("a")[0]
TODAY = date(2026, 3, 2)


def file(**changed: Any) -> str:  # noqa: ANN401 - fields of a file
    given = {name: value for name, value in (SHIPPED.content() | changed).items() if value is not None}
    return yaml.safe_dump({"agreements": [given]})


@pytest.mark.parametrize("city", ["a", "b"])
def test_every_centre_of_a_sample_city_has_one_that_reaches_every_station(city: str) -> None:
    directory = load_city(city)
    known = Agreements(shipped_agreements(city), directory)
    text = yaml.safe_dump({"agreements": [one.content() for one in known.known]})
    assert read_agreements(text, directory) == list(known.known)
    for centre in directory.of_type("DETOX"):
        for station in directory.of_type("STN"):
            assert known.covering(centre.org_id, station.org_id, SHIPPED.start)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"pia": None}, "agreement_without_assessment"),
        ({"pia": ""}, "agreement_without_assessment"),
        ({"parties": ["A-CENTRE-1", "Z"]}, "agreement_party_unknown"),
        ({"parties": ["A-CENTRE-1"]}, "agreement_invalid"),
        ({"groups": ["F1"]}, "agreement_too_narrow"),
        ({"groups": ["F99"]}, "agreement_invalid"),
        ({"purpose": "POLICING"}, "agreement_invalid"),
        ({"to": None}, "agreement_invalid"),
        ({"location": "x"}, "agreement_invalid"),
    ],
)
def test_what_a_file_must_say(changed: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_agreements(file(**changed), CITY)
    assert refused.value.code == code


def test_text_that_is_no_file_of_agreements_is_refused() -> None:
    for text in ("agreements: 5", "[]", "agreements: [", "x: 1"):
        with pytest.raises(InvalidInput, match="agreement_invalid"):
            read_agreements(text, CITY)


@pytest.mark.parametrize(
    ("source", "receiver", "day", "covered"),
    [
        ("A-CENTRE-1", "A04-S011", "2026-03-02", 1),
        ("A-CENTRE-1", "A", "2024-01-01", 1),
        ("A-CENTRE-1", "A04", "2034-12-31", 1),
        ("A-CENTRE-1", "A04-S011", "2035-01-01", 0),
        ("A-CENTRE-1", "A04-S011", "2023-12-31", 0),
        ("A-CENTRE-2", "A04-S011", "2026-03-02", 0),
        ("A-CENTRE-1", "B", "2026-03-02", 0),
        ("A-CENTRE-1", None, "2026-03-02", 0),
    ],
)
def test_a_party_covers_whoever_is_below_it_from_the_first_to_the_last_day(
    source: str, receiver: str | None, day: str, covered: int
) -> None:
    when = type(SHIPPED.start).fromisoformat(day)
    assert len([SHIPPED] if Agreements([SHIPPED], CITY).covering(source, receiver, when) else []) == covered


def test_the_highest_version_stands_and_may_end_an_agreement() -> None:
    ended = Agreement.model_validate(SHIPPED.content() | {"version": 2, "to": "2025-12-31"})
    known = Agreements([ended, SHIPPED], CITY)
    assert known.standing(TODAY) == (ended,)
    assert known.covering("A-CENTRE-1", "A04-S011", TODAY) is None


def test_the_next_term_that_is_known_already_ends_nothing_before_its_first_day() -> None:
    following = Agreement.model_validate(SHIPPED.content() | {"version": 2, "from": "2026-04-01", "to": "2030-12-31"})
    known = Agreements([SHIPPED, following], CITY)
    days = (TODAY, following.start - timedelta(days=1), following.start)
    assert [known.covering("A-CENTRE-1", "A04-S011", day) for day in days] == [SHIPPED, SHIPPED, following]
