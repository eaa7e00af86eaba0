"""Shared reference data of the hub: organisations, policy and the working-day calendar. Pure: files in, values out."""
