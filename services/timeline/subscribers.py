"""What the timeline reads: every topic that a relay of the hub writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from schemas.topics import hub_topics, outward_topics
from services.kernel.clock import Clock
from services.kernel.records import Subscription
from services.timeline.journal import journaling

JOURNAL: Final = "timeline.journal"


def subscriptions(clock: Clock, wake: Callable[[], None]) -> tuple[Subscription, ...]:
    """One subscription that archives everything; `wake` tells the projections of it."""
    topics = tuple(topic.name for topic in (*hub_topics(), *outward_topics()))
    return (Subscription(consumer=JOURNAL, topics=topics, handle_batch=journaling(clock, wake)),)
