"""Timestamps of records as microseconds since 1970 in UTC."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from zoneinfo import ZoneInfo

from footfall.errors import InvalidMapping, did_you_mean
from footfall.model.time import EPOCH, MICROSECOND, to_epoch_us, us_per_unit

TimeReader = Callable[[Any], int]

FORMATS: Final = ("auto", "iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns")

_NAIVE_EPOCH: Final = EPOCH.replace(tzinfo=None)  # a count of local time
_FIRST: Final = -62_135_596_800_000_000
_LAST: Final = 253_402_300_800_000_000
_PER_UNIT: Final = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1, "epoch_ns": 0}
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_LOG_TIME: Final = "%d/%b/%Y:%H:%M:%S %z"


def time_reader(format: str | None, timezone: str) -> TimeReader:  # noqa: A002 - as rules name it
    """A function from a record's value to microseconds; it raises `ValueError` with a reason.

    `format` is one of `FORMATS` or a strptime pattern. A time without offset is local to
    `timezone`: of two equal clock times in autumn it means the first.

    >>> time_reader("epoch_ms", "UTC")(1_500)
    1500000
    """
    zone: tzinfo = UTC if timezone == "UTC" else ZoneInfo(timezone)
    kind = format or "auto"
    if kind in _PER_UNIT:
        return _epoch_reader(kind)
    if kind == "iso":
        return lambda value: _from_text(value, lambda text: _iso(text, zone))
    if kind == "auto":
        return _auto_reader(zone)
    if "%" not in kind:
        raise InvalidMapping(
            f"Time format {kind!r} is not known: use {', '.join(FORMATS)} or a pattern such as "
            "'%d.%m.%Y %H:%M'." + did_you_mean(kind, FORMATS),
            parameter="timestamp.format",
        )
    return lambda value: _from_text(value, lambda text: _pattern(text, kind, zone))


def _epoch_reader(kind: str) -> TimeReader:
    factor = _PER_UNIT[kind]

    def read(value: Any) -> int:
        number = _number(value)
        return _checked(_scaled(number, factor), value)

    return read


def _auto_reader(zone: tzinfo) -> TimeReader:
    def read(value: Any) -> int:
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            return _from_text(value, lambda text: _guess(text, zone))
        number = _number(value)
        return _checked(_scaled(number, us_per_unit(abs(number))), value)

    return read


def _guess(text: str, zone: tzinfo) -> int:
    try:
        return _iso(text, zone)
    except ValueError:
        return _pattern(text, _LOG_TIME, zone)


def _scaled(number: int | float | Decimal, factor: int) -> int:
    if factor == 0:
        return int(number // 1000)
    if isinstance(number, int):
        return number * factor
    # The shortest decimal of a float is what was written; its binary value is not.
    return int((Decimal(repr(number)) if isinstance(number, float) else number) * factor)


def _number(value: Any) -> int | float | Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{_short(value)} is not a number")
    if isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            return _decimal(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not a time")
    return value


def _decimal(value: str) -> Decimal:
    try:
        number = Decimal(value.strip())
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError(f"{_short(value)} is not a number")
    return number


def _from_text(value: Any, read: Callable[[str], int]) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{_short(value)} is not text")
    try:
        return _checked(read(value.strip()), value)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{_short(value)} is not a time of the expected form") from error


def _iso(text: str, zone: tzinfo) -> int:
    if text.endswith(("UTC", "GMT")):
        text = text[:-3].rstrip() + "+00:00"
    return _micros(datetime.fromisoformat(text), zone)


def _pattern(text: str, pattern: str, zone: tzinfo) -> int:
    return _micros(datetime.strptime(text, pattern), zone)  # noqa: DTZ007 - zone follows


def _micros(value: datetime, zone: tzinfo) -> int:
    if value.tzinfo is None:
        if zone is UTC:
            return (value - _NAIVE_EPOCH) // MICROSECOND
        value = value.replace(tzinfo=zone)
    return to_epoch_us(value)


def _checked(micros: int, value: Any) -> int:
    if not _FIRST <= micros < _LAST:
        raise ValueError(f"{_short(value)} lies outside the years 1 to 9999")
    return micros


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
