"""Saved things of a lake that are not events: tokens, write keys, embed secrets, logins."""
