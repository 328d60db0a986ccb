"""Messages between an engine and the process that runs SQL from strangers for it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from footfall.errors import (
    EngineError,
    FootfallError,
    InvalidSQL,
    LimitExceeded,
    StaleSnapshot,
)

_ERRORS: Final[tuple[type[FootfallError], ...]] = (InvalidSQL, LimitExceeded, StaleSnapshot)


class Request(msgspec.Struct):
    """One statement, the views it may read, and the files behind them."""

    sql: str
    views: dict[str, str]
    files: list[str]
    parameters: dict[str, Any]
    memory: str
    threads: int
    rows: int
    seconds: float


class Failure(msgspec.Struct):
    """An error on its way back; `code` is that of its class."""

    code: str
    message: str
    parameter: str | None = None
    suggestions: list[str] = []

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """What of an error the caller is told."""
        if isinstance(error, (InvalidSQL, LimitExceeded)):
            return cls(error.code, error.message, error.parameter, error.suggestions)
        code = error.code if isinstance(error, StaleSnapshot) else EngineError.code
        return cls(code, str(error))

    def to_error(self) -> FootfallError:
        """The error as it was raised there."""
        for kind in _ERRORS:
            if kind.code == self.code:
                return _rebuilt(kind, self)
        return EngineError(self.message)


def _rebuilt(kind: type[FootfallError], failure: Failure) -> FootfallError:
    if issubclass(kind, (InvalidSQL, LimitExceeded)):
        return kind(failure.message, parameter=failure.parameter, suggestions=failure.suggestions)
    return kind(failure.message)
