"""What the transport counts; the only label is the service."""

from __future__ import annotations

from prometheus_client import Counter, Gauge

SERVICE = ("service",)

published = Counter("jieli_relay_published", "events the broker acknowledged", SERVICE)
relay_failed = Counter("jieli_relay_failures", "batches given up; the producer was thrown away", SERVICE)
relay_fenced = Counter("jieli_relay_fenced", "times a relay lost its lease", SERVICE)
relay_reset = Counter("jieli_relay_resets", "times another broker was found and refilled", SERVICE)
relay_leads = Gauge("jieli_relay_leads", "1 while this process publishes", SERVICE)

settled = Counter("jieli_messages_settled", "messages handled, dropped, set aside or parked", SERVICE)
set_aside = Counter("jieli_messages_set_aside", "messages that fitted no rule", SERVICE)
blocked = Counter("jieli_keys_blocked", "keys newly blocked by a technical failure", SERVICE)
quarantined = Counter("jieli_messages_quarantined", "messages that nobody can read", SERVICE)
put_off = Counter("jieli_messages_put_off", "tries postponed because a dependency was away", SERVICE)
partitions_stopped = Gauge("jieli_partitions_stopped", "partitions stopped by too much blocking", SERVICE)
commits_lost = Counter(
    "jieli_commits_lost", "offset commits the broker refused; harmless, but they should be few", SERVICE
)
restarts = Counter("jieli_subscriber_restarts", "subscribers started anew by the watchdog", SERVICE)
loop_lag = Gauge("jieli_event_loop_lag_seconds", "how late the event loop woke the watchdog", SERVICE)
horizon = Gauge("jieli_feed_horizon_age_seconds", "age of the open transaction that holds the feed back", SERVICE)
