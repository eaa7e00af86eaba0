"""Looks through everything a stack leaves for what must not be readable; shares no code with the services."""
