"""Records as dictionaries become columns of events, by the rules of a mapping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

import msgspec
import numpy as np
import pyarrow as pa

from footfall.capture.mapping import check_mapping
from footfall.capture.numbers import COMMA, decimal_mark, with_point
from footfall.capture.pseudonyms import value_id
from footfall.capture.records import Fault, Flaw, Parsed, Row
from footfall.capture.refine import Refiner
from footfall.capture.times import TimeReader, time_reader
from footfall.capture.whereabouts import Whereabouts, each_text
from footfall.intake.canonical import MAX_NAME, NUMBER_FIELDS
from footfall.intake.hidden import hides
from footfall.intake.secretive import without_sent
from footfall.intake.unkept import without_hidden
from footfall.intake.validate import Rejected, read_degrees
from footfall.lake.schema import ARROW_TYPES
from footfall.model.epoch import from_epoch_us
from footfall.model.event import COLUMNS, column
from footfall.model.source import Mapping, PropertyType, Rule, Source

Caster = Callable[[str], Any]
Numbers = dict[str, list[Any]]

_MISSING: Final = (None, "")
_PEERS: Final = ("address", "perhaps")
_encode = msgspec.json.encode
_FALSE_AND_TRUE: Final = {
    "false": False,
    "no": False,
    "0": False,
    "true": True,
    "yes": True,
    "1": True,
}


class RowMapper:
    """Turns rows into a table of canonical columns, once the rules are compiled.

    With `is_text` every value of a row is text, as in CSV, so that values of declared
    properties are read as their type; what does not read so stays text, to be counted as a
    mismatch where properties are moved to their columns. Options of the mapping:

    - `decimal`: numbers in text have a decimal comma.
    - `addresses`: where the client's address is, which tells the place and is not kept.
    - `hides`: which other addresses are not kept; `addresses` are told by their names, wherever
      they lie, `sent` are those beside the properties of a sent event.
    """

    def __init__(
        self, source: Source, secret: bytes, *, is_text: bool, where: Whereabouts | None = None
    ) -> None:
        mapping = check_mapping(source.mapping)
        self._where = where or Whereabouts(source, secret, None)
        self._client = _Rule(Rule(paths=_addresses(mapping)), secret)
        self._secret = secret
        self._rules = {name: _Rule(rule, secret) for name, rule in mapping.fields.items()}
        timestamp = self._rules.pop("timestamp")
        self._timestamp = timestamp
        self._read_time = time_reader(mapping.fields["timestamp"].format, source.timezone)
        self._rest = _Rest(mapping, [timestamp, *self._rules.values()])
        self._refiner = Refiner(mapping.options)
        is_text = is_text or bool(mapping.options.get("is_text", False))
        self._has_commas = is_text and decimal_mark(mapping.options) == COMMA
        self._casts = _text_casts(source, has_commas=self._has_commas) if is_text else {}

    def table(self, rows: Sequence[Row], places: np.ndarray[Any, Any]) -> Parsed:
        """Events out of rows, row i being record `places[i]`. The rows are used up."""
        self._refiner.prepare(rows)
        times, faults = self._times(rows)
        names = self._refiner.names(self._rules["name"].texts(rows), rows)
        faults |= {
            index: self._rules["name"].missing("name")
            for index, name in enumerate(names)
            if name is None and index not in faults
        }
        faults |= {
            index: Flaw(f"name: longer than {MAX_NAME} characters", "invalid_name")
            for index, name in enumerate(names)
            if name is not None and len(name) > MAX_NAME and index not in faults
        }
        numbers, wrong = self._numbers(rows)
        faults = wrong | faults
        kept = rows if not faults else [row for i, row in enumerate(rows) if i not in faults]
        columns = {"timestamp": pa.array([t for i, t in enumerate(times) if i not in faults])}
        columns["timestamp"] = columns["timestamp"].cast(pa.int64()).cast(ARROW_TYPES["time"])
        columns |= {name: self._column(name, kept) for name in self._rules if name not in numbers}
        columns |= {
            name: pa.array([v for i, v in enumerate(values) if i not in faults], pa.float64())
            for name, values in numbers.items()
        }
        columns |= self._placed(kept, columns)
        columns["name"] = pa.array([n for i, n in enumerate(names) if i not in faults], pa.string())
        columns["properties"] = pa.array(self._properties(kept), pa.string())
        good = np.array([i not in faults for i in range(len(rows))], np.bool_)
        return Parsed(
            pa.table(_in_order(columns)),
            places[good] if len(rows) else places,
            [Fault(int(places[index]), *flaw) for index, flaw in sorted(faults.items())],
        )

    def _times(self, rows: Sequence[Row]) -> tuple[list[int | None], dict[int, Flaw]]:
        values = self._timestamp.values(rows)
        faults: dict[int, Flaw] = {}
        times: list[int | None] = []
        read: TimeReader = self._read_time
        for index, value in enumerate(values):
            if value in _MISSING:
                faults[index] = self._timestamp.missing("timestamp")
            else:
                try:
                    times.append(read(value))
                    continue
                except ValueError as error:
                    faults[index] = Flaw(f"timestamp: {error}", "invalid_timestamp")
            times.append(None)
        return times, faults

    def _column(self, name: str, rows: Sequence[Row]) -> pa.Array:
        found = column(name)
        assert found is not None
        if found.type == "bool":
            values = self._rules[name].values(rows)
            return pa.array([_truth(value) for value in values], pa.bool_())
        return pa.array(self._rules[name].texts(rows), pa.string())

    def _numbers(self, rows: Sequence[Row]) -> tuple[Numbers, dict[int, Flaw]]:
        """The columns of numbers, and why some rows cannot be in them."""
        numbers: Numbers = {}
        faults: dict[int, Flaw] = {}
        for name in NUMBER_FIELDS:
            if name not in self._rules:
                continue
            values = numbers[name] = self._rules[name].numbers(rows)
            for index, value in enumerate(values):
                if value is None:
                    continue
                if self._has_commas and isinstance(value, str):
                    # No thousands are parted in degrees.
                    value = value.replace(COMMA, ".")
                try:
                    values[index] = read_degrees(name, value)
                except Rejected as error:
                    faults[index] = Flaw(error.reason, error.code)
        return numbers, faults

    def _placed(self, rows: Sequence[Row], columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
        """Where the rows came from, and what the column `address` may keep."""
        placed: dict[str, pa.Array] = {}
        if "address" in columns:
            placed["address"] = each_text(columns["address"], self._where.kept)
        if not self._client.paths:
            return placed
        found = self._where.columns(pa.array(self._client.texts(rows), pa.string()), columns)
        return found | placed

    def _properties(self, rows: Sequence[Row]) -> list[str | None]:
        texts: list[str | None] = []
        for row in rows:
            rest = self._rest.of(row)
            for key, cast_text in self._casts.items():
                if isinstance(rest.get(key), str):
                    rest[key] = cast_text(rest[key])
            self._refiner.finish(rest)
            texts.append(_encode(rest).decode() if rest else None)
        return texts


class _Rule:
    """One field rule, compiled."""

    def __init__(self, rule: Rule, secret: bytes) -> None:
        self.rule = rule
        self.paths = [_Path(path) for path in rule.paths]
        self._secret = secret

    def values(self, rows: Sequence[Row]) -> list[Any]:
        """The value of each row: at the first path that has one, else the constant."""
        if not self.paths:
            return [self.rule.constant] * len(rows)
        values = [self.paths[0].get(row) for row in rows]
        for path in self.paths[1:]:
            for index, value in enumerate(values):
                if value in _MISSING:
                    values[index] = path.get(rows[index])
        if self.rule.constant is not None:
            return [self.rule.constant if value in _MISSING else value for value in values]
        return values

    def texts(self, rows: Sequence[Row]) -> list[str | None]:
        """The values as text; none where there is nothing."""
        texts = [value if type(value) is str else _text(value) for value in self.values(rows)]
        texts = [text or None for text in texts]
        if self.rule.hashed:
            return [text and value_id(text, self._secret) for text in texts]
        return texts

    def numbers(self, rows: Sequence[Row]) -> list[Any]:
        """The values of a column of numbers, unchecked; none where there is nothing."""
        values = self.texts(rows) if self.rule.hashed else self.values(rows)
        return [None if value in _MISSING else value for value in values]

    def used(self, row: Row) -> _Path | None:
        """The path that the row's value came from."""
        for path in self.paths:
            if path.get(row) not in _MISSING:
                return path
        return None

    def missing(self, name: str) -> Flaw:
        """Why a row without a value is no event."""
        paths = " or ".join(repr(path) for path in self.rule.paths)
        return Flaw(f"{name}: the record has no {paths}", f"missing_{name}")


