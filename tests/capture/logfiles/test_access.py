from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.logfiles.access import AccessLog
from footfall.capture.presets import preset
from footfall.model.source import PropertyType, Source

AT = datetime(2015, 5, 17, 10, 5, 3, tzinfo=UTC)
TIME = "[17/May/2015:10:05:03 +0000]"
AGENT = "Mozilla/5.0 (X11)"
PLAIN = f'192.0.2.1 - - {TIME} "GET /a?b=1 HTTP/1.1" 200 512 "http://x.org/" "{AGENT}"'


def parse(*lines: str | bytes, properties: dict[str, PropertyType] | None = None) -> Any:
    chosen = preset("combined")
    declared = chosen.declare if properties is None else properties
    form = AccessLog(Source("web", mapping=chosen.mapping, properties=declared), b"k" * 32)
    data = b"".join((x if isinstance(x, bytes) else x.encode()) + b"\n" for x in lines)
    return form.parse(form.records(data, 1))


def one(line: str | bytes, **options: Any) -> dict[str, Any]:
    parsed = parse(line, **options)
    assert parsed.faults == []
    (row,) = parsed.table.to_pylist()
    return {key: value for key, value in row.items() if value is not None}


def test_combined_line() -> None:
    row = one(PLAIN)
    actor = row.pop("distinct_id")
    assert actor.startswith("a_")
    assert "192.0.2.1" not in str(row)
    assert row == {
        "timestamp": AT,
        "name": "request",
        "url": "/a?b=1",
        "path": "/a",
        "referrer": "http://x.org/",
        "user_agent": AGENT,
        "p_method": "GET",
        "p_status": 200,
        "p_bytes": 512,
        "p_protocol": "HTTP/1.1",
    }


def test_same_address_is_the_same_actor_and_another_is_not() -> None:
    lines = [PLAIN, PLAIN.replace("/a", "/b"), PLAIN.replace("192.0.2.1", "192.0.2.2")]
    first, second, third = parse(*lines).table["distinct_id"].to_pylist()
    assert first == second != third


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (PLAIN.replace(" 512 ", " - "), {"p_bytes": None}),
        (PLAIN.replace("- - [", "- anna ["), {"p_user": "anna"}),
        (PLAIN.replace("- - [", "- anna b. ["), {"p_user": "anna b."}),
        (PLAIN.replace("192.0.2.1", "2001:db8::1"), {"path": "/a"}),
        (PLAIN.replace("+0000", "-0730"), {"timestamp": AT.replace(hour=17, minute=35)}),
        (PLAIN.replace(AGENT, r"a \"b\" \\c"), {"user_agent": r'a "b" \c'}),
        (PLAIN.replace(AGENT, "-"), {"user_agent": None}),
        (PLAIN.replace("http://x.org/", ""), {"referrer": None}),
        (PLAIN.removesuffix('"'), {"user_agent": AGENT}),
        (PLAIN.partition(' "http')[0], {"user_agent": None, "referrer": None, "p_bytes": 512}),
        (PLAIN + " 0.004 TLS", {"properties": '{"extra":"0.004 TLS"}'}),
        ("shop.example:443 " + PLAIN, {"host": "shop.example", "path": "/a"}),
        ("shop.example " + PLAIN, {"host": "shop.example"}),
        (PLAIN.replace("GET /a?b=1 HTTP/1.1", "-"), {"url": None, "properties": '{"request":"-"}'}),
        (PLAIN.replace("GET /a?b=1 HTTP/1.1", ""), {"url": None, "properties": None}),
        (
            PLAIN.replace("GET /a?b=1 HTTP/1.1", r"\x16\x03\x01"),
            {"url": None, "properties": r'{"request":"\\x16\\x03\\x01"}', "p_status": 200},
        ),
        (
            PLAIN.replace("/a?b=1", "/a b?c d"),
            {"url": "/a b?c d", "path": "/a b", "p_protocol": "HTTP/1.1"},
        ),
        (PLAIN.replace(" HTTP/1.1", ""), {"url": "/a?b=1", "p_protocol": None}),
        (PLAIN.replace("/a?b=1", "http://y.org/a?b"), {"host": "y.org", "path": "/a"}),
        (PLAIN.replace("/a?b=1", "*"), {"url": "*", "path": "*"}),
        (PLAIN.replace("GET", "PROPFINDALL"), {"p_method": "PROPFINDALL"}),
        (PLAIN.replace("/a?b=1", "/%C3%BC"), {"path": "/%C3%BC"}),
        (PLAIN.replace("/a?b=1", "/ü#x"), {"path": "/ü", "url": "/ü#x"}),
        (PLAIN + "\r", {"user_agent": AGENT}),
    ],
)
def test_lines_as_they_come(line: str, expected: dict[str, Any]) -> None:
    row = one(line)
    assert {key: row.get(key) for key in expected} == expected


