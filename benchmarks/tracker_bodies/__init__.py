"""Requests as real trackers send them, one module for each protocol, for benchmarks and tests."""
