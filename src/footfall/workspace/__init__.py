"""Saved things of a lake that are not events: tokens, keys, logins, sessions."""
