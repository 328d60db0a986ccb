"""A source: an origin of events with its own schema, time zone and mapping."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from footfall.errors import InvalidMapping, did_you_mean, near_names, suggest
from footfall.model.interval import Interval, check_intervals

PropertyType = Literal["text", "int", "float", "bool", "time"]
PROPERTY_TYPES: Final[tuple[str, ...]] = get_args(PropertyType)

# What a declared time property may look like in the JSON, to Python and to all engines. Years
# that one of them cannot hold, or that another zone would push beyond what it can, are none.
ISO_TIME: Final = (
    r"(19(0[1-9]|[1-9][0-9])|2[01][0-9]{2}|22([0-8][0-9]|9[0-8]))-[0-9]{2}-[0-9]{2}"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?)?"
)

Sessions = Literal["gap", "given"]
Addresses = Literal["drop", "truncated", "keyed"]

_PLAIN_KEY: Final = re.compile(r"[A-Za-z0-9_. -]*")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
# SQL would read these as something else than a table, whatever the quoting.
# Words of SQL, and devices of Windows, where no file can have such a name.
_RESERVED: Final = frozenset(
    {
        *("events", "information_schema", "main", "pg_catalog", "system"),
        *("aux", "con", "nul", "prn"),
        *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)),
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one canonical column is filled from a record.

    `paths` are dotted paths into the record (`user.id`), or names of CSV columns, tried in
    order; `constant` stands when none is there. `format` belongs to timestamps: `auto`
    (so does None), `iso`, `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`, or a strptime
    pattern. `hashed` keeps a keyed hash instead of the value.
    """

    paths: tuple[str, ...] = ()
    constant: str | None = None
    format: str | None = None
    hashed: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """How records of a source become events.

    `format` names the shape of its files; `fields` maps canonical columns to rules;
    `properties` maps property keys to paths that are not taken over under their own name;
    `drop` lists paths that are not kept at all; `options` belong to the format
    (delimiter, column names, …).
    """

    format: str = "canonical"
    fields: dict[str, Rule] = field(default_factory=dict[str, Rule])
    properties: dict[str, str] = field(default_factory=dict[str, str])
    drop: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class Source:
    """An origin of events.

    `timezone` is where its local times and days are read; `session_gap` ends a session;
    `sessions` tells whether sessions come from gaps or from the sender's `session_id`;
    `properties` are declared: they get a typed column each. `tracker_ids` are the ids by
    which other people's trackers name it, such as a domain or a number. `intervals` are the
    pairs of events that last. `addresses` is what is kept of the network addresses that
    events come from: nothing, their network (`truncated`), or a keyed hash.
    """

    name: str
    description: str = ""
    timezone: str = "UTC"
    session_gap: str = "30m"
    sessions: Sessions = "gap"
    mapping: Mapping = field(default_factory=Mapping)
    properties: dict[str, PropertyType] = field(default_factory=dict[str, PropertyType])
    tracker_ids: tuple[str, ...] = ()
    addresses: Addresses = "drop"
    intervals: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        check_source_name(self.name)
        check_intervals(self.intervals)
        _check_timezone(self.timezone)
        _check_properties(self.properties)

    def declare(self, **properties: PropertyType) -> Source:
        """The same source with these properties declared as well."""
        return replace(self, properties={**self.properties, **properties})

    def property_columns(self) -> dict[str, str]:
        """Physical column of every declared property, by key.

        >>> Source("shop", properties={"price": "float"}).property_columns()
        {'price': 'p_price'}
        """
        return {key: property_column(key) for key in self.properties}


def property_column(key: str) -> str:
    """Physical column name of a declared property: `p_` and the key made safe.

    Capitals become small, and dots, dashes and spaces `_`. A key with any other character
    has a short hash of itself at the end, for what is left of it may be nothing.

    >>> property_column("plan.tier"), property_column("größe")
    ('p_plan_tier', 'p_gr_e_7ca131')
    """
    safe = re.sub(r"[^a-z0-9_]+", "_", key.lower())
    if _PLAIN_KEY.fullmatch(key):
        return f"p_{safe}"
    mark = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=3).hexdigest()
    return f"p_{safe.strip('_')}_{mark}" if safe.strip("_") else f"p_{mark}"


def check_source_name(name: str) -> None:
    """Raise `InvalidMapping` unless `name` can be a source and so a table."""
    if not _NAME.fullmatch(name):
        raise InvalidMapping(
            f"Source name {name!r} is not allowed: use lower-case letters, digits and _, "
            "starting with a letter, at most 63 characters, such as 'web' or 'shop_eu'.",
            parameter="name",
        )
    if name in _RESERVED:
        raise InvalidMapping(
            f"Source name {name!r} is reserved: choose another, such as '{name}_log'.",
            parameter="name",
        )


def _check_timezone(timezone: str) -> None:
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        near = _near_zones(timezone)
        raise InvalidMapping(
            f"Time zone {timezone!r} is not known: use an IANA name such as 'Europe/Berlin'."
            + suggest(near),
            parameter="timezone",
            suggestions=near,
        ) from error


def _near_zones(name: str) -> list[str]:
    """Zones whose place has that name, or else zones that look like it."""
    zones, written = sorted(available_timezones()), name.strip().replace(" ", "_")
    places = [zone for zone in zones if zone.lower().endswith(f"/{written.lower()}")]
    return places[:3] or near_names(written, zones)


def _check_properties(properties: dict[str, PropertyType]) -> None:
    columns: dict[str, str] = {}
    for key, kind in properties.items():
        if kind not in PROPERTY_TYPES:
            raise InvalidMapping(
                f"Property {key!r} has type {kind!r}; allowed are {', '.join(PROPERTY_TYPES)}."
                + did_you_mean(str(kind), PROPERTY_TYPES),
                parameter=f"properties.{key}",
            )
        other = columns.setdefault(property_column(key), key)
        if other != key:
            raise InvalidMapping(
                f"Properties {other!r} and {key!r} would share the column "
                f"{property_column(key)!r}: declare only one of them.",
                parameter=f"properties.{key}",
            )
