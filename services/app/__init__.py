"""Services composed into processes: all in one with embedded parts, or some against a given database and broker."""
