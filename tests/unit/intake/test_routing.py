"""Where a person belongs: by street of residence, without one by household, elsewhere nowhere here (X-11 to X-13)."""

from __future__ import annotations

import pytest

from services.intake.domain.notice import Identity
from services.intake.domain.routing import Route, by_place
from services.reference.organisations import load_city

CITY = load_city("a")


@pytest.mark.parametrize(
    ("basis", "hukou", "residence", "route"),
    [
        ("ORDER", "000101003", "000104011", Route("offered", "A04-S011", "FIXED_RESIDENCE")),
        ("ORDER", "000101003", "", Route("offered", "A01-S003", "HUKOU")),
        ("AGREEMENT", "000201001", "000104011", Route("offered", "A04-S011", "FIXED_RESIDENCE")),
        ("AGREEMENT", "000101003", "000201001", Route("external")),
        ("AGREEMENT", "000201001", "", Route("external")),
        ("ORDER", "", "", Route("unresolved")),
        ("ORDER", "000101099", "", Route("unresolved")),
        ("PRISON", "000101003", "", Route("offered", "A-RSP", "HUKOU")),
    ],
)
def test_residence_decides_and_without_a_fixed_one_the_household(
    basis: str, hukou: str, residence: str, route: Route
) -> None:
    assert by_place(basis, Identity(hukou_div=hukou, residence_div=residence), CITY) == route