def test_bytes_that_are_no_text_are_replaced() -> None:
    row = one(PLAIN.encode().replace(b"/a?", b"/\xff\0?"))
    assert row["path"] == "/\ufffd\ufffd"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("hello", "no time in brackets"),
        (PLAIN.replace("[17/May/2015:10:05:03 +0000]", "[17/May/2015]"), "time is not of the form"),
        (PLAIN.replace("17/May", "31/Apr"), "is not a time"),
        (PLAIN.replace('"', "'"), "no request in quotes"),
        (PLAIN.replace(" 200 ", " 2000 "), "no status"),
        (PLAIN.replace(" 512 ", " x "), "no size"),
        (PLAIN.replace('"http', "http"), "text after the size"),
        ("x" * (1024 * 1024 + 1), "longer than 1,048,576 bytes"),
    ],
)
def test_lines_that_are_no_request_say_why(line: str, reason: str) -> None:
    parsed = parse(PLAIN, line, PLAIN)
    ((record, found, _),) = parsed.faults
    assert (record, parsed.rows.tolist()) == (1, [0, 2])
    assert reason in found


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("hello", "malformed"),
        (PLAIN.replace("[17/May/2015:10:05:03 +0000]", "[17/May/2015]"), "invalid_timestamp"),
        (PLAIN.replace("17/May", "31/Apr"), "invalid_timestamp"),
        ("x" * (1024 * 1024 + 1), "too_long"),
    ],
)
def test_faults_carry_their_code(line: str, code: str) -> None:
    assert [fault.code for fault in parse(PLAIN, line).faults] == [code]


def test_common_log_is_read_as_quickly() -> None:
    common = PLAIN.partition(' "http')[0]
    parsed = parse(common, common, PLAIN)
    assert parsed.table["p_bytes"].to_pylist() == [512, 512, 512]
    assert parsed.table["user_agent"].to_pylist() == [None, None, AGENT]


def test_what_is_not_declared_is_in_the_properties() -> None:
    row = one(
        PLAIN.replace("- - [", '- "a [', 1).replace('"a [', "a ["), properties={"bytes": "float"}
    )
    assert row["p_bytes"] == 512.0
    assert row["properties"] == '{"method":"GET","status":200,"protocol":"HTTP/1.1","user":"a"}'


def test_declared_as_another_type_stays_in_the_properties() -> None:
    row = one(PLAIN, properties={"status": "text", "method": "text"})
    assert '"status":200' in row["properties"]
    assert "p_status" not in row


def test_empty_piece_has_no_events() -> None:
    parsed = parse()
    assert (parsed.table.num_rows, parsed.faults) == (0, [])


PIECES = st.sampled_from(
    ["192.0.2.1", "::1", "-", "a", TIME, '"GET / HTTP/1.1"', '"GET /a?b HTTP/1.0"', '"-"',
     '"x y"', "200", "404", "12", '"http://x/"', '"a\\"b"', '"', "\\", "[", "]", "h:80",
     "é", "\t", '"PUT ** H"']
)  # fmt: skip
LINES = st.one_of(
    st.lists(PIECES, max_size=10).map(" ".join),
    st.tuples(
        st.integers(0, len(PLAIN) - 1), st.characters(codec="utf-8", exclude_characters="\n\r")
    ).map(lambda change: PLAIN[: change[0]] + change[1] + PLAIN[change[0] + 1 :]),
)


@given(st.lists(LINES, max_size=8))
def test_lines_read_alike_alone_and_among_others(lines: list[str]) -> None:
    # Among usual lines the vector path tries each; alone, a strange one is read by itself.
    parsed = parse(*[PLAIN] * 20, *lines)
    whole = {int(r): row for r, row in zip(parsed.rows, parsed.table.to_pylist(), strict=True)}
    records = [line for line in lines if line]
    for index, line in enumerate(records):
        common = parse(line, *[PLAIN.partition(' "http')[0]] * 20)
        single = common.table.to_pylist()[0] if common.rows[0] == 0 else None
        assert whole.get(20 + index) == single


@pytest.mark.parametrize(
    ("behind", "kept"),
    [
        # nginx's packaged `main` ends in "$http_x_forwarded_for".
        ('"198.51.100.91"', None),
        ('"198.51.100.91, 10.0.0.1"', None),
        ('"unknown, [2001:db8::1]:443" 0.004', "0.004"),
        ('198.51.100.91:4711 "TLS"', '"TLS"'),
        ('"for=198.51.100.91;proto=https"', '"for=[address];proto=https"'),
        ('"-" 0.004 "Chrome/120.0.0.0"', '"-" 0.004 "Chrome/120.0.0.0"'),
    ],
)
def test_addresses_behind_the_agent_are_not_kept(behind: str, kept: str | None) -> None:
    properties = one(f"{PLAIN} {behind}").get("properties")
    assert (None if properties is None else json.loads(properties)["extra"]) == kept


@pytest.mark.parametrize("front", ["198.51.100.91, 10.0.0.1", "198.51.100.91, 10.0.0.2, 10.0.0.1"])
def test_addresses_in_front_are_kept_as_neither_host_nor_user(front: str) -> None:
    assert "198.51.100.91" not in str(one(PLAIN.replace("192.0.2.1", front, 1)))
