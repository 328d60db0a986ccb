"""Of a web server's log: which requests are pages, and which hosts are the log's own."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from tests.capture.conftest import Ingest, events

from footfall.capture.definition import Changes, define, redefine
from footfall.capture.requests import own_hosts, part_assets, settle_hosts
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

LINE = '1.2.3.4 - - [17/May/2015:10:05:0{second} +0000] "GET {path} HTTP/1.1" 200 5 "{by}" "x"\n'


def log(*requests: tuple[str, str]) -> str:
    """A combined log of requests by path and referrer."""
    return "".join(
        LINE.format(second=at, path=path, by=by) for at, (path, by) in enumerate(requests)
    )


SITE = log(
    ("/", "https://search.example/find"),
    ("/shoes", "http://www.shop.example/"),
    ("/style.css", "http://www.shop.example/shoes"),
    ("/find", "http://shop.example/shoes"),
    ("/logo.PNG?v=2", "http://shop.example/find"),
)


def test_what_a_page_is_made_of_is_no_page() -> None:
    names = {
        "/": "request", "/a.css": "asset", "/a.css?v=1": "asset", "/A.JPEG#x": "asset",
        "/css": "request", "/a.css/b": "request", "/a?file=b.css": "request",
        "https://x.example/fonts/a.woff2": "asset", "/robots.txt": "request", "/a.min.js": "asset",
    }  # fmt: skip
    table = pa.table({"name": ["request"] * (len(names) + 1), "url": [*names, None]})
    parted = part_assets(table, define("web", Changes("combined")))
    assert parted["name"].to_pylist() == [*names.values(), "request"]


@pytest.mark.parametrize(
    "source",
    [
        Source("app"),
        define("errors", Changes("nginx_error")),
        define("web", Changes("combined", {"name": "=hit"})),
    ],
)
def test_elsewhere_names_stay(source: Source) -> None:
    table = pa.table({"name": ["hit"], "url": ["/a.css"]})
    assert part_assets(table, source) is table


def referring(*pairs: tuple[str | None, str | None]) -> pa.Table:
    urls, referrers = zip(*pairs, strict=True)
    return pa.table({"url": pa.array(urls, pa.string()), "referrer": pa.array(referrers)})


def test_the_host_whose_pages_are_asked_for_is_the_logs_own() -> None:
    own = [("/a", "http://shop.example/b"), ("/b", "http://www.shop.example/a?x=1")]
    other = ("/", "https://other.example/a")
    # Two are too few, as are two of five; three of six are enough.
    assert own_hosts(referring(*own)) == []
    assert own_hosts(referring(*own, other, other, other)) == ["other.example"]
    third = ("/b", "http://shop.example/b")
    assert own_hosts(referring(*own, third, other, other)) == ["shop.example", "www.shop.example"]
    assert own_hosts(referring(*own, third, other, other, other, other)) == ["other.example"]


def test_a_page_that_everybody_has_or_nobody_asked_for_tells_nothing() -> None:
    table = referring(*[("/a", "https://other.example/"), ("/", "https://other.example/b")] * 9)
    assert own_hosts(table) == []
    assert own_hosts(referring(*[("/a", None)] * 3, (None, "nonsense"))) == []


def test_who_names_the_host_needs_no_guess() -> None:
    pairs = [("https://shop.example/a", "https://shop.example/a")] * 3
    assert own_hosts(referring(*pairs)) == []
    hosted = referring(*[("/a", "https://shop.example/a")] * 3)
    assert own_hosts(hosted.append_column("host", [["shop.example"] * 3])) == []
    assert own_hosts(hosted) == ["shop.example"]


def test_clicks_within_the_site_are_internal_without_being_told(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    path = tmp_path / "access.log"
    path.write_text(SITE)
    missing = str(tmp_path / "missing.log")
    assert settle_hosts(lake, "web", ["-", missing, str(path)]) == [
        "shop.example", "www.shop.example",
    ]  # fmt: skip
    ingest(path, "web")
    rows = events(lake, "web")
    assert [(row["path"], row["name"], row["channel"]) for row in rows] == [
        ("/", "request", "referral"),
        ("/shoes", "request", "internal"),
        ("/style.css", "asset", "internal"),
        ("/find", "request", "internal"),
        ("/logo.PNG", "asset", "internal"),
    ]
    # What was settled stays, whatever comes later.
    assert settle_hosts(lake, "web", [str(path)]) == []


def test_what_somebody_said_stands(lake: LakeFolder, tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    path.write_text(SITE)
    lake.change_source("web", lambda known: redefine(known, Changes(options={"hosts": ""})))
    assert settle_hosts(lake, "web", [str(path)]) == []
    assert settle_hosts(lake, "app", [str(path)]) == []
    assert settle_hosts(lake, "web", ["-"]) == []
