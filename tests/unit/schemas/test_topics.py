from __future__ import annotations

from dataclasses import replace

from schemas.topics import EMBEDDED_PARTITIONS, TOPICS, for_one_process


def test_one_process_gets_every_topic_in_at_most_two_partitions() -> None:
    small = for_one_process()
    assert small.keys() == TOPICS.keys()
    assert {topic.partitions for topic in small.values()} == {EMBEDDED_PARTITIONS}


def test_nothing_but_the_number_of_partitions_differs() -> None:
    small = for_one_process()
    assert {name: replace(topic, partitions=TOPICS[name].partitions) for name, topic in small.items()} == TOPICS
