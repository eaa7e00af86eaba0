"""Intake: the front door of centres and authorities. Vault, receipts, routing, facts about people."""
