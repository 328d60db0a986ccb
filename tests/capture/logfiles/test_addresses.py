"""Network addresses in log files: they tell where somebody was, and are not kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.capture.logfiles.samples import LINES, SECRET, source_of
from tests.intake.mmdb import mmdb

from footfall.capture.collector import Collector
from footfall.capture.logfiles import open_format
from footfall.capture.pseudonyms import address_id, value_id
from footfall.capture.whereabouts import Whereabouts
from footfall.intake.ledger import Ledger
from footfall.intake.places import Places, kept_address
from footfall.lake.folder import LakeFolder
from footfall.model.source import Addresses, Mapping, Rule, Source

VIENNA = {
    "country": {"iso_code": "AT"},
    "subdivisions": [{"iso_code": "9", "names": {"en": "Vienna"}}],
    "city": {"names": {"en": "Vienna"}},
    "location": {"latitude": 48.2, "longitude": 16.4},
}
ADDRESS = "81.10.3.4"
COMBINED = '{} - - [10/Oct/2025:13:55:36 +0000] "GET /a?b=1 HTTP/1.1" 200 12 "-" "curl/8"'
JSON: dict[str, str] = {
    "nginx_json": '{"msec": "1760104536.5", "remote_addr": "{}", "status": 200}',
    "caddy": '{"ts": 1760104536.5, "request": {"client_ip": "{}", "uri": "/a"}, "status": 200}',
    "traefik": '{"StartUTC": "2025-10-10T13:55:36Z", "ClientHost": "{}", "RequestPath": "/a"}',
    "ecs": '{"@timestamp": "2025-10-10T13:55:36Z", "user": {"id": "u1"}, "source": {"ip": "{}"}}',
    "bunyan": '{"time": "2025-10-10T13:55:36Z", "req": {"remoteAddress": "{}", "url": "/a"}}',
    "structlog": '{"timestamp": "2025-10-10T13:55:36Z", "event": "login", "user": "u", "ip": "{}"}',
}
OLD = {
    "cloudfront": "192.0.2.100",
    "iis": "203.0.113.9",
    "alb": "192.168.131.39",
    "s3": "192.0.2.3",
    "nginx_error": "192.0.2.7",
    "learning": "192.0.2.7",
}


def text_of(name: str, address: str = ADDRESS) -> str:
    """A file of that format with one entry, which came from the address."""
    if name in LINES:
        header, line = LINES[name]
        return header + line.replace(OLD[name], address) + "\n"
    line = JSON.get(name, COMBINED)
    return line.replace("{}", address) + "\n"


NAMES = ["combined", *LINES, *JSON]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    path = tmp_path / "city.mmdb"
    path.write_bytes(mmdb({"81.10.0.0/16": VIENNA}))
    return Places(str(path))


def one(source: Source, text: str, places: Places | None) -> dict[str, Any]:
    form = open_format(source, SECRET, text.encode(), places)
    start = form.begin(text.encode())
    parsed = form.parse(form.records(text.encode()[start:], 1))
    assert parsed.faults == []
    (row,) = parsed.table.to_pylist()
    return row


@pytest.mark.parametrize("name", NAMES)
def test_every_format_tells_where_somebody_was(name: str, places: Places) -> None:
    row = one(source_of(name), text_of(name), places)
    assert (row["country"], row["region"], row["city"]) == ("AT", "Vienna", "Vienna")
    assert (row["latitude"], row["longitude"]) == (48.2, 16.4)
    assert row.get("address") is None
    assert ADDRESS not in repr(row)
    # With the countries that come along there is no more than that.
    assert one(source_of(name), text_of(name, "8.8.8.8"), Places())["country"] == "US"


@pytest.mark.parametrize("policy", ["drop", "truncated", "keyed"])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_is_the_source_s_to_say(name: str, policy: Addresses) -> None:
    plain = source_of(name)
    source = Source("web", mapping=plain.mapping, properties=plain.properties, addresses=policy)
    kept = one(source, text_of(name), None).get("address")
    wanted = {"drop": None, "truncated": "81.10.3.0"} | {
        "keyed": kept_address(ADDRESS, "keyed", SECRET)
    }
    assert kept == wanted[policy]


def test_actors_are_those_that_they_were(places: Places) -> None:
    assert one(source_of("combined"), text_of("combined"), places)["distinct_id"] == address_id(
        ADDRESS, SECRET
    )
    # A user who is named is the actor, and the address still tells where they are.
    row = one(source_of("ecs"), text_of("ecs"), places)
    assert (row["distinct_id"], row["country"]) == (value_id("u1", SECRET), "AT")


def test_a_record_that_names_its_country_stays_there(places: Places) -> None:
    header, line = LINES["cloudfront"]
    fields = header.rstrip().replace("c-ip", "c-ip c-country")
    told = line.replace(OLD["cloudfront"], f"{ADDRESS}\tDE")
    row = one(source_of("cloudfront"), f"{fields}\n{told}\n", places)
    assert (row["country"], row.get("city"), row.get("latitude")) == ("DE", None, None)


def test_a_mapping_of_one_s_own_says_where_addresses_are(places: Places) -> None:
    rules = {"timestamp": Rule(("at",)), "name": Rule(("what",)), "distinct_id": Rule(("who",))}
    mapping = Mapping("csv", rules, options={"addresses": "proxy,client.ip", "delimiter": ","})
    text = f"at,what,who,proxy,client.ip,x\n2025-10-10T13:55:36Z,look,u1,,{ADDRESS},7\n"
    row = one(Source("own", mapping=mapping), text, places)
    assert (row["country"], row["distinct_id"], row["properties"]) == ("AT", "u1", '{"x":"7"}')


@pytest.mark.parametrize(
    ("policy", "sent", "kept"),
    [
        ("drop", ADDRESS, None),
        ("drop", "a_1f", None),
        ("truncated", ADDRESS, "81.10.3.0"),
        ("truncated", "81.10.3.0", "81.10.3.0"),
        ("keyed", ADDRESS, kept_address(ADDRESS, "keyed", SECRET)),
        ("keyed", "a_1f", "a_1f"),  # it was made of one elsewhere
    ],
)
def test_an_event_that_brings_its_address_along(policy: Addresses, sent: str, kept: Any) -> None:
    event = f'{{"timestamp": "2025-10-10T13:55:36Z", "name": "x", "address": "{sent}"}}\n'
    assert one(Source("web", addresses=policy), event, None)["address"] == kept


def test_each_address_is_looked_up_once() -> None:
    asked: list[str] = []

    class Counted(Places):
        def of(self, address: str) -> Any:
            asked.append(address)
            return super().of(address)

    where = Whereabouts(Source("web"), SECRET, Counted())
    values = pa.array(["8.8.8.8", None, "10.0.0.1", "8.8.8.8", "-"])
    for _ in range(2):
        columns = where.columns(values, {})
        assert columns["country"].to_pylist() == ["US", None, None, "US", None]
        assert columns.keys() == {"country"}
    assert asked == ["8.8.8.8", "10.0.0.1", "-"]


@pytest.mark.parametrize("name", NAMES)
def test_no_file_of_the_lake_has_the_address(name: str, tmp_path: Path) -> None:
    lake = LakeFolder.create(tmp_path / "lake")
    (tmp_path / "city.mmdb").write_bytes(mmdb({"81.10.0.0/16": VIENNA}))
    (lake.root / "footfall.toml").write_text(f"[intake]\nplaces = '{tmp_path / 'city.mmdb'}'\n")
    lake = LakeFolder.open(lake.root)
    lake.add_source(source_of(name))
    log = tmp_path / "one.log"
    log.write_text(text_of(name), "utf-8")
    with Ledger(lake.root / "ledger.db") as ledger:
        counts = Collector(lake, "web", ledger).ingest([log])
    assert (counts.stored, counts.rejected) == (1, 0)
    table = lake.table("web")
    (row,) = [row for file in table.snapshot().files for row in _rows(file.path)]
    assert (row["country"], row["city"]) == ("AT", "Vienna")
    assert ADDRESS not in repr(row)
    files = [path for path in lake.root.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if ADDRESS.encode() in path.read_bytes()] == []


def _rows(path: str) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    return pq.ParquetFile(path).read().to_pylist()
