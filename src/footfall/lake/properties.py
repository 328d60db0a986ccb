"""Declared properties move from the JSON text into typed columns of their own.

Used when events come in and when older files are rewritten, so that both read the same
value out of the same JSON. Casting is strict: a value of another type stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.lake.schema import ARROW_TYPES
from footfall.model.source import ISO_TIME, PropertyType, Source, property_column
from footfall.model.time import read_iso, to_epoch_us

Members = dict[str, msgspec.Raw]
Cast = Callable[[msgspec.Raw | bytes], Any]

_ISO: Final = re.compile(ISO_TIME)
_INT64: Final = 2**63

_members = msgspec.json.Decoder(Members)
_encoder = msgspec.json.Encoder()


def declare(table: pa.Table, source: Source) -> tuple[pa.Table, int]:
    """The table with declared properties in their columns, and the number of mismatches.

    Every declared column is there afterwards. A value is looked up in `properties` under
    the declared key itself, then along its dots (`plan.tier` in `{"plan": {"tier": 1}}`);
    the first that has the declared type leaves the JSON, as queries read it out of there.
    Null counts as missing. A value of another type stays in the JSON, and counts as one
    mismatch if none fits. A column that has a value already keeps it, and the JSON of that
    event keeps its own.
    """
    table = _with_columns(table, source)
    if not source.properties or table["properties"].null_count == table.num_rows:
        return table, 0
    return _move(table, source)


def cast_property(raw: bytes, kind: PropertyType) -> Any:
    """Value of a JSON text as the declared type, or None if it is of another type.

    Times come as microseconds since 1970 in UTC; a time without offset is taken as UTC.

    >>> cast_property(b"3.0", "int"), cast_property(b"true", "int")
    (3, None)
    """
    return _CASTS[kind](raw)


def _with_columns(table: pa.Table, source: Source) -> pa.Table:
    columns = source.property_columns()
    for key, kind in source.properties.items():
        if columns[key] not in table.column_names:
            nulls = pa.nulls(table.num_rows, ARROW_TYPES[kind])
            table = table.append_column(columns[key], nulls)
    if "properties" not in table.column_names:
        table = table.append_column("properties", pa.nulls(table.num_rows, pa.string()))
    return table


def _move(table: pa.Table, source: Source) -> tuple[pa.Table, int]:
    texts, code = _distinct(table["properties"])
    wanted = _mentions(texts, source)
    rows = np.flatnonzero(wanted[code])
    if not len(rows):
        return table, 0
    columns = list(source.property_columns().values())
    # One reading serves all events with the same JSON and the same columns already filled.
    filled = np.column_stack([_filled(table[column]) for column in columns])[rows]
    kept, skips, group = _group(code[rows], filled)
    reader = _Reader(source)
    for text, skip in zip(texts.take(pa.array(kept)).to_pylist(), skips, strict=True):
        reader.read(text, skip)
    taken = np.full(table.num_rows, -1)
    taken[rows] = group
    index = pa.array(taken, mask=taken < 0)
    return reader.apply(table, index), int(np.asarray(reader.mismatched)[group].sum())


def _distinct(column: pa.ChunkedArray) -> tuple[pa.Array, np.ndarray]:
    """Distinct texts and, for each row, the place of its text; null has a place too."""
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False)


def _mentions(texts: pa.Array, source: Source) -> np.ndarray:
    """Which texts can hold a declared key; a cheap look that spares the parsing."""
    parts = {json_escape(key.rsplit(".", 1)[-1]) for key in source.properties}
    # A sender may write any letter of a key as \uXXXX.
    found = pc.match_substring(texts, "\\u")
    for part in parts:
        found = pc.or_(found, pc.match_substring(texts, part))
    return pc.fill_null(found, False).to_numpy(zero_copy_only=False)


def json_escape(key: str) -> str:
    """The key as it stands inside a JSON text, without the quotes."""
    return _encoder.encode(key).decode()[1:-1]


def _filled(column: pa.ChunkedArray) -> np.ndarray:
    return column.is_valid().to_numpy()


def _group(code: np.ndarray, filled: np.ndarray) -> tuple[np.ndarray, list[Any], np.ndarray]:
    """Distinct pairs of text and filled columns, and the pair of each row."""
    if not filled.any():
        kept, group = np.unique(code, return_inverse=True)
        return kept, [None] * len(kept), group
    packed = np.column_stack([code, filled.astype(code.dtype)])
    kept, group = np.unique(packed, axis=0, return_inverse=True)
    return kept[:, 0], list(kept[:, 1:].astype(bool)), group.reshape(-1)


class _Reader:
    """Collects, for each JSON text read, its typed values, the JSON left, its mismatches."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.items: list[tuple[str, list[list[str]], Cast, list[Any]]] = [
            (key, [[key], key.split(".")] if "." in key else [[key]], _CASTS[kind], [])
            for key, kind in source.properties.items()
        ]
        self.left: list[str | None] = []
        self.mismatched: list[int] = []

    def read(self, text: str, skip: np.ndarray | None) -> None:
        members = _open(text)
        n_mismatched, is_changed = 0, False
        for place, (_, paths, cast, values) in enumerate(self.items):
            if skip is not None and skip[place]:
                values.append(None)
                continue
            value, taken, is_mismatched = _take(members, paths, cast)
            values.append(value)
            for path in taken:
                _remove(members, path)
            is_changed |= bool(taken)
            n_mismatched += is_mismatched
        self.mismatched.append(n_mismatched)
        self.left.append(_close(members) if is_changed else text)

    def apply(self, table: pa.Table, index: pa.Array) -> pa.Table:
        """The table with what was read; `index` is the reading of each row, or null."""
        is_read = index.is_valid()
        left = pa.array(self.left, pa.string()).take(index)
        table = _replace(
            table, "properties", pc.if_else(is_read, left, table["properties"].combine_chunks())
        )
        for key, _, _, values in self.items:
            column = property_column(key)
            read = pa.array(values, ARROW_TYPES[self.source.properties[key]]).take(index)
            table = _replace(table, column, pc.coalesce(table[column].combine_chunks(), read))
        return table


