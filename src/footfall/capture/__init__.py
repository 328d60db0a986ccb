"""Capture: other formats become canonical events."""
