"""Rules that fill columns, as people write them in a definition or on a command line."""

from __future__ import annotations

from typing import Any, Final, cast

from footfall.errors import InvalidMapping, did_you_mean
from footfall.model.event import COLUMN_NAMES
from footfall.model.source import Rule

ALIASES: Final = {"actor": "distinct_id", "session": "session_id", "time": "timestamp"}

TIME_FORMATS: Final = ("auto", "iso", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns")

# Footfall writes these itself; a record that has them keeps them as properties.
_OWN: Final = frozenset({"received_at", "properties"})
_MAPPED: Final = sorted((COLUMN_NAMES - _OWN) | set(ALIASES))
_KEYS: Final = ("path", "paths", "constant", "format", "hashed")


def column_name(name: str, parameter: str = "") -> str:
    """Canonical column meant by a name or alias; raises `InvalidMapping` with near names.

    >>> column_name("actor")
    'distinct_id'
    """
    column = ALIASES.get(name, name)
    if column not in COLUMN_NAMES or column in _OWN:
        raise InvalidMapping(
            f"There is no column {name!r} to fill; what is no column of its own is kept in "
            "properties without being named." + did_you_mean(name, _MAPPED),
            parameter=parameter or f"fields.{name}",
        )
    return column


def parse_rule(text: str, *, is_time: bool = False) -> Rule:
    """Rule out of its short form: `path`, `path,other`, `=constant`, and for times `path:format`.

    >>> parse_rule("ts:epoch_ms", is_time=True)
    Rule(paths=('ts',), constant=None, format='epoch_ms', hashed=False)
    """
    if text.startswith("="):
        return Rule(constant=text[1:])
    paths, time_format = _split_time(text) if is_time else (text, None)
    names = tuple(name.strip() for name in paths.split(",") if name.strip())
    if not names:
        raise InvalidMapping(
            f"Field {text!r} names nothing: write a field of the record, such as 'user.id', "
            "or '=value' for the same value in every event."
        )
    return Rule(paths=names, format=time_format)


def _split_time(text: str) -> tuple[str, str | None]:
    path, _, time_format = text.partition(":")
    if not time_format:
        return text, None
    check_time_format(time_format)
    return path, time_format


def check_time_format(text: str) -> None:
    """Raise `InvalidMapping` unless times can be read by a format of that name."""
    if text not in TIME_FORMATS and "%" not in text:
        raise InvalidMapping(
            f"Time format {text!r} is not known: use {', '.join(TIME_FORMATS)} or a pattern such "
            "as '%d.%m.%Y %H:%M'." + did_you_mean(text, TIME_FORMATS),
            parameter="timestamp.format",
        )


def read_rule(name: str, rule: Any) -> tuple[str, Rule]:
    """Column and rule out of a name or alias, and a short form or a table of a definition.

    Raises `InvalidMapping` naming the key.

    >>> read_rule("actor", {"path": "mail", "hashed": True})
    ('distinct_id', Rule(paths=('mail',), constant=None, format=None, hashed=True))
    """
    parameter = f"mapping.fields.{name}"
    column = column_name(name, parameter)
    if isinstance(rule, str):
        return column, parse_rule(rule, is_time=column == "timestamp")
    if not isinstance(rule, dict):
        raise _wrong(parameter, rule, f"a path, or a table of {', '.join(_KEYS)}")
    found = _from_table(parameter, cast("dict[str, Any]", rule))
    if column == "timestamp" and found.format is not None:
        check_time_format(found.format)
    return column, found


def _from_table(parameter: str, rule: dict[str, Any]) -> Rule:
    for key in rule:
        if key not in _KEYS:
            raise InvalidMapping(
                f"{parameter}.{key} is not known; there are {', '.join(_KEYS)}."
                + did_you_mean(key, _KEYS),
                parameter=f"{parameter}.{key}",
            )
    if "path" in rule and "paths" in rule:
        raise InvalidMapping(
            f"{parameter} has both path and paths: write all of them into paths.",
            parameter=parameter,
        )
    return Rule(
        paths=_paths(parameter, rule),
        constant=_constant(f"{parameter}.constant", rule.get("constant")),
        format=_text(f"{parameter}.format", rule.get("format")),
        hashed=_flag(f"{parameter}.hashed", rule.get("hashed", False)),
    )


def _paths(parameter: str, rule: dict[str, Any]) -> tuple[str, ...]:
    if "path" in rule:
        return tuple(filter(None, [_text(f"{parameter}.path", rule["path"])]))
    paths = rule.get("paths", [])
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise _wrong(f"{parameter}.paths", paths, "a list of texts")
    return tuple(paths)


def _constant(parameter: str, value: Any) -> str | None:
    # A number without quotes means its text: every value that fills a column begins as one.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else _text(parameter, value)


def _text(parameter: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _wrong(parameter, value, "a text")
    return value


def _flag(parameter: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _wrong(parameter, value, "true or false")
    return value


def _wrong(parameter: str, value: Any, wanted: str) -> InvalidMapping:
    return InvalidMapping(f"{parameter} is {value!r}; write {wanted}.", parameter=parameter)
