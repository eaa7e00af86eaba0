"""Only what is finished without a gap is committed."""

from __future__ import annotations

import itertools

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from services.kernel import offsets
from services.kernel.records import RawMessage

PART = TopicPartition("t", 0)


def records(*places: int, partition: int = 0) -> list[RawMessage]:
    return [RawMessage("t", partition, offset, b"k", None) for offset in places]


def test_all_done_is_behind_the_last() -> None:
    polled = records(3, 4, 5)
    assert offsets.finished(polled, polled) == {PART: 6}


def test_holes_in_the_offsets_are_no_gaps() -> None:
    polled = records(3, 7, 20)
    assert offsets.finished(polled, polled) == {PART: 21}


def test_an_undone_record_ends_the_prefix() -> None:
    polled = records(3, 4, 5)
    assert offsets.finished(polled, [polled[0], polled[2]]) == {PART: 4}


def test_nothing_is_committed_before_an_undone_first_record() -> None:
    polled = records(3, 4)
    assert offsets.finished(polled, polled[1:]) == {}


def test_partitions_are_counted_apart() -> None:
    polled = [*records(0, 1), *records(8, partition=1)]
    done = [polled[0], polled[2]]
    assert offsets.finished(polled, done) == {PART: 1, TopicPartition("t", 1): 9}
    assert offsets.unfinished(polled, done) == {PART: 1}


def test_whatever_is_done_nothing_undone_is_passed_over() -> None:
    polled = records(2, 3, 5, 8)
    for size in range(5):
        for done in itertools.combinations(polled, size):
            end = offsets.finished(polled, done).get(PART, 0)
            assert all(raw in done for raw in polled if raw.offset < end)
            start = offsets.unfinished(polled, done).get(PART)
            assert start is None or end <= start


class Refusing:
    """A client whose group has moved on."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def commit(self, _offsets: object) -> None:
        raise self._error


@pytest.mark.parametrize("error", [CommitFailedError(), IllegalStateError()])
async def test_a_refused_commit_is_harmless(error: Exception) -> None:
    await offsets.commit(Refusing(error), {PART: 1}, "unit")
