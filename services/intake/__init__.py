"""Intake: the front door of centres and authorities. Identity vault, receipts, routing, and every fact about a person."""
