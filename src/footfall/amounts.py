"""Sizes and durations as people write them: "64MiB", "1h30m"."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from footfall.errors import InvalidInput, InvalidSetting

_SIZE: Final = re.compile(r"(\d+)\s*(B|KiB|MiB|GiB|TiB)")
_BYTES: Final = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_TIMES: Final = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
    "us": timedelta(microseconds=1),
}
_TIME: Final = re.compile(r"(\d+)(us|ms|[wdhms])")


def parse_size(text: str) -> int:
    """Bytes meant by a size.

    >>> parse_size("64MiB")
    67108864
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise InvalidSetting(
            f"Size {text!r} is not understood: write a whole number and a unit "
            f"({', '.join(_BYTES)}), such as '64MiB'."
        )
    return int(match[1]) * _BYTES[match[2]]


def parse_duration(text: str, *, parameter: str | None = None) -> timedelta:
    """The duration meant by a text such as "30m", "7d" or "1h30m".

    >>> parse_duration("1h30m")
    datetime.timedelta(seconds=5400)
    """
    compact = text.replace(" ", "")
    parts = _TIME.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise InvalidInput(
            f"Duration {text!r} is not understood: write whole numbers with the units "
            f"{', '.join(_TIMES)}, such as '30m', '7d' or '1h30m'.",
            parameter=parameter,
        )
    try:
        return sum((int(number) * _TIMES[unit] for number, unit in parts), timedelta())
    except (OverflowError, ValueError) as error:  # Python reads no number of 5,000 digits.
        raise InvalidInput(f"Duration {text!r} is too long.", parameter=parameter) from error


def format_duration(duration: timedelta) -> str:
    """The shortest text that `parse_duration` reads as this duration.

    >>> format_duration(timedelta(minutes=90))
    '1h30m'
    """
    rest, text = duration, ""
    for unit, length in _TIMES.items():
        number, left = divmod(rest, length)
        # A week is written as one only where nothing smaller follows: "10d", not "1w3d".
        if number and not (unit == "w" and left):
            text, rest = f"{text}{number}{unit}", left
    return text or "0s"
