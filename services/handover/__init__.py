"""The handover service: one explicit saga per person and episode, from the release notice to the report."""
