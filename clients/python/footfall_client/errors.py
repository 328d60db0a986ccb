"""Errors of the client, as one tree. None of them reaches a request of the host.

    ClientError
    ├── SettingError      a setting is wrong (a ValueError as well)
    ├── MissingPackage    an optional package is not installed (an ImportError as well)
    └── TokenError        a token for an embedded dashboard is not valid

A message names the parameter, the value that came, what is allowed, and the way out.
"""

from __future__ import annotations


class ClientError(Exception):
    """Root of all errors of this package."""


class SettingError(ClientError, ValueError):
    """A setting is wrong; `parameter` names it."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter


class MissingPackage(ClientError, ImportError):
    """An optional package is not installed; the message says which, and how to get it."""


class TokenError(ClientError):
    """A token is not valid; `reason` is "malformed", "forged" or "expired"."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
