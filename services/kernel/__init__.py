"""What every service stands on: store, relay, inbox, deadlines, projections, sealing, http. Knows nothing of detox."""
