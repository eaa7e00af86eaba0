"""Every fact and every field of a person has a disclosure group."""

from __future__ import annotations

from typing import ClassVar

import pytest

from schemas.base import Event, PersonEvent
from schemas.groups import FACTS, GROUPS, PERSON_RECORD, Of, groups_of, must_name
from schemas.ids import Code, VaultPtr
from schemas.registry import CURRENT
from schemas.sealed import Sealed


def unnamed(event: type[Event], of: Of) -> list[str]:
    return [path for path in must_name(event) if path.partition(".")[0] not in of.fields]


def test_every_event_has_a_group_and_no_other_name_has_one() -> None:
    assert set(FACTS) == set(CURRENT)


@pytest.mark.parametrize("name", sorted(CURRENT))
def test_every_sealed_field_and_every_pointer_to_the_vault_names_its_group(name: str) -> None:
    assert unnamed(CURRENT[name], FACTS[name]) == []


@pytest.mark.parametrize("name", sorted(CURRENT))
def test_every_field_that_names_a_group_exists(name: str) -> None:
    known = {info.alias or field for field, info in CURRENT[name].model_fields.items()}
    assert set(FACTS[name].fields) <= known


@pytest.mark.parametrize("name", sorted(CURRENT))
def test_only_facts_about_nobody_have_no_group(name: str) -> None:
    about_somebody = issubclass(CURRENT[name], PersonEvent)
    assert (FACTS[name].group is None) <= (not about_somebody)
    assert all(FACTS[name].of(field) for field in CURRENT[name].model_fields) or not about_somebody


class Newcomer(PersonEvent):
    """An event that somebody adds without a thought for who may see it."""

    wire: ClassVar[str] = "cn.aftercare.test.Newcomer.v1"
    topic: ClassVar[str] = "hub.intake.v1"

    secret: Sealed[Code] | None = None
    where_ptr: VaultPtr | None = None


def test_a_new_sealed_field_belongs_nowhere_until_somebody_decides() -> None:
    assert unnamed(Newcomer, Of("F7")) == ["secret", "where_ptr"]


def test_a_fact_speaks_of_all_groups_of_its_fields() -> None:
    assert groups_of("ReleaseNoticeReceived") == {"F5", "F6", "F7", "F8", "F10", "F20"}
    assert groups_of("PolicyPublished") == groups_of("NoSuchEvent") == frozenset()


def test_what_is_not_collected_has_no_field() -> None:
    told = {group for name in FACTS for group in groups_of(name)} | set(PERSON_RECORD.values())
    assert "F11" not in told
    assert told <= set(GROUPS)
