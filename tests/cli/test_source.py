from __future__ import annotations

import json
import shlex
import threading
from pathlib import Path

import pytest
from tests.cli.conftest import Run

from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.interval import Interval
from footfall.model.source import Rule, Source
from footfall.workspace.workspace import Workspace

CSV = "created;what;who;price\n03.11.2026 10:20;buy;u1;2.5\n03.11.2026 10:21;look;u2;\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_text(CSV, "utf-8")
    return path


def test_ready_made_mapping(run: Run, lake: LakeFolder) -> None:
    done = run("source", "add", "log", "--mapping", "combined", "--timezone", "Europe/Berlin")
    assert done.exit_code == 0, done.output
    source = lake.source("log")
    assert (source.mapping.format, source.timezone) == ("combined", "Europe/Berlin")
    assert source.properties["bytes"] == "int"


def test_mapping_by_fields(run: Run, lake: LakeFolder, path: Path) -> None:
    done = run(
        *("source", "add", "shop", "--mapping", "csv", "--option", "delimiter=;"),
        *("--timestamp", "created:%d.%m.%Y %H:%M", "--name", "what", "--actor", "who"),
        *("--property", "price:float", "--session-gap", "1h", "--description", "till"),
    )
    assert done.exit_code == 0, done.output
    source = lake.source("shop")
    assert source.mapping.fields["distinct_id"] == Rule(("who",))
    assert (source.session_gap, source.description) == ("1h", "till")
    assert "2 stored" in run("ingest", str(path), "-s", "shop").stdout


def test_fields_without_a_format_mean_json(run: Run, lake: LakeFolder) -> None:
    run("source", "add", "x", "--timestamp", "t", "--name", "=seen", "--field", "url=page")
    mapping = lake.source("x").mapping
    assert (mapping.format, mapping.fields["url"].paths) == ("json", ("page",))


def test_mapping_file(run: Run, lake: LakeFolder, tmp_path: Path) -> None:
    file = tmp_path / "erp.toml"
    rules = '[mapping]\nformat = "csv"\n[mapping.fields]\ntimestamp = "t"\nname = "n"\n'
    file.write_text(rules, "utf-8")
    assert run("source", "add", "erp", "--mapping", str(file)).exit_code == 0
    assert lake.source("erp").mapping.format == "csv"


def test_canonical_source_needs_no_mapping(run: Run, lake: LakeFolder) -> None:
    done = run("source", "add", "app", "--property", "plan:text")
    assert done.exit_code == 0
    assert lake.source("app").mapping.format == "canonical"
    assert "Next: footfall token create --write app" in done.output


def test_a_source_of_files_is_filled_next(run: Run) -> None:
    done = run("source", "add", "log", "--mapping", "combined")
    assert "Next: footfall ingest FILES --source log" in done.output
    assert "token" not in done.output


def test_a_definition_that_cannot_be_read_is_not_overwritten(
    run: Run, lake: LakeFolder, path: Path
) -> None:
    torn = lake.root / "sources" / "torn.toml"
    torn.write_text("timezone =", "utf-8")
    for command in (["add", "torn"], ["infer", str(path), "--save", "--as", "torn"]):
        done = run("source", *command)
        assert done.exit_code == 1
        assert "There is a source 'torn' already" in done.output
    assert torn.read_text("utf-8") == "timezone ="


