"""Conditions as people write them on the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from footfall.errors import InvalidQuery
from footfall.model.event import column
from footfall.model.filter import And, Filter, Not, Operator, Scalar, filter_from_dict

HELP: Final = (
    "Condition; several must all hold. field=value, != (is not), ~ (contains), !~ (does not), "
    "^= (starts with), =~ (matches a regular expression), > >= < <=, 'field in a,b', "
    "'field not in a,b', 'field is set', 'field is not set'. Quote a value to keep it a text."
)

_SIGNS: Final[Mapping[str, Operator]] = {
    "=": "is",
    "!=": "is_not",
    "~": "contains",
    "!~": "contains",
    "^=": "starts_with",
    "=~": "matches",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
}
_TEXT_OPERATORS: Final = frozenset({"contains", "starts_with", "matches"})

_FIELD = r"(?P<field>[^\s=!~<>^]+)"
_SET = re.compile(rf"{_FIELD}\s+is(?P<no>\s+not)?\s+set", re.IGNORECASE)
_LIST = re.compile(rf"{_FIELD}(?P<no>\s+not)?\s+in\s+(?P<values>.+)", re.IGNORECASE)
_SIGN = re.compile(rf"{_FIELD}\s*(?P<sign>>=|<=|!=|!~|=~|\^=|=|~|>|<)\s*(?P<value>.*)", re.DOTALL)


def parse_where(texts: Sequence[str], properties: Mapping[str, str] | None = None) -> Filter | None:
    """The filter that all these conditions make together, None where there are none.

    `properties` are the source's declared ones by type: they tell a number from a text.
    Raises `InvalidQuery` that shows how a condition is written.

    >>> parse_where(["country=DE"]).to_dict()
    {'field': 'country', 'operator': 'is', 'value': 'DE'}
    """
    parts = tuple(_parse(text.strip(), properties or {}) for text in texts)
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(parts)


def _parse(text: str, properties: Mapping[str, str]) -> Filter:
    if match := _SET.fullmatch(text):
        operator = "is_not_set" if match["no"] else "is_set"
        return _checked(match["field"], operator, None, text, properties)
    if match := _SIGN.fullmatch(text):
        return _parse_sign(match, properties, text)
    if match := _LIST.fullmatch(text):
        kind = _kind(match["field"], properties)
        values = [_value(part.strip(), kind) for part in match["values"].split(",")]
        operator = "not_in" if match["no"] else "in"
        return _checked(match["field"], operator, values, text, properties)
    raise InvalidQuery(
        f"--where {text!r} is not a condition: write field=value, such as 'country=DE', "
        "'path^=/docs/', 'properties.price>=10' or 'country in DE,AT'.",
        parameter="where",
    )


def _parse_sign(match: re.Match[str], properties: Mapping[str, str], text: str) -> Filter:
    operator = _SIGNS[match["sign"]]
    kind = "text" if operator in _TEXT_OPERATORS else _kind(match["field"], properties)
    value = _value(match["value"], kind)
    condition = _checked(match["field"], operator, value, text, properties)
    return Not(condition) if match["sign"] == "!~" else condition


def _checked(
    field: str, operator: str, value: object, text: str, properties: Mapping[str, str]
) -> Filter:
    form: dict[str, object] = {"field": field, "operator": operator}
    if value is not None:
        form["value"] = value
    place = f"--where {text!r}"
    try:
        return filter_from_dict(form, place)
    except InvalidQuery as error:
        # The parts of a condition have no names on the command line.
        message = error.message.replace(f"{place}.field:", f"{place}:", 1)
        hint = f" Did you mean 'properties.{field}'?" if field in properties else ""
        raise InvalidQuery(
            message + hint, parameter="where", suggestions=error.suggestions
        ) from error


def _kind(field: str, properties: Mapping[str, str]) -> str | None:
    known = column(field)
    if known is not None:
        return known.type
    return properties.get(field.removeprefix("properties."))


def _value(text: str, kind: str | None) -> Scalar:
    """The value as the field's type, or as it looks where that is not known."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if kind in ("text", "time", "date"):
        return text
    if text.lower() in ("true", "false") and kind in ("bool", None):
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
