"""What people may act as: roles that records know, at organisations of their type, never the hub's own role."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import pytest
import yaml
from starlette.requests import Request

from services.access.addresses import address_of
from services.access.app import door_of
from services.access.posts import Mapped, Post, kinds, seeded
from services.app.embedded import Asked, settings_of
from services.app.openapi import unconnected
from services.embedded.stack import EmbeddedStack
from services.kernel.errors import Refused
from services.kernel.phrases import Phrases
from services.kernel.settings import Settings
from services.reference.organisations import load_city

CITY = load_city("a")
PERSONS: Final[tuple[Literal["synthetic", "real"], ...]] = ("synthetic", "real")
ACTORS = Path(__file__).parents[2] / "golden" / "actors.yaml"


def test_every_role_that_sends_records_is_a_post_of_the_same_organisations_but_the_hubs_own() -> None:
    named = yaml.safe_load(ACTORS.read_text("utf-8"))["roles"]
    assert {role: kind.org_type for role, kind in kinds().items()} == {
        role: said["org_type"] for role, said in named.items() if role != "HUB"
    }


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_role_and_capacity_has_words(lang: str) -> None:
    phrases = Phrases.load("services.access")
    for role, kind in kinds().items():
        assert phrases.knows(f"page.role.{role}", lang)
        assert phrases.knows(f"page.capacity.{kind.capacity}", lang)


@pytest.mark.parametrize(
    ("name", "posts"),
    [
        ("station_lead@A03-S012", [Post("STATION_LEAD", "A03-S012", "PROCESSOR")]),
        ("ops@", [Post("OPS", "", "TECHNICAL")]),
        (
            "both@A03-S012",
            [Post("WORKER", "A03-S012", "PROCESSOR"), Post("STREET_OFFICER", "A03-S012-STREET", "STATUTORY")],
        ),
        ("station_lead@A-CENTRE-1", []),
        ("STATION_LEAD@A03-S012", []),
        ("hub@", []),
        ("person@", []),
        ("ops@A", []),
        ("ops", []),
        ("both@A", []),
        ("", []),
    ],
)
def test_users_of_the_sample_city_are_named_after_their_post(name: str, posts: list[Post]) -> None:
    assert list(seeded(name, CITY)) == posts


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"role": "HUB", "org": ""},
        {"role": "WORKER", "org": "A99-S999"},
        {"role": "WORKER", "org": "A-CENTRE-1"},
        {"role": ["WORKER"], "org": "A03-S012"},
        {"role": "PERSON", "org": "01SOMEBODYELSE"},
        {"role": "AUDITOR", "org": "A03-S012"},
        {"role": "OPS", "org": "A03"},
        {"role": "WORKER", "org": "A03-S012", "capacity": "合成甲"},
        {"role": "WORKER", "org": "A03-S012", "capacity": "WORKER"},
        {"posts": []},
        {"posts": [{"role": "WORKER", "org": "A03-S012"}, "OPS"]},
        {"posts": [{"role": "WORKER", "org": "A03-S012"}, {"role": "HUB", "org": ""}]},
    ],
)
def test_claims_that_name_no_post_give_none_at_all(claims: dict[str, object]) -> None:
    with pytest.raises(Refused):
        Mapped.of("", CITY).posts(claims)


def test_claims_are_read_under_other_names() -> None:
    mapped = Mapped.of("role=jieli_role org=dept sub=employee", CITY)
    claims = {"jieli_role": "WORKER", "dept": "A03-S012", "employee": "w-7", "role": "OPS"}
    assert mapped.posts(claims) == (Post("WORKER", "A03-S012", "PROCESSOR"),)
    assert mapped.name(claims) == "w-7"


@pytest.mark.parametrize(
    ("host", "counted"), [("10.1.2.3", "10.1.2.3"), ("2001:db8::7:1", "2001:db8::/64"), ("x", "x")]
)
def test_an_ipv6_network_is_one_address(host: str, counted: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == counted


@pytest.mark.parametrize(
    "sub", ["w-7", "01KJP0Y9M0D7GSA999GGYCB06W", "auth0|5f7c8ec7", "0f1c2e3a-1111-4444-8888-123456789012"]
)
def test_a_pseudonym_is_who_one_is(sub: str) -> None:
    assert Mapped.of("", CITY).name({"sub": sub}) == sub


@pytest.mark.parametrize(
    "sub", ["zhang.san@hub.example", "合成甲", "Zhang San", "13900000000", "+8613900000000", "00010119900307123X", "-"]
)
def test_what_may_be_a_name_an_address_or_a_number_is_no_pseudonym(sub: str) -> None:
    with pytest.raises(Refused, match="no_pseudonym"):
        Mapped.of("", CITY).name({"sub": sub})


def test_local_access_is_refused_where_real_people_are_kept(tmp_path: Path) -> None:
    kit = replace(unconnected(), settings=Settings(local_access=True, persons="real"))
    with pytest.raises(Refused, match="local_access_refused"):
        door_of(kit, None, None, kit.clock)  # type: ignore[arg-type]
    stack = EmbeddedStack(tmp_path, database_url="postgresql://x", kafka_bootstrap="x:1")
    asked = Asked(data=tmp_path, city="a", lang="zh")
    assert [settings_of(Settings(persons=each), stack, asked).local_access for each in PERSONS] == [True, False]
