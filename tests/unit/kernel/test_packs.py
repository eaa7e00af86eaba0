"""Packs: whole lanes side by side, about so many records each."""

from __future__ import annotations

from services.kernel.lanes import packs
from services.kernel.records import RawMessage


def record(offset: int, key: bytes) -> RawMessage:
    return RawMessage("t", 0, offset, key, None)


def test_a_key_is_never_spread_over_two_packs() -> None:
    records = [record(offset, b"abc"[offset % 3 : offset % 3 + 1]) for offset in range(12)]
    found = packs(records, 6)
    assert [[raw.key for raw in pack] for pack in found] == [[b"a"] * 4, [b"b"] * 4, [b"c"] * 4]


def test_short_lanes_share_a_pack_up_to_its_size() -> None:
    records = [record(offset, str(offset).encode()) for offset in range(5)]
    assert [len(pack) for pack in packs(records, 2)] == [2, 2, 1]


def test_a_lane_longer_than_a_pack_stays_whole() -> None:
    records = [record(offset, b"a") for offset in range(9)]
    assert packs(records, 2) == [records]


def test_of_nothing_there_is_no_pack() -> None:
    assert packs([], 16) == []
