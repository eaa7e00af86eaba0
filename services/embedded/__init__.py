"""The embedded stack: a real PostgreSQL and a Kafka-protocol broker as child processes of this one."""
