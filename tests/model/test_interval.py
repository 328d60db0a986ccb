from __future__ import annotations

from pathlib import Path

import pytest

from footfall.capture.definition import Changes, define
from footfall.errors import InvalidMapping
from footfall.lake.definitions import definition_text, read_definition, write_definition
from footfall.model.interval import Interval
from footfall.model.source import Source

VISIT = Interval("visit", "in", "out", key=("host", "properties.box"), longest="90m")


def test_longest_in_microseconds() -> None:
    assert VISIT.longest_us == 5_400_000_000
    assert Interval("a", "b", "c").longest_us == 86_400_000_000  # a day


def test_a_definition_is_read_as_it_is_written(tmp_path: Path) -> None:
    source = Source("lab", intervals=(VISIT, Interval("day", "dawn", "dusk")))
    write_definition(tmp_path / "lab.toml", source)
    assert read_definition(tmp_path / "lab.toml") == source
    assert "longest" not in definition_text(Source("lab", intervals=source.intervals[1:]))


def test_a_definition_as_people_write_it(tmp_path: Path) -> None:
    text = '[[intervals]]\nname = "visit"\nstart = "in"\nend = "out"\nkey = ["host"]\n'
    (tmp_path / "lab.toml").write_text(text, "utf-8")
    found = read_definition(tmp_path / "lab.toml").intervals
    assert found == (Interval("visit", "in", "out", key=("host",)),)


def test_another_is_added_at_the_end_of_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "lab.toml"
    write_definition(path, Source("lab", intervals=(VISIT,), properties={"box": "text"}))
    with path.open("a", encoding="utf-8") as file:
        file.write('\n[[intervals]]\nname = "day"\nstart = "dawn"\nend = "dusk"\n')
    assert [item.name for item in read_definition(path).intervals] == ["visit", "day"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('name = "Visit"\nstart = "a"\nend = "b"', "name 'Visit' is not allowed"),
        ('name = "visit"\nstart = "a"\nend = "a"', "two different events"),
        ('name = "visit"\nstart = ""\nend = "a"', "two different events"),
        ('name = "visit"\nstart = "a"\nend = "b"\nkey = ["hots"]', "no field 'hots'"),
        ('name = "visit"\nstart = "a"\nend = "b"\nkey = ["hour_of_day"]', "is computed"),
        ('name = "visit"\nstart = "a"\nend = "b"\nlongest = "8"', "not a duration above zero"),
        ('name = "visit"\nstart = "a"\nend = "b"\nlongest = "0h"', "not a duration above zero"),
        ('name = "visit"\nstart = "a"\nend = "b"\nkeys = []', "intervals[0].keys is not known"),
        ('name = "visit"\nstart = "a"', "end"),
        (
            'name = "v"\nstart = "a"\nend = "b"\n[[intervals]]\nname = "v"\nstart = "c"\nend = "d"',
            "two intervals 'v'",
        ),
    ],
)
def test_what_cannot_be_is_said(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "lab.toml").write_text("[[intervals]]\n" + text, "utf-8")
    with pytest.raises(InvalidMapping) as caught:
        read_definition(tmp_path / "lab.toml")
    assert message in caught.value.message
    assert "lab.toml" in caught.value.message


def test_the_learning_platform_declares_its_own(tmp_path: Path) -> None:
    found = define("lab", Changes("learning")).intervals
    assert [item.name for item in found] == ["session", "exercise"]
    path = tmp_path / "mine.toml"
    path.write_text(
        '[mapping.fields]\ntimestamp = "t"\nname = "n"\n'
        '[[intervals]]\nname = "visit"\nstart = "in"\nend = "out"\n',
        "utf-8",
    )
    assert define("lab", Changes(str(path))).intervals == (Interval("visit", "in", "out"),)
