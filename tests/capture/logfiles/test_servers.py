"""Each server's line, and what of it is wanted where."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.logfiles.samples import (
    ALB,
    CLOUDFRONT,
    CLOUDFRONT_HEADER,
    IIS,
    IIS_HEADER,
    LINES,
    NGINX_ERROR,
    S3,
    SECRET,
    form_of,
    one,
    parse,
    rows,
)

from footfall.capture.pseudonyms import address_id

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/78.0.3904.108 Safari/537.36"
)


def test_cloudfront_line() -> None:
    assert one("cloudfront", CLOUDFRONT) == {
        "timestamp": datetime(2019, 12, 4, 21, 2, 31, tzinfo=UTC),
        "name": "request",
        "distinct_id": address_id("192.0.2.100", SECRET),
        "event_id": "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==",
        "url": "https://shop.example/index.html?utm_source=news",
        "host": "shop.example",
        "user_agent": CHROME,
        "p_method": "GET",
        "p_status": 200,
        "p_bytes": 392,
        "p_duration": 0.001,
        "p_protocol": "HTTP/2.0",
        "p_edge_location": "LAX1",
        "p_result": "Hit",
        "p_response_result": "Hit",
        "p_detailed_result": "Hit",
        "p_request_bytes": 23,
        "p_first_byte": 0.001,
        "p_content_type": "text/html",
        "p_content_length": 78,
        "p_tls_version": "TLSv1.2",
        "p_tls_cipher": "ECDHE-RSA-AES128-GCM-SHA256",
    }


def test_cloudfront_as_json_and_without_header_says_the_same() -> None:
    names = CLOUDFRONT_HEADER.splitlines()[1].split()[1:]
    record = dict(zip(names, CLOUDFRONT.split("\t"), strict=True))
    wanted = one("cloudfront", CLOUDFRONT)
    assert one("cloudfront", json.dumps(record), header="") == wanted
    assert one("cloudfront", CLOUDFRONT, header="") == wanted


def test_agents_that_were_encoded_twice_are_read() -> None:
    twice = CLOUDFRONT.replace("%20", "%2520")
    assert one("cloudfront", twice)["user_agent"] == CHROME


def test_alb_line() -> None:
    row = one("alb", ALB)
    properties = json.loads(row.pop("properties"))
    assert row == {
        "timestamp": datetime(2018, 7, 2, 22, 23, 0, 186641, tzinfo=UTC),
        "name": "request",
        "distinct_id": address_id("192.168.131.39", SECRET),
        "url": "https://www.example.com/a?b=1",
        "user_agent": "curl/7.46.0",
        "p_method": "GET",
        "p_status": 200,
        "p_bytes": 57,
        "p_duration": pytest.approx(0.171),  # 0.086 + 0.048 + 0.037
        "p_protocol": "HTTP/1.1",
        "p_target_status": 200,
        "p_target_duration": 0.048,
        "p_request_bytes": 0,
        "p_tls_version": "TLSv1.2",
        "p_tls_cipher": "ECDHE-RSA-AES128-GCM-SHA256",
        "p_trace": "Root=1-58337281-1d84f3d73c47ec4e58577259",
        "p_domain": "www.example.com",
        "p_rule": 1,
        "p_connection": "TID_1234",
    }
    assert properties["type"] == "https"
    assert properties["actions_executed"] == "authenticate,forward"
    assert "192.168.131.39" not in str(properties)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (ALB.replace(" 0.048 ", " -1 "), {"p_duration": None, "p_target_duration": None}),
        (ALB.replace(" 200 200 ", " 502 - "), {"p_status": 502, "p_target_status": None}),
        (ALB.replace(" 192.168.131.39:", " [2001:db8::1]:"), {"host": None}),
        (ALB.replace("curl/7.46.0", r"a \"b\" c"), {"user_agent": 'a "b" c'}),
        (ALB.replace("curl/7.46.0", 'a"b'), {"user_agent": 'a"b'}),
        (ALB.replace("curl/7.46.0", "a b  c"), {"user_agent": "a b  c", "p_rule": 1}),
        (ALB.replace("GET https://www.example.com:443/a?b=1 HTTP/1.1", "- http://x:80- -"),
         {"p_method": None, "url": "http://x:80-", "p_protocol": None}),
        (ALB.partition(" ECDHE")[0], {"user_agent": "curl/7.46.0", "p_trace": None}),
        (ALB + " x y z new1 new2", {"p_connection": "TID_1234"}),
    ],
)  # fmt: skip
def test_alb_lines_as_they_come(line: str, expected: dict[str, Any]) -> None:
    row = one("alb", line)
    assert {key: row.get(key) for key in expected} == expected


def test_cells_that_are_newer_than_the_format_are_kept() -> None:
    assert json.loads(one("alb", ALB + " x y z new1 new2")["properties"])["extra"] == "new1 new2"


def test_s3_line() -> None:
    row = one("s3", S3)
    properties = json.loads(row.pop("properties"))
    assert row == {
        "timestamp": datetime(2019, 2, 6, 0, 0, 38, tzinfo=UTC),
        "name": "request",
        "distinct_id": address_id("192.0.2.3", SECRET),
        "url": "https://amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com/a/b.pdf?versioning",
        "host": "amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com",
        "user_agent": "S3Console/0.4",
        "p_method": "GET",
        "p_status": 200,
        "p_bytes": 113,
        "p_duration": 0.007,
        "p_protocol": "HTTP/1.1",
        "p_user": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
        "p_bucket": "amzn-s3-demo-bucket1",
        "p_operation": "REST.GET.OBJECT",
        "p_key": "a/b.pdf",
        "p_object_size": 4406583,
    }
    assert properties["turn_around_time"] == "5"


def test_short_s3_lines_of_old_are_read() -> None:
    row = one("s3", S3.partition(" - s9lz")[0])
    assert (row["url"], row["user_agent"]) == ("/a/b.pdf?versioning", "S3Console/0.4")


def test_iis_line() -> None:
    assert one("iis", IIS) == {
        "timestamp": datetime(2019, 4, 12, 0, 0, 22, tzinfo=UTC),
        "name": "request",
        "distinct_id": address_id("203.0.113.9", SECRET),
        "url": "/home/index.htm?id=7",
        "referrer": "https://www.example.com/a",
        "user_agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        "p_method": "GET",
        "p_status": 200,
        "p_duration": 1.5,  # 1500 ms
        "p_user": "anna",
        "p_substatus": 0,
        "p_win32_status": 64,
        "p_port": 80,
        "p_server": "10.0.0.5",
    }


def test_iis_header_may_change_within_a_file() -> None:
    other = "#Fields: time date cs-host sc-status x-custom\n00:00:30 2019-04-12 A.example 404 7\n"
    parsed = parse("iis", IIS_HEADER + IIS + "\n" + other + "00:00:31 2019-04-12 - 500 -\n")
    first, second, third = rows(parsed)
    assert first["p_win32_status"] == 64
    assert (second["host"], second["p_status"], second["timestamp"].second) == (
        "a.example",
        404,
        30,
    )
    assert second["properties"] == '{"x-custom":"7"}'
    assert "host" not in third
    assert parsed.faults == []


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("iis", IIS, "no #Fields line stands before it"),
        ("iis", IIS_HEADER + IIS + " more", "16 cells where the header names 15"),
        ("iis", "#Fields: date time a\nx y z", "date and time are not of the form"),
        ("iis", "#Fields: date time a\n2019-02-30 00:00:00 z", "date and time are not"),
        ("iis", "#Fields: a b\nx y", "no date and time"),
        ("cloudfront", CLOUDFRONT_HEADER + "a\tb", "2 cells where the header names 33"),
        ("cloudfront", "{x", "not JSON"),
        ("cloudfront", '{"sc-status":"200"}', "no date and time"),
        ("alb", "http x", "fewer than 14 cells"),
        ("alb", ALB.replace('HTTP/1.1"', "HTTP/1.1"), "fewer than 14 cells, or a quote"),
        ("alb", ALB.replace("2018-07-02T22:23", "2018-07-32T22:23"), "the second cell is not"),
        ("s3", S3.replace("S3Console/0.4", 'a "b" c'), "or a quote that is not closed"),
        ("s3", S3.replace("06/Feb", "31/Feb"), "time: not of the form"),
        ("s3", "a b c", "fewer than 18 cells"),
        ("nginx_error", "PHP message: x", "no time, [level]"),
        ("nginx_error", NGINX_ERROR.replace("05/20", "05/32"), "is not a time"),
    ],
)  # fmt: skip
def test_lines_that_are_no_entries_say_why(name: str, text: str, reason: str) -> None:
    parsed = parse(name, text + "\n")
    ((_, found, _),) = parsed.faults
    assert reason in found


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("iis", IIS, "malformed"),
        ("iis", "#Fields: date time a\nx y z", "invalid_timestamp"),
        ("iis", "#Fields: a b\nx y", "missing_timestamp"),
        ("alb", ALB.replace("2018-07-02T22:23", "2018-07-32T22:23"), "invalid_timestamp"),
        ("nginx_error", NGINX_ERROR.replace("05/20", "05/32"), "invalid_timestamp"),
        ("learning", "5 | broken", "missing_timestamp"),
        ("learning", "1 | 31/02/2024 08:00:00 | anna | 192.0.2.7", "invalid_timestamp"),
    ],
)
def test_faults_carry_their_code(name: str, text: str, code: str) -> None:
    assert [fault.code for fault in parse(name, text + "\n").faults] == [code]


def test_headers_without_end_are_refused_not_read_for_ever() -> None:
    many = "".join(f"#Fields: date time f{n}\n2019-04-12 00:00:00 x\n" for n in range(2000))
    parsed = parse("iis", many)
    assert (parsed.table.num_rows, len(parsed.faults)) == (16, 1984)
    assert "too many different ones" in parsed.faults[-1].reason
    wide = "#Fields: date time " + " ".join(f"f{n}" for n in range(300)) + "\n" + "x " * 301 + "x\n"
    assert "of up to 200 names" in parse("iis", wide).faults[0].reason
    again = parse(
        "iis", many.replace("2000", "1") + "#Fields: date time f0\n2019-04-12 00:00:00 y\n"
    )
    assert again.table.num_rows == 17
    objects = "".join(
        f'{{"date":"2019-04-12","time":"00:00:00","x-edge-location":"A","f{n}":1}}\n'
        for n in range(400)
    )
    assert parse("cloudfront", objects).table.num_rows == 197  # 3 names, and 197 others


def test_rejects_beyond_the_beginning_do_not_guess_their_header() -> None:
    form = form_of("iis")
    form.begin((IIS_HEADER + IIS + "\n").encode())
    records = form_of("iis").records((IIS + "\n").encode(), 5000)
    ((_, reason, _),) = form.parse(records).faults
    assert "not known" in reason
    near = form_of("iis").records((IIS + "\n").encode(), 5)
    assert form.parse(near).faults == []


def test_nginx_error_line() -> None:
    row = one("nginx_error", NGINX_ERROR, timezone="Europe/Berlin")
    assert row == {
        "timestamp": datetime(2019, 5, 20, 10, 34, 56, tzinfo=UTC),  # summer time, two hours
        "name": "error",
        "distinct_id": address_id("192.0.2.7", SECRET),
        "url": "/x?y=1",
        "host": "shop.example",
        "referrer": "https://shop.example/",
        "p_level": "error",
        "p_message": 'open() "/srv/www/x" failed (2: No such file or directory)',
        "p_method": "GET",
        "p_protocol": "HTTP/1.1",
        "p_server": "shop.example",
        "p_upstream": "http://127.0.0.1:9000/x",
        "p_pid": 1234,
        "p_tid": 5678,
        "p_connection": 90,
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2019/05/20 12:34:56 [notice] 1#1: start worker processes",
         {"p_level": "notice", "p_message": "start worker processes", "distinct_id": None}),
        (NGINX_ERROR.replace("GET /x?y=1", 'GET /a", client: 1'), {"url": '/a", client: 1'}),
        (NGINX_ERROR.partition(", server")[0], {"url": None, "p_server": None}),
    ],
)  # fmt: skip
def test_error_lines_as_they_come(line: str, expected: dict[str, Any]) -> None:
    row = one("nginx_error", line)
    assert {key: row.get(key) for key in expected} == expected


@pytest.mark.parametrize("name", [name for name in LINES if name != "learning"])
def test_no_address_of_a_person_is_kept(name: str) -> None:
    row = str(one(name, LINES[name][1]))
    addresses = ("192.0.2.", "192.168.131.39", "203.0.113.9")
    assert not [address for address in addresses if address in row]


PIECES = st.one_of(
    st.sampled_from([*(line for _, line in LINES.values()), *IIS.split(), *ALB.split(), '"', "-"]),
    st.sampled_from(["#Fields: date time a", "#Fields:", "#x", "3 | ", "5 | x", "{}", "[]", "\\"]),
    st.text(max_size=12),
)
TEXTS = st.lists(st.lists(PIECES, max_size=3).map(" ".join), max_size=6).map("\n".join)


@pytest.mark.parametrize("name", LINES)
@settings(deadline=None)
@given(data=st.one_of(st.binary(max_size=200), TEXTS.map(lambda text: text.encode())))
def test_every_line_is_an_event_a_fault_or_a_header(name: str, data: bytes) -> None:
    form = form_of(name, data[:50].decode("utf-8", "replace"))
    records = form.records(data, 1)
    parsed = form.parse(records)
    found = sorted([*parsed.rows.tolist(), *(fault.record for fault in parsed.faults)])
    cut_header = len(records) and not data.endswith(b"\n") and records.items[-1][:1] == b"#"
    is_json = data[:50].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    is_header_form = name in ("cloudfront", "iis") and not is_json
    assert found == list(range(len(records) - int(bool(cut_header and is_header_form))))
    n_lines = sum(bool(line.removesuffix(b"\r")) for line in data.split(b"\n"))
    assert len(records) == n_lines or is_header_form
    assert parsed.table.num_rows == len(parsed.rows)


@pytest.mark.parametrize("name", ["cloudfront", "iis", "alb", "s3"])
@settings(deadline=None, max_examples=40)
@given(places=st.lists(st.integers(0, 5), max_size=6))
def test_lines_are_read_alike_alone_and_among_others(name: str, places: list[int]) -> None:
    header, line = LINES[name]
    odd = [line, line[:-3], line.replace('"', '\\"', 1), line + " x", line.replace("-", '"'), "x"]
    chosen = [odd[place] for place in places]
    together = parse(name, header + "\n".join(chosen) + "\n")
    whole = dict(zip(together.rows.tolist(), rows(together), strict=True))
    for place, text in enumerate(chosen):
        alone = parse(name, header + text + "\n")
        assert whole.get(place) == (rows(alone)[0] if alone.table.num_rows else None)
