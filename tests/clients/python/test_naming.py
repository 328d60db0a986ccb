from __future__ import annotations

import re
from typing import Any

import pytest

from footfall_client import SettingError
from footfall_client.naming import Rule, as_rule, first_match
from footfall_client.packs import community, learning


@pytest.mark.parametrize(
    ("pattern", "path", "captured"),
    [
        ("/articles/<int:id>/", "/articles/7/", {"id": 7}),
        ("/articles/<int:id>/", "/articles/seven/", None),
        ("/articles/<slug>/", "/articles/a-b/", {"slug": "a-b"}),
        ("/articles/<slug>/", "/articles/a/b/", None),
        ("/articles/{id:int}", "/articles/7", {"id": 7}),
        ("/articles/{slug}", "/articles/a", {"slug": "a"}),
        ("/files/{rest:path}", "/files/a/b.txt", {"rest": "a/b.txt"}),
        ("/a.b/*", "/a.b/c/d", {}),
        ("/a.b/*", "/aXb/c", None),
        ("*", "/whatever", {}),
        ("/exact", "/exact", {}),
        ("/exact", "/exactly", None),
        (re.compile(r"/(?P<year>\d{4})/.*"), "/2026/x", {"year": "2026"}),
    ],
)
def test_patterns_of_paths(pattern: Any, path: str, captured: dict[str, Any] | None) -> None:
    assert Rule("GET", pattern, "x").match("GET", path, 200) == captured


def test_method_and_status_have_to_fit() -> None:
    rule = Rule("PUT PATCH", "/a", "edit", {"of": "a"}, status="2xx 304")
    found = {
        (method, status)
        for method in ("GET", "PUT", "PATCH")
        for status in (200, 204, 302, 304, 404)
        if rule.match(method, "/a", status) == {"of": "a"}
    }
    assert found == {(m, s) for m in ("PUT", "PATCH") for s in (200, 204, 304)}
    assert Rule("*", "/a", "any").match("DELETE", "/a", 302) == {}
    assert Rule("*", "/a", "any").match("GET", "/a", 404) is None


def test_the_first_rule_that_applies_counts() -> None:
    rules = [as_rule(("GET", "/new", "form")), as_rule(["GET", "/<id>", "view", {"kind": 1}])]
    assert first_match(rules, "GET", "/new", 200) == ("form", {})
    assert first_match(rules, "GET", "/7", 200) == ("view", {"kind": 1, "id": "7"})
    assert first_match(rules, "POST", "/7", 200) is None


@pytest.mark.parametrize(
    "given",
    [
        ("FETCH", "/a", "x"),
        ("GET", "a", "x"),
        ("GET", "/<float:a>", "x"),
        ("GET", "/<a>/<a>", "x"),
        ("GET", "/a", "x", None, "200ish"),
        ("GET", "/a", "x", None, ""),
        ("GET", "/a"),
        "GET /a x",
    ],
)
def test_rules_that_cannot_work_are_refused(given: object) -> None:
    with pytest.raises(SettingError):
        as_rule(given)


def names(rules: list[Rule], *requests: tuple[str, str, int]) -> list[str]:
    found = (first_match(rules, *request) for request in requests)
    return [each[0] if each else "-" for each in found]


def test_the_pack_of_a_community() -> None:
    rules = community.rules()
    assert names(
        rules,
        ("GET", "/articles/a/", 200),
        ("GET", "/articles/a/", 404),
        ("GET", "/articles/new/", 200),
        ("POST", "/articles/new/", 302),
        ("POST", "/articles/new/", 200),
        ("POST", "/articles/a/edit/", 302),
        ("PATCH", "/articles/a/", 200),
        ("POST", "/articles/a/publish/", 302),
        ("POST", "/articles/a/status/draft/", 302),
        ("POST", "/articles/a/comments/", 302),
        ("DELETE", "/articles/a/comments/3/", 204),
        ("GET", "/communities/c/", 200),
        ("POST", "/communities/c/join/", 302),
        ("POST", "/communities/c/leave/", 302),
        ("GET", "/groups/g/", 200),
        ("POST", "/groups/g/join/", 302),
        ("POST", "/groups/g/leave/", 302),
        ("POST", "/login/", 200),
        ("POST", "/login/", 302),
        ("POST", "/logout/", 302),
    ) == [
        "article.view", "-", "request", "article.create", "-", "article.edit", "article.edit",
        "article.publish", "article.status", "comment.post", "comment.delete", "community.view",
        "community.join", "community.leave", "group.view", "group.join", "group.leave", "-",
        "login", "logout",
    ]  # fmt: skip
    assert first_match(rules, "POST", "/articles/a/status/draft/", 302) == (
        "article.status", {"article": "a", "to": "draft"}
    )  # fmt: skip
    moved = community.rules(articles="/blog", slash="", done="2xx")
    assert names(moved, ("POST", "/blog/a/comments", 200)) == ["comment.post"]
    assert {rule.name for rule in rules} - {"request"} == set(community.EVENTS)


def test_the_pack_of_a_learning_platform() -> None:
    assert names(
        learning.rules(),
        ("POST", "/login/", 302),
        ("POST", "/exercises/e1/start/", 200),
        ("POST", "/exercises/e1/end/", 200),
        ("GET", "/logout/", 302),
        ("GET", "/about/", 200),
        ("POST", "/login/", 200),
    ) == ["session.start", "exercise.start", "exercise.end", "session.end", "visit", "-"]