def test_changes_made_by_two_commands_at_once_both_hold(
    run: Run, lake: LakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from footfall.capture import definition

    plain, others = definition.redefine, list[threading.Thread]()

    def slowly(source: Source, changes: definition.Changes) -> Source:
        # Between reading and writing, somebody else sets out to change the same source.
        if not others:
            elsewhere = LakeFolder.open(lake.root)
            change = lambda found: found.declare(other="int")  # noqa: E731
            others.append(threading.Thread(target=elsewhere.change_source, args=("web", change)))
            others[0].start()
            others[0].join(0.3)
        return plain(source, changes)

    monkeypatch.setattr(definition, "redefine", slowly)
    assert run("source", "set", "web", "--property", "plan:text").exit_code == 0
    others[0].join()
    assert lake.source("web").properties == {"price": "float", "plan": "text", "other": "int"}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("web",), 1, "There is a source 'web' already"),
        (("Shop",), 2, "use lower-case letters"),
        (("x", "-m", "combind"), 2, "Did you mean 'combined'"),
        (("x", "-m", "csvv"), 2, "Did you mean 'csv'"),
        (("x", "-m", "nothing"), 2, "json, jsonlines, csv, delimited"),
        (("x", "--timezone", "Europe/Wien"), 2, "Did you mean 'Europe/Vienna'"),
        (("x", "-m", "csv"), 2, "does not say where timestamp comes from: give --timestamp"),
        (("x", "--property", "price"), 2, "write key:type"),
        (("x", "--timezone", "Berlin"), 2, "Time zone 'Berlin' is not known"),
        (("x", "--session-gap", "soon"), 2, "is not a duration"),
        (("x", "--field", "url"), 2, "is not KEY=VALUE"),
    ],
)
def test_what_is_wrong_is_told(
    run: Run, lake: LakeFolder, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run("source", "add", *arguments)
    assert done.exit_code == code
    assert message in " ".join(done.stderr.split())
    assert [source.name for source in lake.sources()] == ["web"]


def test_change_declares_a_property_later(run: Run, lake: LakeFolder) -> None:
    assert run("source", "set", "web", "--property", "plan:text").exit_code == 0
    assert lake.source("web").properties == {"price": "float", "plan": "text"}
    assert run("source", "set", "wep").exit_code == 3


def test_tracker_ids_are_those_that_were_given_last(run: Run, lake: LakeFolder) -> None:
    for ids in (["a.example", "b.example"], ["b.example", "1", "1"]):
        given = [part for each in ids for part in ("--tracker-id", each)]
        assert run("source", "set", "web", *given).exit_code == 0
    assert lake.source("web").tracker_ids == ("b.example", "1")
    run("source", "set", "web", "--description", "shop")
    assert lake.source("web").tracker_ids == ("b.example", "1")
    run("source", "set", "web", "--tracker-id", "")
    assert lake.source("web").tracker_ids == ()


def test_show(run: Run) -> None:
    assert '[properties]\nprice = "float"' in run("source", "show", "web").stdout
    shown = json.loads(run("source", "show", "web", "--json").stdout)
    assert shown["properties"] == {"price": "float"}


def test_remove_asks_before_events_go(run: Run, lake: LakeFolder) -> None:
    assert run("source", "remove", "web", "--with-data", input="n\n").exit_code == 1
    assert lake.source("web")
    event = '{"name":"a","timestamp":"2026-11-01T00:00:00Z"}\n{'
    for _ in range(2):
        assert (
            "1 stored, 0 duplicates, 1 rejected"
            in run("ingest", "-", "-s", "web", input=event).stdout
        )
        assert run("source", "remove", "web", "--with-data", "--yes").exit_code == 0
        assert lake.sources() == []
        assert run("rejects").stdout == "There are no rejects.\n"
        assert run("source", "add", "web").exit_code == 0


def test_what_is_removed_leaves_nothing_to_a_source_of_its_name(run: Run, lake: LakeFolder) -> None:
    with Workspace(lake.root) as workspace:
        key = workspace.keys.create("web", "app").secret
    run("ingest", "-", "-s", "web", input="not an event\n")
    assert run("source", "remove", "web", "--with-data", "--yes").exit_code == 0
    assert run("source", "add", "web").exit_code == 0
    with Workspace(lake.root) as workspace:
        assert workspace.keys.recognize(key) is None
    with Ledger(lake.root / FILE_NAME) as ledger:
        assert ledger.balance() == {}
        assert list(ledger.rejects("web", is_replayed=None)) == []


def test_a_source_with_a_broken_definition_can_be_removed(run: Run, lake: LakeFolder) -> None:
    (lake.root / "sources" / "web.toml").write_text("timezone =", "utf-8")
    assert run("source", "remove", "web", "--with-data", "--yes").exit_code == 0
    assert run("source", "remove", "web", "--with-data", "--yes").exit_code == 3
    assert run("doctor").exit_code == 0


def test_a_source_removed_without_its_events_keeps_its_keys(run: Run, lake: LakeFolder) -> None:
    with Workspace(lake.root) as workspace:
        key = workspace.keys.create("web", "app").secret
    assert run("source", "remove", "web").exit_code == 0
    with Workspace(lake.root) as workspace:
        assert workspace.keys.recognize(key) is not None


@pytest.mark.parametrize("command", ["add", "set"])
def test_add_and_set_have_the_same_options(run: Run, command: str) -> None:
    shown = run("source", command, "--help").stdout
    assert "Examples:" in shown
    for option in ("--mapping", "--timestamp", "--name", "--field", "--session-gap"):
        assert option in shown


def test_infer_shows_before_anything_is_kept(run: Run, lake: LakeFolder, path: Path) -> None:
    done = run("source", "infer", str(path))
    assert done.exit_code == 0, done.output
    for text in ("CSV with 4 columns parted by ';'", "created", "price", "float", "buy", "look"):
        assert text in done.stdout
    assert [source.name for source in lake.sources()] == ["web"]


def test_infer_tells_how_to_say_it_otherwise(run: Run, lake: LakeFolder, tmp_path: Path) -> None:
    path = tmp_path / "my orders.csv"
    path.write_text(
        "t;what;who;price\n01.11.2026 10:00;buy;u1;12,50\n02.11.2026 10:00;look;u2;3\n", "utf-8"
    )
    done = run("source", "infer", str(path), "--timezone", "Europe/Vienna")
    assert "price: looks like numbers with decimal commas" in done.stdout
    assert f'footfall source infer "{path}" --save --as NAME' in done.stderr
    line = done.stderr[done.stderr.index("footfall source add") :].replace("\\\n", " ")
    words = shlex.split(line.replace("NAME", "shop"))
    # What a person copies makes the same source as --save.
    assert run(*words[1:]).exit_code == 0, line
    options = ("--save", "--as", "saved", "--timezone", "Europe/Vienna")
    assert run("source", "infer", str(path), *options).exit_code == 0
    copied, saved = lake.source("shop"), lake.source("saved")
    assert (copied.properties, copied.timezone) == (saved.properties, saved.timezone)
    assert copied.mapping.fields == saved.mapping.fields
    assert copied.mapping.options == {"decimal": ","}


def test_infer_names_a_ready_made_mapping(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    line = '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n'
    path.write_text(line, "utf-8")
    shown = run("source", "infer", str(path)).stderr
    assert "\nfootfall source add NAME --mapping combined\n" in shown


def test_a_tracker_id_that_is_taken_names_the_way_out(run: Run) -> None:
    run("source", "set", "web", "--tracker-id", "a", "--tracker-id", "b")
    one = run("source", "add", "shop", "--tracker-id", "a")
    assert one.exit_code == 1
    assert "footfall source set web --tracker-id b." in one.stderr
    both = run("source", "add", "shop", "--tracker-id", "a", "--tracker-id", "b")
    assert "footfall source set web --tracker-id ''." in both.stderr
    run("source", "set", "web", "--tracker-id", "")
    assert run("source", "add", "shop", "--tracker-id", "a").exit_code == 0


def test_infer_and_keep(run: Run, lake: LakeFolder, path: Path) -> None:
    done = run("source", "infer", str(path), "--save", "--as", "shop", "--json")
    proposal = json.loads(done.stdout)
    assert {"column": "timestamp", "from": "created"}.items() <= proposal["fields"][0].items()
    assert lake.source("shop").mapping.fields["timestamp"].format == "%d.%m.%Y %H:%M"
    assert "2 stored" in run("ingest", str(path), "-s", "shop").stdout
    assert run("source", "infer", str(path), "--save").exit_code == 2
    assert run("source", "infer", str(path), "--save", "--as", "shop").exit_code == 1


def test_what_is_kept_of_addresses_and_what_lasts(run: Run, lake: LakeFolder) -> None:
    wanted = "exercise:exercise.start..exercise.end by properties.host within 8h"
    assert run("source", "set", "web", "--addresses", "keyed", "--interval", wanted).exit_code == 0
    source = LakeFolder.open(lake.root).source("web")
    assert source.addresses == "keyed"
    exercise = Interval(
        "exercise", "exercise.start", "exercise.end", ("properties.host",), longest="8h"
    )
    assert source.intervals == (exercise,)
    run("source", "set", "web", "--interval", "exercise:a..b", "--interval", "stay:in..out")
    source = LakeFolder.open(lake.root).source("web")
    assert source.addresses == "keyed"
    assert source.intervals == (Interval("exercise", "a", "b"), Interval("stay", "in", "out"))
    for option, value in (("--addresses", "keyd"), ("--interval", "stay:in-out")):
        done = run("source", "set", "web", option, value)
        assert done.exit_code == 2
    assert "NAME:START..END" in done.stderr