class _Path:
    """A place in a record: a key, or keys joined by dots where no key has those dots."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys = text.split(".")

    def get(self, row: Row) -> Any:
        """The value there, or None."""
        value = row.get(self.text)
        if value is not None or len(self.keys) == 1:
            return value
        inner: Any = row
        for key in self.keys:
            inner = _member(inner, key)
        return inner

    def remove(self, row: Row) -> None:
        """Take the value out, with every object that is empty without it."""
        if row.pop(self.text, None) is None and len(self.keys) > 1:
            _remove(row, self.keys)


def _member(value: Any, key: str) -> Any:
    """The member of that key of an object, or of that number, from 0, of an array."""
    if isinstance(value, dict):
        return cast("Row", value).get(key)
    if isinstance(value, list) and key.isdecimal():
        items = cast("list[Any]", value)
        return items[int(key)] if int(key) < len(items) else None
    return None


def _remove(row: Row, keys: list[str]) -> None:
    inner = row.get(keys[0])
    if len(keys) == 1:
        row.pop(keys[0], None)
    elif isinstance(inner, dict):
        _remove(cast("Row", inner), keys[1:])
        if not inner:
            del row[keys[0]]


class _Rest:
    """What a mapping leaves of a record for its properties."""

    def __init__(self, mapping: Mapping, rules: list[_Rule]) -> None:
        simple = [rule for rule in rules if len(rule.paths) == 1]
        self._always = [rule.paths[0] for rule in simple]
        self._always += [_Path(path) for path in (*mapping.drop, *_addresses(mapping))]
        # Of several paths only the one that was used is taken out: the others tell more.
        self._sometimes = [rule for rule in rules if len(rule.paths) > 1]
        self._hashed = [path for rule in rules if rule.rule.hashed for path in rule.paths]
        self._moved = {key: _Path(path) for key, path in mapping.properties.items()}
        self._spread = str(mapping.options.get("spread", ""))
        self._hides = mapping.options.get("hides")
        used = {path.text: path for path in (*self._always, *self._hashed)}
        self._peers = [path for path in used.values() if hides(path.text) in _PEERS]

    def of(self, row: Row) -> Row:
        """The rest of `row`, which is used up by it."""
        used = [path for rule in self._sometimes if (path := rule.used(row))]
        moved = {
            key: value for key, path in self._moved.items() if (value := path.get(row)) is not None
        }
        # Ports may be left beside addresses that are out of the row by then.
        taken = [path.text for path in self._peers if path.get(row) not in _MISSING]
        for path in (*self._always, *used, *self._hashed, *self._moved.values()):
            path.remove(row)
        # What the mapping names is out of it by now, and kept.
        if self._hides == "addresses":
            row = without_hidden(row, taken=taken)
        elif self._hides == "sent":
            row = without_sent(row)
        row.update(moved)
        inner = row.get(self._spread) if self._spread else None
        if isinstance(inner, dict):
            del row[self._spread]
            # A key of the event itself is what was meant where both say something.
            row = cast("Row", inner) | row
        return {key: value for key, value in row.items() if value is not None}


def _addresses(mapping: Mapping) -> tuple[str, ...]:
    """Paths of the client's network address, by the mapping's option `addresses`."""
    paths = mapping.options.get("addresses", ())
    return tuple(paths.split(",") if isinstance(paths, str) else map(str, paths))


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _encode(value).decode()


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return _FALSE_AND_TRUE.get(str(value).lower())


def _text_casts(source: Source, *, has_commas: bool) -> dict[str, Caster]:
    return {
        key: _caster(kind, source.timezone, has_commas=has_commas)
        for key, kind in source.properties.items()
        if kind != "text"
    }


def _caster(kind: PropertyType, timezone: str, *, has_commas: bool) -> Caster:
    read_time = time_reader("auto", timezone)
    has_commas = has_commas and kind in ("int", "float")

    def cast_text(text: str) -> Any:
        try:
            if has_commas:
                return _CASTS[kind](with_point(text))
            if kind == "time":
                return from_epoch_us(read_time(text)).isoformat()
            return _CASTS[kind](text)
        except (ValueError, KeyError):
            return text

    return cast_text


def _finite(text: str) -> float:
    value = float(text)
    if value - value != 0:
        raise ValueError(text)
    return value


_CASTS: Final[dict[str, Caster]] = {
    "int": int,
    "float": _finite,
    "bool": lambda text: _FALSE_AND_TRUE[text.strip().lower()],
}
_ORDER: Final = [item.name for item in COLUMNS]


def _in_order(columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    return {name: columns[name] for name in _ORDER if name in columns}
