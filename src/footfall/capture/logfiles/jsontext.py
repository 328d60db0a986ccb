"""JSON objects as text, put together column by column."""

from __future__ import annotations

import msgspec
import pyarrow as pa
import pyarrow.compute as pc


def json_objects(columns: dict[str, pa.Array], n_rows: int) -> pa.Array:
    """One JSON object a row out of whole columns; nulls are left out, no members is null."""
    members = [_members(key, values) for key, values in columns.items() if not _is_null(values)]
    if not members:
        return pa.nulls(n_rows, pa.string())
    inner = members[0]
    for member in members[1:]:
        # Not null_handling="skip", which leaves out rows that are null throughout.
        both = pc.binary_join_element_wise(inner, member, ",")
        inner = pc.coalesce(both, inner, member)
    return pc.binary_join_element_wise("{", inner, "}", "")


def _is_null(values: pa.Array) -> bool:
    return values.null_count == len(values)


def _members(key: str, values: pa.Array) -> pa.Array:
    start = pa.scalar(msgspec.json.encode(key).decode() + ":")
    return pc.binary_join_element_wise(start, _texts(values), "")


def _texts(values: pa.Array) -> pa.Array:
    if not pa.types.is_string(values.type):
        return values.cast(pa.string())
    encoded = values.dictionary_encode()
    texts = [msgspec.json.encode(value).decode() for value in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(encoded.indices)
