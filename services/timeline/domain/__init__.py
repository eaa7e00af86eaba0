"""Pure: what the public facts of one handover add up to."""
