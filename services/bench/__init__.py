"""Measures the hub's main paths, each beside the plainest way to do the same, in one run on one machine."""
