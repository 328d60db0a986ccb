"""Events as dictionaries, in the shape in which they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from footfall.model.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def records(table: pa.Table, source: Source) -> Iterator[dict[str, Any]]:
    """One dictionary per event, all properties together under `properties`.

    `table` has physical columns; values of declared properties join those that stayed in
    the JSON. A key with dots goes inside: `plan.tier` becomes `{"plan": {"tier": …}}`.
    """
    declared = {
        column: key
        for key, column in source.property_columns().items()
        if column in table.column_names
    }
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            values = {key: row.pop(column) for column, key in declared.items()}
            if "properties" in row:
                row["properties"] = merged_properties(row["properties"], values)
            yield row


def merged_properties(text: str | None, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Properties of one event: those of the JSON text and the declared ones that have a value.

    >>> merged_properties('{"a": 1}', {"plan.tier": 2, "price": None})
    {'a': 1, 'plan': {'tier': 2}}
    """
    properties = read_properties(text)
    for key, value in declared.items():
        if value is not None:
            _put(properties, key, value)
    return properties


def read_properties(text: str | None) -> dict[str, Any]:
    """The JSON object in a `properties` column; empty where there is none."""
    if not text:
        return {}
    try:
        return _decode(text)
    except msgspec.DecodeError:
        return {}


def look_up(properties: Mapping[str, Any], key: str) -> Any:
    """The value of a property: under the key itself, else along its dots."""
    if key in properties:
        return properties[key]
    value: Any = properties
    for part in key.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _put(properties: dict[str, Any], key: str, value: Any) -> None:
    *path, last = key.split(".")
    inside = properties
    for part in path:
        below = inside.setdefault(part, {})
        if not isinstance(below, dict):
            properties[key] = value
            return
        inside = below
    inside[last] = value
