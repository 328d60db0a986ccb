"""Settings of a lake: defaults, then `footfall.toml`, then the environment.

An environment variable `FOOTFALL_<SECTION>_<KEY>` overrides the key of that section,
such as `FOOTFALL_SERVER_PORT=9000`; blanks part the items of a list. Sizes are text
("64MiB") and durations too ("30m").
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, get_type_hints

import msgspec

from footfall.amounts import parse_duration, parse_size
from footfall.errors import InvalidInput, InvalidSetting, did_you_mean

FILE_NAME = "footfall.toml"

ENGINES: Final = ("duckdb", "clickhouse")


def check_engine(name: str) -> None:
    """Raise `InvalidSetting` for a name that no engine has."""
    if name not in ENGINES:
        raise InvalidSetting(
            f"Engine {name!r} is not known; there are {' and '.join(ENGINES)}."
            + did_you_mean(name, ENGINES)
        )


# What a text has to be read by; one that is empty by default may be empty.
EngineName: TypeAlias = Annotated[str, check_engine]
Size: TypeAlias = Annotated[str, parse_size]
Duration: TypeAlias = Annotated[str, parse_duration]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]

_PLACE = re.compile(r"\$\.(\w+)\.(\w+)")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Where the server listens, how people reach it, how long logins and requests may take."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8790
    public_url: str = ""
    login_lifetime: Duration = "30d"
    request_timeout: Duration = "30s"
    embed_origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """Limits of what is taken in, and how the journal is kept."""

    max_body: Size = "10MiB"
    max_events: Count = 10_000
    max_event: Size = "256KiB"
    max_waiting: Size = "64MiB"
    max_backlog: Size = "8GiB"
    segment: Size = "64MiB"
    move_every: Duration = "1s"
    remember_ids: Duration = "7d"
    places: str = ""


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """How tables are kept."""

    compact_every: Duration = "30s"
    vacuum_after: Duration = "1h"
    log_retention: Duration = "10m"


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """Limits of one query; an empty `memory` means half of the machine's, "0s" no limit."""

    engine: EngineName = "duckdb"
    memory: Size = ""
    threads: Count = 0
    max_rows: Count = 100_000
    timeout: Duration = "60s"


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Paths at which pages find the browser tracker, and send to, besides the usual ones."""

    script: str = "/footfall.js"
    endpoint: str = "/v1/events"


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, one section each."""

    server: ServerSettings = field(default_factory=ServerSettings)
    intake: IntakeSettings = field(default_factory=IntakeSettings)
    lake: LakeSettings = field(default_factory=LakeSettings)
    query: QuerySettings = field(default_factory=QuerySettings)
    tracker: TrackerSettings = field(default_factory=TrackerSettings)


def load_settings(folder: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings of the lake in `folder`; raises `InvalidSetting` naming the key."""
    path = folder / FILE_NAME
    values = _read(path) if path.exists() else {}
    environment = os.environ if environment is None else environment
    _check_names(values, path)
    _check_variables(environment)
    _overlay(values, environment)
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        origin = _origin(str(error), environment) or path
        raise InvalidSetting(f"{origin}: {error}. Mend the value or remove it.") from error
    _check_texts(settings, path, environment)
    return settings


def _check_texts(settings: Settings, path: Path, environment: Mapping[str, str]) -> None:
    for section, key, read in _readers():
        values = getattr(settings, section)
        text = getattr(values, key)
        if text == getattr(type(values)(), key):
            continue
        try:
            read(text)
        except InvalidInput as error:
            variable = _variable(section, key)
            place = f"The environment's {variable}" if variable in environment else str(path)
            raise InvalidSetting(
                f"{place}: [{section}] {key}: {error.message} Mend the value or remove it.",
                parameter=f"{section}.{key}",
            ) from error


def _readers() -> Iterator[tuple[str, str, Callable[[str], object]]]:
    """Section, key and reader of every setting that is a size, a duration or an engine."""
    readers = (parse_size, parse_duration, check_engine)
    for section in fields(Settings):
        hints = get_type_hints(type(getattr(Settings(), section.name)), include_extras=True)
        for key, hint in hints.items():
            for reader in getattr(hint, "__metadata__", ()):
                if reader in readers:
                    yield section.name, key, reader


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"{path} is not valid TOML: {error}.") from error


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> None:
    for section in fields(Settings):
        for key in _keys(section.name):
            text = environment.get(_variable(section.name, key))
            if text is not None:
                is_list = isinstance(getattr(getattr(Settings(), section.name), key), tuple)
                values.setdefault(section.name, {})[key] = text.split() if is_list else text


def _check_variables(environment: Mapping[str, str]) -> None:
    """Raise `InvalidSetting` for a variable of a section that has no such setting.

    Other names are left alone: they may be of something else that is called Footfall.
    """
    known = {
        section.name: [_variable(section.name, key) for key in _keys(section.name)]
        for section in fields(Settings)
    }
    for name in environment:
        for section, variables in known.items():
            if name.startswith(_variable(section, "")) and name not in variables:
                raise InvalidSetting(
                    f"The environment's {name} is not known; those of [{section}] are "
                    f"{', '.join(variables)}." + did_you_mean(name, variables)
                )


def _origin(message: str, environment: Mapping[str, str]) -> str | None:
    """The variable that a wrong value came from, or None if it was the file."""
    place = _PLACE.search(message)
    name = _variable(place[1], place[2]) if place else ""
    return f"The environment's {name}" if name in environment else None


def _variable(section: str, key: str) -> str:
    return f"FOOTFALL_{section}_{key}".upper()


def _check_names(values: dict[str, Any], path: Path) -> None:
    sections = [section.name for section in fields(Settings)]
    for section, keys in values.items():
        if section not in sections or not isinstance(keys, dict):
            raise InvalidSetting(
                f"{path}: section [{section}] is not known; there are "
                f"{', '.join(sections)}." + did_you_mean(section, sections)
            )
        for key in keys:
            if key not in _keys(section):
                raise InvalidSetting(
                    f"{path}: [{section}] has no setting {key!r}; there are "
                    f"{', '.join(_keys(section))}." + did_you_mean(key, _keys(section))
                )


def _keys(section: str) -> list[str]:
    return [item.name for item in fields(getattr(Settings(), section))]
