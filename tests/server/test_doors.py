"""The same call means the same through every door: library, command line and HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.lakes import make_lake
from tests.server.conftest import Running
from tests.server.conftest import run as serve
from typer.testing import CliRunner

import footfall
from footfall.cli.main import app
from footfall.errors import FootfallError, InvalidQuery, UnknownSource
from footfall.library import Lake
from footfall.model.interval import Interval
from footfall.model.source import Source
from footfall.model.time import utc_now

WEB = Source("web", timezone="Europe/Berlin", intervals=(Interval("visit", "in", "out"),))

Rows = list[dict[str, Any]]
Door = Callable[..., Rows]


@dataclass(frozen=True)
class Doors:
    """One lake, and what each door gives of a listing as JSON values."""

    lake: Lake
    server: Running
    token: str

    def library(self, listing: str, **asked: Any) -> Rows:
        name = ["visit"] if listing == "intervals" else []
        result = getattr(self.lake, listing)("web", *name, **asked)
        return result.to_dict()["rows"]

    def command(self, listing: str, **asked: Any) -> Rows:
        name = ["visit"] if listing == "intervals" else []
        options = {"time_range": "--range", "fields": "--field"}
        given: list[str] = []
        for key, value in asked.items():
            values = value if isinstance(value, list) else [value]
            given += [f"{options.get(key, '--' + key)}={each}" for each in values]
        lake = ["--lake", str(self.lake.folder.root), "--json"]
        done = CliRunner().invoke(app, [listing, "web", *name, *given, *lake])
        if done.exit_code:
            raise Refused(done.stderr)
        return json.loads(done.stdout)

    def http(self, listing: str, **asked: Any) -> Rows:
        name = {"name": "visit"} if listing == "intervals" else {}
        asked = {key: _in_url(value) for key, value in asked.items()}
        with self.server.client(self.token) as client:
            answer = client.get(f"/api/v1/{listing}", params={"source": "web", **name, **asked})
        if answer.is_error:
            raise Refused(answer.json()["error"]["message"])
        return answer.json()[listing]

    def all(self) -> Mapping[str, Door]:
        return {"library": self.library, "command": self.command, "http": self.http}


class Refused(Exception):
    """A door said no, and why."""


def _in_url(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    return json.dumps(value) if isinstance(value, dict) else str(value)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    # One visit of two events on each of these days: the last is out of the last 30 days.
    rows: Rows = []
    for days in (1, 2, 28, 40):
        start = utc_now().replace(microsecond=0) - timedelta(days=days)
        rows.append({"timestamp": start, "name": "in", "country": "DE", "path": f"/{days}"})
        rows.append({"timestamp": start + timedelta(seconds=90), "name": "out"})
    folder: Path = tmp_path_factory.mktemp("doors") / "lake"
    with serve(make_lake(folder, (WEB, rows))) as running, footfall.open(folder) as lake:
        yield Doors(lake, running, running.token("read"))


@pytest.mark.parametrize("listing", ["sessions", "intervals"])
@pytest.mark.parametrize(
    ("asked", "n_rows"),
    [
        ({}, 3),
        ({"time_range": "all"}, 4),
        ({"time_range": "last 5 days"}, 2),
        ({"limit": 1}, 1),
        ({"timezone": "Asia/Tokyo"}, 3),
    ],
)
def test_listings_are_the_same(
    doors: Doors, listing: str, asked: dict[str, Any], n_rows: int
) -> None:
    found = {name: door(listing, **asked) for name, door in doors.all().items()}
    assert found["library"] == found["command"] == found["http"]
    assert len(found["library"]) == n_rows


def test_intervals_show_the_fields_that_were_asked_for(doors: Doors) -> None:
    for door in doors.all().values():
        assert "country" not in door("intervals")[0]
        shown = door("intervals", fields=["country", "path"])
        assert [(row["country"], row["path"]) for row in shown] == [
            ("DE", "/28"),
            ("DE", "/2"),
            ("DE", "/1"),
        ]


def test_events_are_the_same(doors: Doors) -> None:
    def of_library(**asked: Any) -> set[str]:
        return {event["event_id"] for event in doors.lake.events("web", **asked).to_dicts()}

    def of_http(**asked: Any) -> set[str]:
        return {event["event_id"] for event in doors.http("events", **asked)}

    start = (utc_now() - timedelta(days=41)).date().isoformat()
    end = (utc_now() - timedelta(days=20)).date().isoformat()
    for asked, n_events in (
        ({}, 6),
        ({"time_range": "all"}, 8),
        ({"time_range": {"start": start, "end": end}}, 4),
        ({"time_range": "last 5 days"}, 4),
    ):
        assert of_library(**asked) == of_http(**asked)
        assert len(of_library(**asked)) == n_events


@pytest.mark.parametrize("listing", ["sessions", "intervals"])
@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"limit": -5}, "limit"),
        ({"limit": 0}, "limit"),
        ({"time_range": "last 7 dogs"}, "dogs"),
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
    ],
)
def test_what_is_wrong_is_told_alike(
    doors: Doors, listing: str, asked: dict[str, Any], named: str
) -> None:
    for door in doors.all().values():
        with pytest.raises((FootfallError, Refused), match=named):
            door(listing, **asked)


def test_the_library_checks_what_the_others_check(doors: Doors) -> None:
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: doors.lake.sessions("web", limit=-5), "limit"),
        (lambda: doors.lake.sessions("web", order="name"), "order"),
        (lambda: doors.lake.intervals("web", "visit", limit=0), "limit"),
        (lambda: doors.lake.events("web", time_range={"start": "2026-11-01"}), "time_range"),
        (lambda: doors.lake.events("web", time_range=7), "time_range"),  # pyright: ignore
        (lambda: doors.lake.events("web", time_range="last 7 dogs"), "time_range"),
    ]
    for call, parameter in wrong:
        with pytest.raises(InvalidQuery) as caught:
            call()
        assert (caught.value.parameter or "").startswith(parameter)
    for listing in ("events", "sessions"):
        with pytest.raises(UnknownSource):
            getattr(doors.lake, listing)("wep")


def test_only_the_library_has_no_limit(doors: Doors) -> None:
    assert len(doors.library("sessions", limit=5000, time_range="all")) == 4
    assert len(doors.command("sessions", limit=5000, time_range="all")) == 4
    with pytest.raises(Refused, match="limit"):
        doors.http("sessions", limit=1001)
