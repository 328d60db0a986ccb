"""What some logs say in their own way, made plain before or after their mapping."""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, cast

from footfall.capture.records import Row

PER_SECOND: Final = {"ns": 1_000_000_000, "us": 1_000_000, "ms": 1_000, "s": 1}
ERROR: Final = "error"
_ERRORS: Final = frozenset(
    {"error", "err", "critical", "crit", "fatal", "alert", "emerg", "emergency", "panic"}
)
_NUMERIC_ERROR: Final = 50


class Refiner:
    """Puts the options `request`, `units` and `level` of a mapping of JSON to work.

    `request` names the field with a whole request line, for logs without its parts; `units`
    are those of durations (`ns`, `us`, `ms`) by property, which become seconds; `level` is
    the path of a record's level: from error on, its event is an `error`. With `is_text` a
    value may be `-` for none.
    """

    def __init__(self, options: Dictionary[str, Any]) -> None:
        self._request = str(options.get("request", ""))
        units = cast("dict[str, str]", options.get("units", {}))
        self._units = {key: PER_SECOND[unit] for key, unit in units.items()}
        self._level = str(options.get("level", ""))
        self._has_dashes = bool(options.get("is_text", False))

    def prepare(self, rows: Sequence[Row]) -> None:
        """Take dashes out, and requests apart, where the options say so."""
        if self._has_dashes:
            for row in rows:
                for key in [key for key, value in row.items() if value == "-"]:
                    del row[key]
        if self._request:
            for row in rows:
                _split_request(row, self._request)

    def names(self, names: list[str | None], rows: Sequence[Row]) -> list[str | None]:
        """The names, but `error` for records of that level."""
        if not self._level:
            return names
        return [
            ERROR if name is not None and _is_error(_level(row, self._level)) else name
            for name, row in zip(names, rows, strict=True)
        ]

    def finish(self, properties: Row) -> None:
        """Make durations seconds."""
        for key, per_second in self._units.items():
            value = properties.get(key)
            if isinstance(value, int | float) and not isinstance(value, bool):
                # Of more digits than a number has, it stays as it is.
                with suppress(OverflowError):
                    properties[key] = value / per_second


def _split_request(row: Row, key: str) -> None:
    text = row.get(key)
    if not isinstance(text, str) or "request_uri" in row:
        return
    method, _, rest = text.partition(" ")
    target, _, protocol = rest.rpartition(" ")
    if target and protocol.startswith("HTTP/"):
        del row[key]
        row["request_uri"] = target
        row.setdefault("request_method", method)
        row.setdefault("server_protocol", protocol)


def _level(row: Row, path: str) -> Any:
    outer, _, inner = path.partition(".")
    value = row.get(path, row.get(outer))
    return cast("Row", value).get(inner) if isinstance(value, dict) else value


def _is_error(level: Any) -> bool:
    if isinstance(level, str):
        return level.lower() in _ERRORS
    return isinstance(level, int) and level >= _NUMERIC_ERROR
