"""The published language of the hub: events, envelope and topics. Pydantic only; imports nothing of ours."""
