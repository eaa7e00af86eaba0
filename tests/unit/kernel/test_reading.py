"""What a message from outside is remembered and blocked by."""

from __future__ import annotations

import pytest

from services.kernel.reading import name_foreign, name_own
from services.kernel.records import RawMessage


def keyed(key: str) -> RawMessage:
    return RawMessage("in.detox.v1", 0, 0, key.encode(), b"{}")


def test_a_plain_foreign_key_blocks_as_it_is() -> None:
    assert name_foreign(keyed("A-CENTRE-1/N-1")).key == "A-CENTRE-1/N-1"


@pytest.mark.parametrize("said", ["合成甲00007", "000101199003070012", "00012345678"])
def test_a_foreign_key_that_may_say_who_somebody_is_shares_one_with_its_partition(said: str) -> None:
    key = name_foreign(keyed(f"A-CENTRE-1/{said}")).key
    assert key is not None
    assert said not in key
    assert key == name_foreign(keyed("A-CENTRE-2/合成甲00008")).key


def test_our_own_key_is_never_hidden() -> None:
    assert name_own(keyed("甲")).key == "甲"
