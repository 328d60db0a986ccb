"""Columns of a log file become columns of events, by the rules of a mapping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.logfiles.jsontext import json_objects
from footfall.capture.logfiles.split import Columns
from footfall.capture.pseudonyms import address_id, value_id
from footfall.capture.records import Fault, Flaw
from footfall.capture.whereabouts import Whereabouts, each_text
from footfall.intake.canonical import MAX_NAME, NUMBER_FIELDS
from footfall.intake.hidden import hides
from footfall.intake.unkept import without_hidden
from footfall.intake.validate import Rejected, read_degrees
from footfall.lake.schema import ARROW_TYPES
from footfall.model.event import column
from footfall.model.source import PropertyType, Rule, Source, property_column

_REMEMBERED: Final = 1_000_000
_INT: Final = r"^-?[0-9]{1,18}$"
_FLOAT: Final = r"^-?[0-9]{1,30}(\.[0-9]{1,30})?$"


class FieldMapper:
    """Fills canonical columns and declared properties from columns of text or numbers.

    `addresses` are the columns that hold the client's network address. These and others that
    are told by their names are kept only where the mapping names them, and their hashes are
    those that access logs have.
    """

    def __init__(
        self,
        source: Source,
        secret: bytes,
        addresses: Sequence[str] = (),
        where: Whereabouts | None = None,
    ) -> None:
        self._where = where or Whereabouts(source, secret, None)
        self._source = source
        self._mapping = source.mapping
        self._secret = secret
        self._addresses = addresses
        self._dropped = {*source.mapping.drop, *addresses}
        self._ids: dict[tuple[bool, str], str] = {}

    def table(self, times: pa.Array, columns: Columns) -> tuple[pa.Table, list[Fault]]:
        """Events, and the faults of entries that can be none."""
        n_rows = len(times)
        left = dict(columns)
        found: dict[str, pa.Array] = {"timestamp": times.cast(ARROW_TYPES["time"])}
        for name, rule in self._mapping.fields.items():
            if name != "timestamp":
                found[name] = self._column(name, rule, columns, left, n_rows)
        refused = _refused_names(found["name"])
        for name in NUMBER_FIELDS:
            if name in found:
                found[name], wrong = _degrees(name, found[name])
                refused += wrong
        found |= self._placed(columns, found)
        properties = self._properties(columns, left)
        found |= self._declared(properties)
        found["properties"] = json_objects(properties, n_rows)
        table = pa.table(found)
        if refused:
            kept = np.ones(n_rows, np.bool_)
            kept[[fault.record for fault in refused]] = False
            table = table.filter(pa.array(kept))
        return table, refused

    def _column(
        self, name: str, rule: Rule, columns: Columns, left: Columns, n_rows: int
    ) -> pa.Array:
        """The values of a rule; what it uses up is taken out of `left`."""
        value = pa.nulls(n_rows, pa.string())
        for path in rule.paths:
            if path not in columns:
                continue
            texts = _as_text(columns[path])
            is_used = pc.and_(pc.is_null(value), pc.is_valid(texts))
            hashed = self._hashed(path, texts) if rule.hashed else texts
            value = pc.if_else(is_used, hashed, value)
            if rule.hashed or len(rule.paths) == 1:
                left.pop(path, None)
            elif path in left:
                left[path] = pc.if_else(is_used, pa.scalar(None, left[path].type), left[path])
        if rule.constant is not None:
            value = pc.fill_null(value, rule.constant)
        known = column(name)
        return _truth(value) if known is not None and known.type == "bool" else value

    def _placed(self, columns: Columns, found: Columns) -> dict[str, pa.Array]:
        """Where the client is, and what the column `address` may keep."""
        placed: dict[str, pa.Array] = {}
        if "address" in found:
            placed["address"] = each_text(_as_text(found["address"]), self._where.kept)
        own = next((name for name in self._addresses if name in columns), None)
        own = own or next((name for name in columns if hides(name) == "address"), None)
        told = {} if own is None else self._where.columns(_as_text(columns[own]), found)
        return told | placed

    def _hashed(self, path: str, values: pa.Array) -> pa.Array:
        is_address = path in self._addresses or hides(path) == "address"
        make = address_id if is_address else value_id
        if len(self._ids) > _REMEMBERED:
            self._ids.clear()

        def pseudonym(value: str) -> str:
            found = self._ids.get((is_address, value))
            if found is None:
                found = self._ids[is_address, value] = make(value, self._secret)
            return found

        return each(values, pseudonym)

    def _properties(self, columns: Columns, left: Columns) -> Columns:
        """What is kept besides the columns, under the names that the mapping gives."""
        moved = {
            key: columns[path] for key, path in self._mapping.properties.items() if path in columns
        }
        for path in self._mapping.properties.values():
            left.pop(path, None)
        rest = {name: values for name, values in left.items() if name not in self._dropped}
        return self._without_hidden(rest, columns) | moved

    def _without_hidden(self, rest: Columns, columns: Columns) -> Columns:
        """Columns without what their names say are addresses, cookies and credentials."""
        taken = [name for name in columns if name in self._addresses or hides(name) == "address"]
        kept: Columns = {}
        for name, values in rest.items():
            kind = hides(name)
            if kind not in ("nothing", "secret"):
                values = each(_as_text(values), partial(_kept_text, name, taken))
            if kind != "secret":
                kept[name] = values
        return kept

    def _declared(self, properties: Columns) -> dict[str, pa.Array]:
        """Columns of declared properties; only values of another type stay in `properties`."""
        found: dict[str, pa.Array] = {}
        for key, kind in self._source.properties.items():
            if key not in properties or kind == "time":
                continue
            values = properties.pop(key)
            typed = _typed(values, kind)
            found[property_column(key)] = typed
            if typed.null_count > values.null_count:
                nothing = pa.scalar(None, values.type)
                properties[key] = pc.if_else(pc.is_valid(typed), nothing, values)
        return found


def _kept_text(name: str, taken: Sequence[str], text: str) -> str | None:
    return without_hidden({name: text}, taken=taken).get(name)


def each(values: pa.Array, function: Callable[[str], Any]) -> pa.Array:
    """The function of every text, called once for each that is different."""
    encoded = values.dictionary_encode()
    made = [function(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(encoded.indices)


def known(values: pa.Array) -> pa.Array:
    """`-` and nothing stand for a value that was not there."""
    is_missing = pc.or_(pc.equal(values, "-"), pc.equal(values, ""))
    return pc.if_else(is_missing, pa.scalar(None, values.type), values)


def numbers(values: pa.Array) -> pa.Array:
    """The texts as numbers; null where they are none."""
    return _typed(values, "float")


def _as_text(values: pa.Array) -> pa.Array:
    return values if values.type == pa.string() else values.cast(pa.string())


def _typed(values: pa.Array, kind: PropertyType) -> pa.Array:
    """The values of that type; null where they are of another."""
    target = ARROW_TYPES[kind]
    if kind == "text":
        return _as_text(values)
    if values.type == pa.float64():
        return values if kind == "float" else _whole(values, target)
    if kind == "bool":
        return _truth(values)
    fits = pc.match_substring_regex(values, _INT if kind == "int" else _FLOAT)
    return pc.if_else(fits, values, pa.scalar(None, pa.string())).cast(target)


def _whole(values: pa.Array, target: pa.DataType) -> pa.Array:
    is_whole = pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), 2.0**53))
    return pc.if_else(is_whole, values, pa.scalar(None, pa.float64())).cast(target)


def _truth(values: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(_as_text(values))
    is_true = pc.is_in(lower, pa.array(["true", "yes", "1"]))
    is_told = pc.or_(is_true, pc.is_in(lower, pa.array(["false", "no", "0"])))
    return pc.if_else(is_told, is_true, pa.scalar(None, pa.bool_()))


def _degrees(name: str, texts: pa.Array) -> tuple[pa.Array, list[Fault]]:
    """The texts as degrees, and the faults of rows where they are none."""
    wrong: dict[str, Flaw] = {}

    def read(text: str | None) -> float | None:
        try:
            return read_degrees(name, text)
        except Rejected as error:
            wrong[str(text)] = Flaw(error.reason, error.code)
            return None

    encoded = texts.dictionary_encode()
    values = pa.array([read(text) for text in encoded.dictionary.to_pylist()], pa.float64())
    if wrong:
        rows = enumerate(texts.to_pylist())
        return values.take(encoded.indices), [
            Fault(row, *wrong[text]) for row, text in rows if text in wrong
        ]
    return values.take(encoded.indices), []


def _refused_names(names: pa.Array) -> list[Fault]:
    lengths = pc.fill_null(pc.utf8_length(names), 0)
    wrong = pc.or_(pc.equal(lengths, 0), pc.greater(lengths, MAX_NAME))
    if not pc.any(wrong).as_py():
        return []
    rows = np.flatnonzero(wrong.to_numpy(zero_copy_only=False)).tolist()
    too_long = Flaw(f"name: longer than {MAX_NAME} characters", "invalid_name")
    missing = Flaw("name: the line has nothing where the mapping finds it", "missing_name")
    return [Fault(row, *(too_long if lengths[row].as_py() else missing)) for row in rows]
