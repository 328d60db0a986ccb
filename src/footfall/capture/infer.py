"""A mapping proposed from the beginning of a file, and what it would make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from footfall.capture.dialect import DELIMITERS, CsvDialect, sniff, split_cells
from footfall.capture.known import Known, known_lines, known_objects
from footfall.capture.logfiles import is_by_lines, open_format
from footfall.capture.logfiles.access_line import FIELDS, read_lines
from footfall.capture.logfiles.jsonarray import elements
from footfall.capture.logfiles.jsonlines import read_object
from footfall.capture.mapping import Preset
from footfall.capture.numbers import COMMA, has_points, spoiled, with_commas, with_point
from footfall.capture.opening import open_file
from footfall.capture.presets import PRESETS
from footfall.capture.reading import Content
from footfall.capture.records import BOM, Flaw, Row, cut_line
from footfall.capture.roles import Proposal, propose
from footfall.capture.sampled import Sampled, sampled
from footfall.errors import InvalidEvents, InvalidMapping
from footfall.model.event import COLUMN_NAMES
from footfall.model.source import Mapping, PropertyType, Rule, Source

SAMPLE: Final = 1024 * 1024
_ROWS: Final = 1000
_PROPERTIES: Final = 40
_FILL: Final = 0.05
# Nobody can find an address again through a hash whose key is thrown away.
_NO_SECRET: Final = b"sample"


@dataclass(frozen=True)
class Inferred:
    """What was found out about a file, to be looked at before it is used."""

    preset: Preset
    shape: str
    proposals: list[Proposal]
    n_rows: int
    n_rejected: int
    samples: list[dict[str, Any]]
    warnings: tuple[str, ...] = ()

    def source(self, name: str, timezone: str = "UTC") -> Source:
        """The source that the proposal makes."""
        return Source(
            name,
            timezone=timezone,
            sessions=self.preset.sessions,
            mapping=self.preset.mapping,
            properties=dict(self.preset.declare),
            intervals=self.preset.intervals,
        )

    def to_dict(self) -> dict[str, Any]:
        """The proposal as programs read it."""
        return {
            "shape": self.shape,
            "fields": [
                {"column": p.column, "from": p.path, "confidence": p.confidence, "why": p.reason}
                for p in self.proposals
            ],
            "properties": dict(self.preset.declare),
            "sessions": self.preset.sessions,
            "n_rows": self.n_rows,
            "n_rejected": self.n_rejected,
            "samples": self.samples,
            "warnings": list(self.warnings),
        }


def infer_file(path: Path, timezone: str = "UTC") -> Inferred:
    """What the beginning of a file, packed or not, tells about it.

    Raises `FileMissing`; `InvalidEvents` where its shape cannot be told; `InvalidMapping`
    where no field holds a time.
    """
    with open_file(path) as raw:
        data = Content(raw, str(path)).fill(SAMPLE)
    return infer(data, str(path), timezone, is_whole=len(data) < SAMPLE)


def infer(data: bytes, origin: str, timezone: str = "UTC", *, is_whole: bool = True) -> Inferred:
    """What a sample tells; `is_whole` says that nothing follows it."""
    text = data.removeprefix(BOM).lstrip()
    if not text:
        raise InvalidEvents(f"{origin} is empty: there is nothing to infer from.")
    if text[:1] in (b"{", b"["):
        found = _from_json(text, is_whole=is_whole)
    else:
        lines = text[: cut_line(text, is_last=is_whole)].decode("utf-8", "replace").splitlines()
        found = _from_known(known_lines(lines)) or _from_access_log(lines)
        found = found or _from_cells(lines[:_ROWS], origin)
    return _tried(found, data, timezone, is_whole=is_whole)


def _tried(found: Inferred, data: bytes, timezone: str, *, is_whole: bool) -> Inferred:
    """The proposal with what it makes of the sample."""
    source = found.source("sample", timezone)
    form = open_format(source, _NO_SECRET, data)
    data = data[form.begin(data) :]
    parsed = form.parse(form.records(data[: form.cut(data, is_last=is_whole)], 1))
    samples = parsed.table.slice(0, 5).to_pylist()
    return replace(
        found,
        n_rows=parsed.table.num_rows,
        n_rejected=len(parsed.faults),
        samples=[
            {key: value for key, value in row.items() if value is not None} for row in samples
        ],
    )


def _from_known(known: Known | None) -> Inferred | None:
    if known is None:
        return None
    return Inferred(PRESETS[known.name], known.shape, known.proposals, 0, 0, [])


def _from_access_log(lines: Sequence[str]) -> Inferred | None:
    read = read_lines([line for line in lines[:200] if line])
    good = [line for line in read if not isinstance(line, Flaw)]
    if len(good) < max(1, 0.8 * len(read)):
        return None
    is_combined = any(line[FIELDS.index("user_agent")] is not None for line in good)
    name = "combined" if is_combined else "common"
    share = len(good) / len(read)
    proposals = [
        Proposal("timestamp", "[time]", share, "is the time of an access log"),
        Proposal("name", "='request'", share, "is the same for every line"),
        Proposal("distinct_id", "address", share, "is who asked; kept as a keyed hash only"),
    ]
    return Inferred(PRESETS[name], f"{name} access log", proposals, 0, 0, [])


def _from_json(text: bytes, *, is_whole: bool) -> Inferred:
    by_lines = is_by_lines(text)
    if by_lines:
        items = [item for item in text[: cut_line(text, is_last=is_whole)].split(b"\n") if item]
    else:
        items = [text[start:end] for start, end in elements(text, is_last=is_whole)]
    rows = [row for item in items[:_ROWS] if not isinstance(row := read_object(item), str)]
    if not rows:
        raise InvalidEvents("The JSON holds no objects: an event must be one.")
    shape = "JSON lines" if by_lines else "JSON array or objects"
    found = known_objects(rows) or (Known("canonical", 1.0) if _is_canonical(rows) else None)
    if found is not None:
        proposals = [item for item in found.proposals if _is_there(item, rows)]
        shape = f"{shape}, {found.name} records"
        return Inferred(PRESETS[found.name], shape, proposals, 0, 0, [])
    return _proposed(sampled(rows), Mapping("jsonlines" if by_lines else "json"), shape)


def _is_there(proposal: Proposal, rows: Sequence[Row]) -> bool:
    keys = [path.partition(".")[0] for path in proposal.path.split(" or ")]
    return proposal.path.startswith("=") or any(key in row for key in keys for row in rows)


def _is_canonical(rows: Sequence[Row]) -> bool:
    def share(*keys: str) -> float:
        return sum(all(key in row for key in keys) for row in rows) / len(rows)

    is_canonical = share("name", "timestamp") > 0.9 and (
        share("distinct_id") > 0.5 or share("user_id") > 0.5 or share("properties") > 0.5
    )
    unknown = {key for row in rows for key in row} - COLUMN_NAMES - {"user_id"}
    return is_canonical and len(unknown) <= 1


def _from_cells(lines: Sequence[str], origin: str) -> Inferred:
    lines = [line for line in lines if line]
    dialect = sniff(lines)
    if dialect is None:
        raise InvalidEvents(
            f"The shape of {origin} cannot be told: it is no access log, no JSON, and no "
            f"character of {' '.join(map(repr, DELIMITERS))} parts its lines evenly. Define the "
            "source with footfall source add and a mapping file."
        )
    rows, delimiter = split_cells(lines, dialect), dialect.delimiter
    width = Counter(map(len, rows)).most_common(1)[0][0]
    has_header = len(rows[0]) == width and _is_header(rows)
    columns = rows[0] if has_header else [f"column_{i}" for i in range(1, width + 1)]
    values: list[Row] = [
        dict(zip(columns, row, strict=True)) for row in rows[has_header:] if len(row) == width
    ]
    is_plain = dialect == CsvDialect("|") and not any('"' in line for line in lines)
    usual = CsvDialect(delimiter)._asdict()
    options: dict[str, Any] = {"delimiter": delimiter}
    options |= {key: value for key, value in dialect._asdict().items() if value != usual[key]}
    if not has_header:
        options["columns"] = list(columns)
    mapping = Mapping("delimited" if is_plain else "csv", options=options)
    shape = f"{'lines' if is_plain else 'CSV'} with {width} columns parted by {delimiter!r}"
    return _with_decimals(values, mapping, shape + ("" if has_header else ", no header"))


def _with_decimals(rows: Sequence[Row], mapping: Mapping, shape: str) -> Inferred:
    """The proposal for rows of texts, whose numbers may have decimal commas."""
    fields = sampled(rows)
    paths = with_commas(fields)
    if not paths:
        return _proposed(fields, mapping, shape)
    told = f"{', '.join(paths)}: looks like numbers with decimal commas"
    if has_points(fields):
        told += ", but other numbers of the file have decimal points: it is read as text."
        return _warned(_proposed(fields, mapping, shape), told)
    fields = [
        Sampled(field.path, [value and with_point(value) for value in field.values])
        if field.path in paths
        else field
        for field in fields
    ]
    mapping = replace(mapping, options={**mapping.options, "decimal": COMMA})
    return _warned(
        _proposed(fields, mapping, shape), f"{told}; they are read so (--option decimal=,)."
    )


def _warned(found: Inferred, text: str) -> Inferred:
    return replace(found, warnings=(text, *found.warnings))


def _is_header(rows: Sequence[Sequence[str]]) -> bool:
    first = [cell.strip() for cell in rows[0]]
    if len(set(first)) < len(first) or not all(first):
        return False
    fields = [Sampled(name, [name]) for name in first]
    return all(field.kind == "text" and field.time_format is None for field in fields)


def _proposed(fields: Sequence[Sampled], mapping: Mapping, shape: str) -> Inferred:
    proposals = propose(fields)
    found = {proposal.column: proposal for proposal in proposals}
    if "timestamp" not in found:
        raise InvalidMapping(
            "No field holds times in all records; there are "
            f"{', '.join(field.path for field in fields[:30])}. Name it yourself: footfall source "
            "add NAME --mapping csv --timestamp FIELD:FORMAT --name FIELD.",
            parameter="timestamp",
        )
    if "name" not in found:
        proposals.append(Proposal("name", "='event'", 0.2, "no field tells what happened"))
    rules = {p.column: Rule((p.path,), format=p.time_format) for p in found.values()}
    rules.setdefault("name", Rule(constant="event"))
    used = {proposal.path for proposal in proposals}
    declare: dict[str, PropertyType] = {
        field.path: field.kind
        for field in fields
        if field.path not in used and field.kind is not None and field.fill >= _FILL
    }
    is_given = "session_id" in found and found["session_id"].confidence >= 0.8
    preset = Preset(
        replace(mapping, fields=rules),
        _without_clashes(dict(list(declare.items())[:_PROPERTIES])),
        sessions="given" if is_given else "gap",
    )
    warnings = [_of_words(field) for field in fields if field.path in preset.declare]
    return Inferred(preset, shape, proposals, 0, 0, [], tuple(filter(None, warnings)))


def _of_words(field: Sampled) -> str | None:
    """What there is to say of a field of numbers that some words make one of texts."""
    found = spoiled(field)
    if found is None:
        return None
    n_words, words = found
    return (
        f"{field.path}: is text, because {n_words:,} of {len(field.present):,} values "
        f"{'is' if n_words == 1 else 'are'} {', '.join(map(repr, words))}; with "
        f"--property {field.path}:float the others are numbers."
    )


def _without_clashes(declare: dict[str, PropertyType]) -> dict[str, PropertyType]:
    """Keys that do not share a column with one before them."""
    from footfall.model.source import property_column

    columns: dict[str, str] = {}
    for key in declare:
        columns.setdefault(property_column(key), key)
    return {key: kind for key, kind in declare.items() if columns[property_column(key)] == key}