def _replace(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)


def _open(text: str | msgspec.Raw) -> Members:
    """Members of a JSON object; none if the text is not an object."""
    try:
        return _members.decode(text)
    except msgspec.DecodeError:
        return {}


def _close(members: Members) -> str | None:
    return _encoder.encode(members).decode() if members else None


def _take(
    members: Members, paths: list[list[str]], cast: Cast
) -> tuple[Any, list[list[str]], bool]:
    """The first value that can be cast, the paths to take out, and whether none fitted."""
    taken: list[list[str]] = []
    is_mismatched = False
    for path in paths:
        raw = _find(members, path)
        if raw is None:
            continue
        value = cast(raw)
        if value is not None:
            return value, [*taken, path], False
        if bytes(raw) == b"null":
            taken.append(path)
        else:
            is_mismatched = True
    return None, taken, is_mismatched


def _find(members: Members, path: list[str]) -> msgspec.Raw | None:
    for key in path[:-1]:
        inner = members.get(key)
        if inner is None:
            return None
        members = _open(inner)
    return members.get(path[-1])


def _remove(members: Members, path: list[str]) -> None:
    """Take the value out, and every object that is empty without it."""
    if len(path) == 1:
        del members[path[0]]
        return
    below = _open(members[path[0]])
    _remove(below, path[1:])
    if below:
        members[path[0]] = msgspec.Raw(_encoder.encode(below))
    else:
        del members[path[0]]


def _strict(kind: type) -> Cast:
    decode = msgspec.json.Decoder(kind).decode

    def cast(raw: msgspec.Raw | bytes) -> Any:
        try:
            return decode(raw)
        except msgspec.DecodeError:
            return None

    return cast


_text = _strict(str)
_whole = _strict(int)
_number = _strict(float)


def _int(raw: msgspec.Raw | bytes) -> int | None:
    value = _whole(raw)
    if value is None:
        number = _number(raw)
        value = int(number) if number is not None and number.is_integer() else None
    return value if value is not None and -_INT64 <= value < _INT64 else None


def _time(raw: msgspec.Raw | bytes) -> int | None:
    text = _text(raw)
    if text is None or not _ISO.fullmatch(text):
        return None
    try:
        return to_epoch_us(read_iso(text))
    except (ValueError, OverflowError):
        return None


_CASTS: Final[dict[PropertyType, Cast]] = {
    "text": _text,
    "int": _int,
    "float": _number,
    "bool": _strict(bool),
    "time": _time,
}
