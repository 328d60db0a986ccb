from __future__ import annotations

import json
import re
from pathlib import Path

from tests.server.conftest import Running

from footfall.errors import (
    InvalidEvents,
    NotAllowed,
    NotAuthenticated,
    Overloaded,
    StorageFull,
    TooLarge,
    TooSlow,
    UnknownEncoding,
)
from footfall.server.openapi import EVENTS_PATH, INTAKE_ANSWERS, describe
from footfall.server.web.prose import prose


def test_every_operation_is_described_with_examples(shared_server: Running) -> None:
    schema = describe(shared_server.app.api)
    tags = {tag["name"] for tag in schema["tags"]}
    names: list[str] = []
    for path, methods in schema["paths"].items():
        for method, item in methods.items():
            place = f"{method} {path}"
            names.append(item["operationId"])
            assert set(item["tags"]) <= tags, place
            assert item["summary"], place
            assert item["description"].endswith((".", "`")), place
            answer = next(
                item["responses"][code] for code in ("200", "201") if code in item["responses"]
            )
            assert any("example" in media for media in answer["content"].values()), place
            for parameter in item.get("parameters", []):
                assert parameter["description"], f"{place}: {parameter['name']}"
            if method == "post":
                media = item["requestBody"]["content"]["application/json"]
                assert media["examples"], place
                assert media["schema"]["type"] == "object", place
    assert len(names) == len(set(names))


def test_what_intake_answers_is_what_the_description_and_the_docs_say(
    shared_server: Running,
) -> None:
    raised = (
        *(InvalidEvents, NotAuthenticated, NotAllowed, TooLarge),
        *(UnknownEncoding, Overloaded, StorageFull, TooSlow),
    )
    # 431 comes before there is a request that anything could be raised of.
    assert set(INTAKE_ANSWERS) == {200, 431, *(error.status for error in raised)}
    described = describe(shared_server.app.api)["paths"][EVENTS_PATH]["post"]["responses"]
    assert {int(status) for status in described} == set(INTAKE_ANSWERS)
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
    rows = re.findall(r"^\| ([0-9, ]+) \|", text, re.MULTILINE)
    assert {int(code) for row in rows for code in row.split(",")} == set(INTAKE_ANSWERS)


def test_nothing_is_described_that_is_never_sent(shared_server: Running) -> None:
    schema = describe(shared_server.app.api)
    too_much = {
        place
        for place, methods in schema["paths"].items()
        for item in methods.values()
        if "422" in item["responses"]
    }
    assert too_much == {"/api/v1/query", "/api/v1/sql"}
    assert "HTTPValidationError" not in json.dumps(schema)
    assert "$ref" not in json.dumps(schema)
    assert "schemas" not in schema["components"]


def test_the_page_loads_nothing_from_elsewhere(shared_server: Running) -> None:
    with shared_server.browser() as browser:
        page = browser.get("/docs")
        assert page.status_code == 200
        loaded = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
        own = set(loaded) - {"/docs.css", "/", "/sql", "/ledger", "/docs", "/openapi.json"}
        kinds = {browser.get(path).headers["content-type"].partition(";")[0] for path in own}
        assert kinds == {"image/svg+xml", "text/css", "text/javascript"}
        assert all(path.startswith("/static/") for path in own)
        assert not re.search(r"<script(?![^>]*src=)", page.text)
        assert "style=" not in page.text
        assert browser.get("/docs.css").headers["content-type"].startswith("text/css")
        assert browser.get("/openapi.json").json()["info"]["title"] == "Footfall API"


def test_the_page_shows_every_operation(shared_server: Running) -> None:
    with shared_server.browser() as browser:
        page = browser.get("/docs").text
    for path, methods in describe(shared_server.app.api)["paths"].items():
        assert path in page
        for item in methods.values():
            assert f'id="{item["operationId"]}"' in page


def test_prose_is_data_and_not_markup() -> None:
    text = str(prose("Send `<b>` & more.\n\n<script>"))
    assert text == "<p>Send <code>&lt;b&gt;</code> &amp; more.</p><p>&lt;script&gt;</p>"


def test_no_text_of_the_page_shows_its_backticks(shared_server: Running) -> None:
    with shared_server.browser() as browser:
        page = browser.get("/docs").text
    # What is wrong is told with the name of the parameter, marked as such.
    assert "is wrong; <code>parameter</code> names it." in page
    assert "`" not in re.sub(r"(?s)<pre.*?</pre>", "", page)
