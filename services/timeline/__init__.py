"""The timeline: an archive of every fact, and what people may read of it."""
