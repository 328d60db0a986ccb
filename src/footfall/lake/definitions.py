"""Definitions of sources as TOML files, one each, that people may edit."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import msgspec

from footfall.errors import InvalidMapping, did_you_mean
from footfall.lake.files import write_whole
from footfall.lake.toml import to_toml
from footfall.model.event import COLUMN_NAMES
from footfall.model.source import Field, Mapping, Source
from footfall.model.time import parse_duration


def read_definition(path: Path) -> Source:
    """The source defined in `path`, named like the file.

    Raises `InvalidMapping` naming the file and the key that is wrong.
    """
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidMapping(f"{path} is not valid TOML: {error}.") from error
    try:
        _check_keys(values)
        source = msgspec.convert({**values, "name": path.stem}, Source)
        check_source(source)
    except msgspec.ValidationError as error:
        raise InvalidMapping(f"{path}: {_place(str(error))}. Mend it there.") from error
    except InvalidMapping as error:
        raise InvalidMapping(
            f"{path}: {error.message}", parameter=error.parameter, suggestions=error.suggestions
        ) from error
    return source


def write_definition(path: Path, source: Source) -> None:
    """Write the source so that `read_definition` gives it back; what is default is left out."""
    write_whole(path, definition_text(source).encode())


def definition_text(source: Source) -> str:
    """The TOML text of a source, without its name."""
    values = asdict(source)
    del values["name"]
    values["mapping"]["fields"] = {
        name: _without_defaults(rule, Field()) for name, rule in values["mapping"]["fields"].items()
    }
    mapping = _without_defaults(values.pop("mapping"), Mapping())
    if not values["properties"]:
        del values["properties"]
    return to_toml(values | ({"mapping": mapping} if mapping else {}))


def check_source(source: Source) -> None:
    """Raise `InvalidMapping` for what the source's own types cannot rule out."""
    try:
        parse_duration(source.session_gap)
    except Exception as error:
        raise InvalidMapping(
            f"session_gap {source.session_gap!r} is not a duration: write such as '30m' or '1h'.",
            parameter="session_gap",
        ) from error
    for name in source.mapping.fields:
        _check_known(f"mapping.fields.{name}", name, COLUMN_NAMES)
    for key in source.properties:
        if not key:
            raise InvalidMapping("A declared property has an empty key.", parameter="properties")


def _check_keys(values: dict[str, Any]) -> None:
    _check_all("", values, _names(Source) - {"name"})
    mapping = values.get("mapping", {})
    if not isinstance(mapping, dict):
        return
    _check_all("mapping.", mapping, _names(Mapping))
    rules = mapping.get("fields", {})
    for name, rule in rules.items() if isinstance(rules, dict) else ():
        if isinstance(rule, dict):
            _check_all(f"mapping.fields.{name}.", rule, _names(Field))


def _check_all(prefix: str, values: dict[str, Any], known: set[str]) -> None:
    for key in values:
        _check_known(prefix + key, key, known)


def _check_known(parameter: str, key: str, known: Iterable[str]) -> None:
    if key not in known:
        raise InvalidMapping(
            f"{parameter} is not known; there are {', '.join(sorted(known))}."
            + did_you_mean(key, known),
            parameter=parameter,
        )


def _names(kind: type[Any]) -> set[str]:
    return {item.name for item in fields(kind)}


def _place(message: str) -> str:
    """msgspec says where as `$.a.b`; people read `a.b`."""
    return message.replace("`$.", "`")


def _without_defaults(values: dict[str, Any], default: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value != getattr(default, key)}
