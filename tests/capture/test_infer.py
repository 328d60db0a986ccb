from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from footfall.capture.infer import infer, infer_file
from footfall.capture.presets import PRESETS
from footfall.errors import FileMissing, InvalidEvents, InvalidMapping
from footfall.model.source import Rule

LOG = (
    '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET / HTTP/1.1" 200 5 "-" "curl"\n'
    '192.0.2.2 - - [17/May/2015:10:05:04 +0000] "GET /a HTTP/1.1" 404 - "-" "curl"\n'
)


def rules(text: str) -> dict[str, str]:
    found = infer(text.encode(), "sample")
    return {
        column: f"={rule.constant}" if rule.constant else rule.paths[0]
        for column, rule in found.preset.mapping.fields.items()
    }


def test_access_logs() -> None:
    found = infer(LOG.encode(), "sample")
    assert (found.preset, found.shape) == (PRESETS["combined"], "combined access log")
    assert [row["path"] for row in found.samples] == ["/", "/a"]
    common = "\n".join(item.partition(' "-"')[0] for item in LOG.splitlines())
    assert infer(common.encode(), "sample").preset == PRESETS["common"]


def test_json_lines_with_inner_fields() -> None:
    rows = [
        {
            "ts": 1793701230000 + i,
            "event": "buy" if i % 2 else "look",
            "user": {"id": f"u{i % 3}", "plan": "pro"},
            "sessionId": f"s{i}",
            "price": i + 0.5,
            "n": i,
            "ok": True,
            "at": "2026-11-01T00:00:00Z",
            "tags": ["x"],
            "pageUrl": "https://x.org/",
        }
        for i in range(20)
    ]
    found = infer("\n".join(map(json.dumps, rows)).encode(), "sample")
    assert found.preset.mapping.format == "jsonlines"
    fields = found.preset.mapping.fields
    assert fields["timestamp"] == Rule(("ts",), format="epoch_ms")
    assert {c: fields[c].paths[0] for c in ("name", "distinct_id", "session_id", "url")} == {
        "name": "event",
        "distinct_id": "user.id",
        "session_id": "sessionId",
        "url": "pageUrl",
    }
    assert found.preset.declare == {
        "user.plan": "text",
        "price": "float",
        "n": "int",
        "ok": "bool",
        "at": "time",
    }
    assert found.preset.sessions == "given"
    assert (found.n_rows, found.n_rejected, len(found.samples)) == (20, 0, 5)


def test_ready_made_shapes_are_recognized() -> None:
    userale = {"type": "x", "logType": "raw", "pageUrl": "", "userId": "u", "clientTime": 1.7e12}
    assert infer(json.dumps([userale]).encode(), "s").preset == PRESETS["userale"]
    canonical = {"name": "a", "timestamp": "2026-11-01T00:00:00Z", "properties": {"x": 1}}
    assert infer(json.dumps(canonical).encode(), "s").preset == PRESETS["canonical"]


@pytest.mark.parametrize(
    ("delimiter", "form"), [(",", "csv"), (";", "csv"), ("\t", "csv"), ("|", "delimited")]
)
def test_delimiters(delimiter: str, form: str) -> None:
    rows = [["when", "action", "customer", "zip"], ["03.11.2026 10:20", "buy", "c1", "01234"]]
    rows += [["13.11.2026 10:20", "look", "c2", "12345"]]
    found = infer("\n".join(map(delimiter.join, rows)).encode(), "sample")
    mapping = found.preset.mapping
    assert (mapping.format, mapping.options) == (form, {"delimiter": delimiter})
    assert mapping.fields["timestamp"] == Rule(("when",), format="%d.%m.%Y %H:%M")
    assert mapping.fields["name"] == Rule(("action",))
    assert mapping.fields["distinct_id"] == Rule(("customer",))
    assert found.preset.declare == {"zip": "text"}
    assert found.n_rows == 2


def test_rows_without_header_get_columns() -> None:
    found = infer(b"2026-11-01,buy,7\n2026-11-02,look,8\n2026-11-02,look,8\n", "sample")
    options = found.preset.mapping.options
    assert options == {"delimiter": ",", "columns": ["column_1", "column_2", "column_3"]}
    assert found.preset.mapping.fields["name"].paths == ("column_2",)
    assert found.n_rows == 3


def test_quotes_and_escapes_of_another_kind_are_kept() -> None:
    text = "time;event;user;note\n2026-11-01;'a';'u';'it\\'s; well'\n2026-11-02;'b';'v';'x'\n"
    found = infer(text.encode(), "sample")
    assert found.preset.mapping.options == {"delimiter": ";", "quote": "'", "escape": "\\"}
    assert (found.n_rows, found.n_rejected) == (2, 0)
    assert found.samples[0]["properties"] == '{"note":"it\'s; well"}'


def test_quoted_cells_with_line_breaks() -> None:
    text = 'time,event,user,note\n2026-11-01,a,u,"one\ntwo, three"\n2026-11-02,b,v,x\n'
    assert infer(text.encode(), "sample").n_rows == 2


def test_name_falls_back_to_a_constant() -> None:
    assert rules("time,value\n2026-11-01,1\n2026-11-02,2\n")["name"] == "=event"


def test_sample_that_ends_within_a_line_is_no_reject() -> None:
    found = infer(LOG.encode() + LOG.encode()[:30], "sample", is_whole=False)
    assert (found.n_rows, found.n_rejected) == (2, 0)


def test_packed_files(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(LOG.encode()))
    assert infer_file(tmp_path / "a.gz").shape == "combined access log"


def test_proposal_reads_as_json() -> None:
    found = infer(LOG.encode(), "sample").to_dict()
    assert found["fields"][0]["column"] == "timestamp"
    assert found["properties"]["status"] == "int"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", InvalidEvents, "is empty"),
        ("hello\nworld\n", InvalidEvents, "cannot be told"),
        ("[1, 2]", InvalidEvents, "holds no objects"),
        ("a,b\nx,1\ny,2\n", InvalidMapping, "No field holds times in all records; there are a, b"),
    ],
)
def test_what_cannot_be_told_is_said(text: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        infer(text.encode(), "sample")


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileMissing):
        infer_file(tmp_path / "none")


def test_real_files(shared_data: Path) -> None:
    shop = infer_file(shared_data / "ecom_clickstream.csv.gz")
    names = {column: rule.paths[0] for column, rule in shop.preset.mapping.fields.items()}
    assert names == {
        "timestamp": "timestamp",
        "name": "event",
        "distinct_id": "user_id",
        "session_id": "session_id",
    }
    patients = infer_file(shared_data / "patients.csv").preset.mapping.fields
    assert (patients["name"].paths, patients["distinct_id"].paths) == (("handling",), ("patient",))
    userale = infer_file(shared_data / "userale" / "sample_data_multiusers.json")
    assert (userale.preset, userale.n_rows) == (PRESETS["userale"], 196)
    with pytest.raises(InvalidMapping, match="there are sex, age"):
        infer_file(shared_data / "adult" / "adult.csv")
