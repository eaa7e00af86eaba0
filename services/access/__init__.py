"""Who comes in: signing in and out, sessions, the provider's tokens, and how often anything may be tried."""
