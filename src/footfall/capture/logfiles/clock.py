"""Timestamps of log files, many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

WIDTH: Final = 26

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Numbers = np.ndarray[Any, np.dtype[np.int64]]

_SEPARATORS: Final = {2: "/", 6: "/", 11: ":", 14: ":", 17: ":", 20: " "}
_DIGITS: Final = (0, 1, 7, 8, 9, 10, 12, 13, 15, 16, 18, 19, 22, 23, 24, 25)
_MONTHS: Final = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_ISO: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?$"
_MONTH_CODES: Final = np.array([(ord(a) * 256 + ord(b)) * 256 + ord(c) for a, b, c in _MONTHS])


def read_times(data: Bytes, places: Numbers) -> tuple[Numbers, Mask]:
    """Microseconds since 1970 (UTC) of the times that begin at `places`, and which are valid.

    All `places` must leave room for a whole time. What is not valid reads as 0.
    """
    if not len(places):
        return np.zeros(0, np.int64), np.zeros(0, np.bool_)
    window = np.lib.stride_tricks.sliding_window_view(data, WIDTH)
    # One row a character: whole rows of small numbers stay in the nearest cache.
    text = np.ascontiguousarray(window[places].T)
    valid = _is_shaped(text)
    digits = text - 48
    day, year = _pair(digits, 0), _pair(digits, 7) * 100 + _pair(digits, 9)
    month, is_month = _months(text)
    hour, minute, second = (_pair(digits, place) for place in (12, 15, 18))
    offset = _pair(digits, 22) * 3600 + _pair(digits, 24) * 60
    offset = np.where(text[21] == ord("-"), -offset, offset)
    valid &= is_month & (day >= 1) & (day <= _month_length(year, month)) & (year >= 1)
    # Second 60 is a leap second, which has no number of its own: it falls on the next.
    valid &= (hour < 24) & (minute < 60) & (second <= 60) & (np.abs(offset) < 86_400)
    seconds = _day_number(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset
    return np.where(valid, seconds * 1_000_000, 0), valid


def _is_shaped(text: Bytes) -> Mask:
    shaped = (text[21] == ord("+")) | (text[21] == ord("-"))
    for place in _DIGITS:
        # Of unsigned numbers, those below "0" come around and are large.
        shaped &= text[place] - 48 <= 9
    for place, separator in _SEPARATORS.items():
        shaped &= text[place] == ord(separator)
    return shaped


def _pair(digits: Bytes, place: int) -> Numbers:
    return digits[place].astype(np.int64) * 10 + digits[place + 1]


def _months(text: Bytes) -> tuple[Numbers, Mask]:
    letters = (text[3:6] | 32).astype(np.int64)
    codes = (letters[0] * 256 + letters[1]) * 256 + letters[2]
    order = np.argsort(_MONTH_CODES)
    ordered = _MONTH_CODES[order]
    places = np.minimum(np.searchsorted(ordered, codes), 11)
    return order[places] + 1, ordered[places] == codes


def _month_length(year: Numbers, month: Numbers) -> Numbers:
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return lengths[month - 1] + ((month == 2) & is_leap)


def _day_number(year: Numbers, month: Numbers, day: Numbers) -> Numbers:
    """Days since 1970-01-01 in the Gregorian calendar, by counting from March."""
    year = year - (month <= 2)
    shifted = (month + 9) % 12
    day_of_year = (153 * shifted + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + day_of_year - 719_468


def log_times(values: pa.Array) -> tuple[Numbers, Mask]:
    """The same of a column of texts (`17/May/2015:10:05:03 +0000`)."""
    is_sized = pc.fill_null(pc.equal(pc.binary_length(values), WIDTH), False)
    sized = np.flatnonzero(is_sized.to_numpy(zero_copy_only=False))
    text = "".join(values.take(pa.array(sized)).to_pylist()).encode()
    data = np.frombuffer(text, np.uint8)
    times, good = read_times(data, np.arange(len(sized), dtype=np.int64) * WIDTH)
    found, valid = np.zeros(len(values), np.int64), np.zeros(len(values), np.bool_)
    found[sized], valid[sized] = times, good
    return found, valid


def iso_times(values: pa.Array) -> tuple[Numbers, Mask]:
    """Microseconds of texts such as `2019-12-04 21:02:31`; a `Z` may end them."""
    plain = pc.utf8_rtrim(values, "Z")
    shaped = pc.fill_null(pc.match_substring_regex(plain, _ISO), False)
    fits = pc.if_else(shaped, plain, pa.scalar(None, pa.string()))
    try:
        times = fits.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        # Some day or hour is none: only then is each looked at by itself.
        times = pa.array([_moment(text) for text in fits.to_pylist()], pa.timestamp("us"))
    found = pc.fill_null(times.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return found, times.is_valid().to_numpy(zero_copy_only=False)


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
