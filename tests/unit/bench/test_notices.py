"""Notices of people who cannot exist."""

from __future__ import annotations

from datetime import date

from services.bench.notices import Notices
from services.intake.domain import resident_id
from services.reference.organisations import load_city

TODAY = date(2026, 3, 2)


def test_every_notice_has_a_number_and_a_valid_synthetic_person_of_its_own() -> None:
    notices = Notices(TODAY, "R1")
    made = [notices.next() for _ in range(2000)]

    people = {body["identity"]["resident_id"] for body in made}
    assert len({body["notice_no"] for body in made}) == len(people) == len(made)
    assert all(resident_id.fault(number, synthetic=True) is None for number in people)


def test_notices_go_to_all_streets_of_the_city() -> None:
    stations = load_city("a").of_type("STN")
    notices = Notices(TODAY, "R1")

    streets = {notices.next()["residence_div"] for _ in range(len(stations))}
    assert streets == {station.division for station in stations}
