"""Conditions on events, nested with and, or, not; their JSON form round-trips.

Every condition is either true or false, never unknown: one on a field that is not set is
false, save for `is_not`, `not_in` and `is_not_set`, which then are true; `not` turns exactly
that around. Texts are compared with upper and lower case apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeGuard, cast, get_args

from footfall.errors import InvalidQuery, did_you_mean, near_names
from footfall.model.field import parse_field

Operator = Literal[
    "is",
    "is_not",
    "contains",
    "starts_with",
    "matches",
    "in",
    "not_in",
    "gt",
    "gte",
    "lt",
    "lte",
    "between",
    "is_set",
    "is_not_set",
]
OPERATORS: Final[tuple[Operator, ...]] = get_args(Operator)

Scalar = str | int | float | bool
Value = Scalar | tuple[Scalar, ...] | None

MAX_DEPTH: Final = 20
MAX_VALUES: Final = 10_000

_TEXT_ONLY: Final = frozenset({"contains", "starts_with", "matches"})
_LISTS: Final = frozenset({"in", "not_in"})
_NO_VALUE: Final = frozenset({"is_set", "is_not_set"})


class _Combinable:
    """Filters join with `&` and `|`, and turn around with `~`."""

    __slots__ = ()

    def __and__(self, other: Filter) -> And:
        return And((cast("Filter", self), other))

    def __or__(self, other: Filter) -> Or:
        return Or((cast("Filter", self), other))

    def __invert__(self) -> Not:
        return Not(cast("Filter", self))


@dataclass(frozen=True, slots=True)
class Condition(_Combinable):
    """A field compared with a value; `is` with None means that the field is not set."""

    field: str
    operator: Operator
    value: Value = None

    def __post_init__(self) -> None:
        if isinstance(self.value, list):
            object.__setattr__(self, "value", tuple(cast("list[Scalar]", self.value)))

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        form: dict[str, Any] = {"field": self.field, "operator": self.operator}
        if self.operator in _NO_VALUE:
            return form
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {**form, "value": value}


@dataclass(frozen=True, slots=True)
class And(_Combinable):
    """True where all of the filters are, and where there are none."""

    filters: tuple[Filter, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"and": [item.to_dict() for item in self.filters]}


@dataclass(frozen=True, slots=True)
class Or(_Combinable):
    """True where one of the filters is; false where there are none."""

    filters: tuple[Filter, ...]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"or": [item.to_dict() for item in self.filters]}


@dataclass(frozen=True, slots=True)
class Not(_Combinable):
    """True where the filter is not."""

    filter: Filter

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"not": self.filter.to_dict()}


Filter = And | Or | Not | Condition


def filter_from_dict(value: object, parameter: str = "filter") -> Filter:
    """The filter of a JSON form; raises `InvalidQuery` that names the part which is wrong."""
    return _read(value, parameter, 0)


def check_filter(item: Filter, parameter: str = "filter") -> Filter:
    """The same filter, known to be well formed; raises `InvalidQuery` otherwise."""
    return filter_from_dict(item.to_dict(), parameter)


def conditions(item: Filter) -> Iterator[Condition]:
    """All conditions of a filter, in order."""
    if isinstance(item, Condition):
        yield item
    elif isinstance(item, Not):
        yield from conditions(item.filter)
    else:
        for part in item.filters:
            yield from conditions(part)


def _read(value: object, parameter: str, depth: int) -> Filter:
    if depth > MAX_DEPTH:
        raise InvalidQuery(
            f"The filter is nested deeper than {MAX_DEPTH} levels: flatten it.",
            parameter=parameter,
        )
    if not _is_object(value):
        raise _malformed(value, parameter)
    if "field" in value:
        return _read_condition(value, parameter)
    if len(value) != 1:
        raise _malformed(value, parameter)
    word, inner = next(iter(value.items()))
    return _read_group(word, inner, f"{parameter}.{word}", depth)


def _read_group(word: str, inner: object, parameter: str, depth: int) -> Filter:
    if word == "not":
        return Not(_read(inner, parameter, depth + 1))
    if word not in ("and", "or") or not _is_list(inner):
        raise _malformed({word: inner}, parameter)
    parts = tuple(_read(part, f"{parameter}[{i}]", depth + 1) for i, part in enumerate(inner))
    return And(parts) if word == "and" else Or(parts)


def _read_condition(value: Mapping[str, Any], parameter: str) -> Condition:
    for key in value:
        if key not in ("field", "operator", "value"):
            raise InvalidQuery(
                f"{parameter}: a condition has 'field', 'operator' and 'value', not {key!r}."
                + did_you_mean(key, ("field", "operator", "value")),
                parameter=f"{parameter}.{key}",
            )
    parse_field(str(value["field"]), f"{parameter}.field")
    operator = value.get("operator", "is")
    if not _is_operator(operator):
        raise InvalidQuery(
            f"{parameter}: there is no operator {operator!r}; there are {', '.join(OPERATORS)}."
            + did_you_mean(str(operator), OPERATORS),
            parameter=f"{parameter}.operator",
            suggestions=near_names(str(operator), OPERATORS),
        )
    checked = _check_value(operator, value.get("value"), f"{parameter}.value")
    return Condition(str(value["field"]), operator, checked)


def _check_value(operator: Operator, value: object, parameter: str) -> Value:
    if operator in _NO_VALUE:
        _expect(value is None, operator, value, "no value", parameter)
        return None
    if operator in _LISTS or operator == "between":
        return _check_list(operator, value, parameter)
    if isinstance(value, datetime):
        return value.isoformat()
    if operator in _TEXT_ONLY:
        _expect(isinstance(value, str), operator, value, "a text", parameter)
    elif operator in ("is", "is_not"):
        _expect(value is None or _is_scalar(value), operator, value, "one value", parameter)
    else:
        _expect(_is_ordered(value), operator, value, "a number, text or time", parameter)
    return cast("Value", value)


def _check_list(operator: Operator, value: object, parameter: str) -> tuple[Scalar, ...]:
    values = _plain(value) if _is_list(value) else ()
    if operator == "between":
        is_right = len(values) == 2 and all(map(_is_ordered, values))
        _expect(is_right, operator, value, "a list of two values, the lower one first", parameter)
    else:
        is_right = bool(values) and all(map(_is_scalar, values))
        _expect(is_right, operator, value, "a list of values", parameter)
    _expect(len(values) <= MAX_VALUES, operator, "more", f"at most {MAX_VALUES}", parameter)
    return cast("tuple[Scalar, ...]", values)


def _plain(values: Sequence[object]) -> tuple[object, ...]:
    return tuple(item.isoformat() if isinstance(item, datetime) else item for item in values)


def _expect(is_right: bool, operator: str, value: object, wanted: str, parameter: str) -> None:
    if not is_right:
        raise InvalidQuery(
            f"{parameter}: operator {operator!r} needs {wanted}, not {value!r}.",
            parameter=parameter,
        )


def _malformed(value: object, parameter: str) -> InvalidQuery:
    shown = repr(value)
    return InvalidQuery(
        f"{parameter}: {shown[:200]} is not a filter; write "
        '{"field": "country", "operator": "is", "value": "DE"}, or {"and": […]}, {"or": […]}, '
        '{"not": …} around such conditions.',
        parameter=parameter,
    )


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


def _is_operator(value: object) -> TypeGuard[Operator]:
    return value in OPERATORS


def _is_scalar(value: object) -> TypeGuard[Scalar]:
    return isinstance(value, str | int | float | bool)


def _is_ordered(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)
