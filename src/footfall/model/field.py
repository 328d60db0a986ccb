"""What a metric, dimension or condition may refer to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from footfall.errors import InvalidQuery, near_names, suggest
from footfall.model.event import COLUMN_NAMES, ColumnType, column

FieldKind = Literal["column", "property", "local", "session"]

PROPERTY_PREFIX: Final = "properties."

LOCAL_FIELDS: Final = ("hour_of_day", "day_of_week")
SESSION_MEASURES: Final = ("session.duration", "session.n_events")
SESSION_LABELS: Final = ("session.entry_page", "session.exit_page", "session.number")
SESSION_FIELDS: Final = (*SESSION_MEASURES, *SESSION_LABELS)

_SESSION_TYPES: Final[dict[str, ColumnType]] = {
    "session.duration": "float",
    "session.n_events": "int",
    "session.entry_page": "text",
    "session.exit_page": "text",
    "session.number": "int",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A reference to a value of an event or of its session.

    `kind` tells where the value lies: in a canonical column, among the properties, in the
    local time of the event, or in the session that the event belongs to. `type` is the type
    of the value, None for a property, which only the source knows.
    """

    text: str
    kind: FieldKind
    type: ColumnType | None

    @property
    def key(self) -> str:
        """The key of a property, the name of anything else."""
        return self.text.removeprefix(PROPERTY_PREFIX) if self.kind == "property" else self.text


def parse_field(text: str, parameter: str) -> Field:
    """The field of that name; raises `InvalidQuery` with near names.

    >>> parse_field("properties.cart.total", "metrics[0]").key
    'cart.total'
    """
    if text.startswith(PROPERTY_PREFIX) and text != PROPERTY_PREFIX:
        return Field(text, "property", None)
    if text in LOCAL_FIELDS:
        return Field(text, "local", "int")
    if text in SESSION_FIELDS:
        return Field(text, "session", _SESSION_TYPES[text])
    found = column(text)
    if found is None or text == "properties":
        raise unknown_field(text, parameter)
    return Field(text, "column", found.type)


def unknown_field(text: str, parameter: str) -> InvalidQuery:
    """The error for a name that is no field."""
    known = [*sorted(COLUMN_NAMES - {"properties"}), *LOCAL_FIELDS, *SESSION_FIELDS]
    near = near_names(text, known)
    return InvalidQuery(
        f"{parameter}: there is no field {text!r}; a field is a column such as 'country', or "
        f"'properties.{text or '<key>'}' for a property that events carry." + suggest(near),
        parameter=parameter,
        suggestions=[*near, *([f"{PROPERTY_PREFIX}{text}"] if text else [])],
    )
