"""Intervals: what lasts from an event that starts it to one that ends it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from footfall.amounts import parse_duration
from footfall.errors import InvalidInput, InvalidMapping, InvalidQuery
from footfall.model.epoch import to_us
from footfall.model.field import parse_field

State = Literal["complete", "open", "no_end", "no_start"]

COMPLETE: Final = "complete"
OPEN: Final = "open"
NO_END: Final = "no_end"
NO_START: Final = "no_start"

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LONGEST: Final = "24h"


@dataclass(frozen=True, slots=True)
class Interval:
    """Pairs of events of one actor: `start` and `end` are names of events.

    `key` lists fields that both events must have alike, besides the actor. A start that has
    no end within `longest` is kept without one, and likewise an end.
    """

    name: str
    start: str
    end: str
    key: tuple[str, ...] = ()
    longest: str = _LONGEST

    @property
    def longest_us(self) -> int:
        """The longest that it may last, in microseconds."""
        return to_us(parse_duration(self.longest))


def check_intervals(intervals: Iterable[Interval]) -> None:
    """Raise `InvalidMapping` naming what is wrong with the intervals of a source."""
    names: set[str] = set()
    for place, item in enumerate(intervals):
        parameter = f"intervals[{place}]"
        _check_names(item, parameter)
        if item.name in names:
            raise InvalidMapping(
                f"{parameter}.name: there are two intervals {item.name!r}; give one another name.",
                parameter=f"{parameter}.name",
            )
        names.add(item.name)
        _check_key(item, parameter)
        _check_longest(item, parameter)


def _check_names(item: Interval, parameter: str) -> None:
    if not _NAME.fullmatch(item.name):
        raise InvalidMapping(
            f"{parameter}.name {item.name!r} is not allowed: use lower-case letters, digits and _, "
            "starting with a letter, such as 'exercise'.",
            parameter=f"{parameter}.name",
        )
    if not item.start or not item.end or item.start == item.end:
        raise InvalidMapping(
            f"{parameter} starts with {item.start!r} and ends with {item.end!r}: name two "
            "different events, such as 'exercise.start' and 'exercise.end'.",
            parameter=f"{parameter}.end",
        )


def _check_key(item: Interval, parameter: str) -> None:
    for text in item.key:
        try:
            kind = parse_field(text, f"{parameter}.key").kind
        except InvalidQuery as error:
            raise InvalidMapping(
                error.message, parameter=f"{parameter}.key", suggestions=error.suggestions
            ) from error
        if kind not in ("column", "property"):
            raise InvalidMapping(
                f"{parameter}.key: {text!r} is computed; choose columns such as 'host', or "
                "'properties.<key>'.",
                parameter=f"{parameter}.key",
            )


def _check_longest(item: Interval, parameter: str) -> None:
    try:
        is_positive = item.longest_us > 0
    except InvalidInput as error:
        raise _wrong_longest(item, parameter) from error
    if not is_positive:
        raise _wrong_longest(item, parameter)


def _wrong_longest(item: Interval, parameter: str) -> InvalidMapping:
    return InvalidMapping(
        f"{parameter}.longest {item.longest!r} is not a duration above zero: write such as '8h'.",
        parameter=f"{parameter}.longest",
    )
