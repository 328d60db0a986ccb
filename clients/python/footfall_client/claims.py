"""What a token for an embedded dashboard may ask for, checked before it is signed.

A wrong claim shows only in a frame that stays without numbers; here it is told to whoever made it.
Whether a field is there, the server knows alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from footfall_client.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

PERIODS = ("realtime", "today", "yesterday", "7d", "30d", "12mo", "all")
THEMES = ("light", "dark")
OPERATORS = ("is", "is_not", "contains", "starts_with", "matches", "in", "not_in", "gt", "gte",
             "lt", "lte", "between", "is_set", "is_not_set")  # fmt: skip

_CONDITION = {"field", "operator", "value"}
_FILTER = (
    '{"field": "country", "operator": "is", "value": "DE"}, or several of these in '
    '{"and": […]}, {"or": […]} or {"not": …}'
)
_FIELDS = 'a list of columns and properties such as ["url", "properties.plan"]'
_FIELD = re.compile(r"properties\..+|[a-z][a-z0-9_]*(\.[a-z0-9_]+)*", re.DOTALL)
_ORIGINS = 'a list of scheme, host and port alone, such as ["https://intranet.example"]'
_ORIGIN = re.compile(
    r"https?://(\*\.)?([a-z0-9-]+(\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.IGNORECASE
)


def check_choice(parameter: str, value: str, allowed: Sequence[str]) -> None:
    """Raise `SettingError` unless it is one of these, or empty."""
    if value and value not in allowed:
        raise SettingError(parameter, f"{value!r} is not one of {', '.join(allowed)}.")


def check_fields(value: object) -> None:
    """Raise `SettingError` unless it is a list of texts that may be names of fields."""
    _check_texts("fields", value, _FIELD, _FIELDS)


def check_origins(value: object) -> None:
    """Raise `SettingError` unless it is a list of origins, without paths."""
    _check_texts("origins", value, _ORIGIN, _ORIGINS)


def check_filter(value: object, part: str = "filter") -> None:
    """Raise `SettingError` unless it is a filter in its JSON form; `part` is named in it."""
    if not isinstance(value, Mapping) or not value:
        raise _no_filter(part, value)
    if "field" in value:
        _check_condition(value, part)
        return
    word, inner = next(iter(value.items()))
    if len(value) == 1 and word == "not":
        check_filter(inner, f"{part}.not")
    elif len(value) == 1 and word in ("and", "or") and isinstance(inner, (list, tuple)):
        for index, item in enumerate(inner):
            check_filter(item, f"{part}.{word}[{index}]")
    else:
        raise _no_filter(part, value)


def _check_condition(value: Mapping[str, Any], part: str) -> None:
    if set(value) - _CONDITION or not isinstance(value["field"], str):
        raise _no_filter(part, value)
    operator = value.get("operator", "is")
    if operator not in OPERATORS:
        raise SettingError(
            "filter", f"{part}: there is no operator {operator!r}; it is {', '.join(OPERATORS)}."
        )


def _no_filter(part: str, value: object) -> SettingError:
    return SettingError("filter", f"{part} is {value!r}; it takes {_FILTER}.")


def _check_texts(parameter: str, value: object, form: re.Pattern[str], allowed: str) -> None:
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise SettingError(parameter, f"{value!r} is not {allowed}.")
    for item in value:
        if not isinstance(item, str) or not form.fullmatch(item):
            raise SettingError(parameter, f"{item!r} does not fit into {allowed}.")
