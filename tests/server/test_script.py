"""The browser tracker as it is served: small, cached, to every origin, under any path."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.server.conftest import Running, make_lake, run

from footfall.errors import InvalidSetting
from footfall.server.script import ScriptEndpoint, make_script, tracker_file
from footfall.settings import TrackerSettings

MAX_BYTES = 4096


@pytest.fixture(scope="module")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that also goes by names of a site's own."""
    lake = make_lake(tmp_path_factory.mktemp("renamed") / "lake")
    own = TrackerSettings(script="/js/app.js", endpoint="/e")
    lake.settings = replace(lake.settings, tracker=own)
    with run(lake) as running:
        yield running


def test_the_packed_script_is_under_4_kb() -> None:
    assert len(make_script().packed) < MAX_BYTES
    assert len(make_script(is_module=True).packed) < MAX_BYTES


def test_comments_and_long_names_do_not_travel() -> None:
    text = make_script().plain.decode()
    assert len(text) < len(tracker_file().read_text("utf-8")) / 2
    assert "bytesOnTheWay" not in text
    assert "reportEngagement" not in text
    assert "/**" not in text


def test_any_page_may_load_it_and_keep_it(shared_server: Running) -> None:
    # A page that is measured reaches us by the name of its own server.
    with shared_server.client(Host="shop.example", Origin="https://shop.example") as client:
        plain = client.get("/footfall.js", headers={"Accept-Encoding": "identity"})
        packed = client.get("/footfall.js", headers={"Accept-Encoding": "br, gzip"})
    assert plain.status_code == packed.status_code == 200
    assert plain.content == packed.content == make_script().plain
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < MAX_BYTES
    assert packed.headers["content-type"] == "text/javascript; charset=utf-8"
    assert packed.headers["access-control-allow-origin"] == "*"
    assert packed.headers["cross-origin-resource-policy"] == "cross-origin"
    assert packed.headers["x-content-type-options"] == "nosniff"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert "max-age=3600" in packed.headers["cache-control"]
    assert plain.headers["etag"] != packed.headers["etag"]


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_is_still_the_same_is_not_sent_again(shared_server: Running, encoding: str) -> None:
    with shared_server.client() as client:
        client.headers["Accept-Encoding"] = encoding
        tag = client.get("/footfall.js").headers["etag"]
        again = client.get("/footfall.js", headers={"If-None-Match": f'"other", {tag}'})
        changed = client.get("/footfall.js", headers={"If-None-Match": '"other"'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert changed.status_code == 200


def test_other_methods(shared_server: Running) -> None:
    with shared_server.client() as client:
        head, post = client.head("/footfall.js"), client.post("/footfall.js")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(make_script().packed))
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")


def test_a_module_sends_to_where_it_came_from(shared_server: Running) -> None:
    with shared_server.client() as client:
        text = client.get("/footfall.mjs").text
    assert text.endswith("export default footfall;")
    assert 'new URL("/v1/events",import.meta.url)' in text


def test_script_and_intake_go_by_other_names_as_well(renamed: Running) -> None:
    with renamed.client() as client:
        texts = {client.get(path).text for path in ("/js/app.js", "/footfall.js")}
        module = client.get("/js/app.mjs")
    assert len(texts) == 1
    text = texts.pop()
    assert '"/e"' in text
    assert "/v1/events" not in text
    assert module.text.endswith("export default footfall;")
    key = renamed.app.state.workspace.keys.create("web", "test").secret
    with renamed.client() as client:
        for path in ("/e", "/v1/events"):
            answer = client.post(path, params={"key": key}, content='[{"name": "signup"}]')
            assert answer.json() == {"stored": 1, "duplicates": 0, "rejected": []}


@pytest.mark.parametrize(
    "path", ["", "js/app.js", "//elsewhere.example/x.js", "/", "/a?b", "/a b", "/api/v1/query",
             "/static/x.js", "/login", "/k/x"],
)  # fmt: skip
def test_paths_that_cannot_be_taken(path: str) -> None:
    with pytest.raises(InvalidSetting, match=r"script in \[tracker\].*'/js/app.js'"):
        ScriptEndpoint(TrackerSettings(script=path))
    with pytest.raises(InvalidSetting, match=r"endpoint in \[tracker\]"):
        ScriptEndpoint(TrackerSettings(endpoint=path))


def test_packing_it_again_gives_the_same_bytes() -> None:
    first = make_script("/a")
    make_script.cache_clear()
    assert make_script("/a") == first
    assert gzip.decompress(first.packed) == first.plain


def test_the_script_is_found_in_the_checkout() -> None:
    expected = Path(__file__).parents[2] / "clients" / "browser" / "footfall.js"
    assert tracker_file() == expected
