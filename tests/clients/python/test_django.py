"""Checks, tags, views and the command, in a project that is set up in this process."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory, override_settings
from tests.clients.python.sink import serving

from footfall_client import embed

SECRET = "s" * 32
URL = "https://footfall.example"
BASE = {"URL": URL, "KEY": "ffw_1", "SPOOL": False}


@pytest.fixture(autouse=True, scope="module")
def project() -> Iterator[None]:
    sys.path.insert(0, str(Path(__file__).parent))
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["FOOTFALL_URL"] = URL
    try:
        django.setup()
        yield
    finally:
        sys.path.pop(0)
        del os.environ["FOOTFALL_URL"]


def checked(**changes: Any) -> list[tuple[str, str]]:
    from footfall_client.django.checks import check_settings

    with override_settings(**changes):
        return [(found.id, f"{found.msg} {found.hint or ''}") for found in check_settings()]


def test_a_good_project_has_nothing_to_be_told() -> None:
    assert checked() == []
    assert checked(FOOTFALL={**BASE, "IS_ENABLED": False, "URL": ""}) == []


@pytest.mark.parametrize(
    ("changes", "expected", "text"),
    [
        ({"FOOTFALL": None}, "footfall.W001", "not set"),
        ({"FOOTFALL": ["URL"]}, "footfall.E001", "not a dictionary"),
        ({"FOOTFALL": {**BASE, "EXLUDE": []}}, "footfall.E002", "mean 'EXCLUDE'"),
        ({"FOOTFALL": {**BASE, "KEY": ""}}, "footfall.E003", "key: none came"),
        ({"FOOTFALL": {**BASE, "SAMPLE": 7}}, "footfall.E003", "sample: 7"),
        ({"FOOTFALL": {**BASE, "RULES": [("GET", "articles", "x")]}}, "footfall.E003", "path:"),
        ({"FOOTFALL": {**BASE, "USER": "no.such.hook"}}, "footfall.E003", "cannot be imported"),
        ({"FOOTFALL": {**BASE, "EVERY": "often"}}, "footfall.E003", "every: 'often'"),
        ({"FOOTFALL": {**BASE, "EMBED_SECRET": "short"}}, "footfall.E004", "fewer than 32"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], expected: str, text: str) -> None:
    ((found, message),) = checked(**changes)
    assert found == expected
    assert text in message


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"SOURCE": ""}, ["SOURCE"]),
        ({"SOURCE": "", "URL": ""}, ["SOURCE", "EMBED_URL"]),
        ({"URL": "/var/lake", "IS_ENABLED": False}, ["EMBED_URL"]),
    ],
)
def test_what_the_page_of_the_dashboard_lacks_is_named(
    changes: dict[str, Any], missing: list[str]
) -> None:
    from footfall_client.django.checks import check_settings

    given = {**BASE, "EMBED_SECRET": "s" * 32, "SOURCE": "web", **changes}
    with override_settings(FOOTFALL=given):
        (found,) = check_settings()
    assert found.id == "footfall.W003"
    assert re.findall(r"FOOTFALL\['(\w+)'\]", found.msg) == missing
    with override_settings(FOOTFALL=given, ROOT_URLCONF="django.contrib.auth.urls"):
        assert "footfall.W003" not in str(check_settings())


def test_middleware_that_is_not_last_is_warned_of() -> None:
    turned = [settings.MIDDLEWARE[-1], *settings.MIDDLEWARE[:-1]]
    assert [found for found, _ in checked(MIDDLEWARE=turned)] == ["footfall.W002"]


def rendered(text: str, request: Any = None, **context: Any) -> str:
    return Template("{% load footfall %}" + text).render(Context({"request": request, **context}))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ""),
        (
            {"TRACKER_KEY": "ffw_p"},
            f'<script defer src="{URL}/footfall.js" data-key="ffw_p"></script>',
        ),
        (
            {"TRACKER_KEY": 'a"b', "TRACKER_SRC": "/s.js", "TRACKER_URL": "/stats/e"},
            '<script defer src="/s.js" data-key="a&quot;b" data-url="/stats/e"></script>',
        ),
        ({"TRACKER_KEY": "ffw_p", "IS_ENABLED": False}, ""),
    ],
)  # fmt: skip
def test_the_trackers_element(changes: dict[str, Any], expected: str) -> None:
    with override_settings(FOOTFALL={**BASE, **changes}):
        assert rendered("{% footfall_tracker %}") == expected


def test_the_trackers_element_carries_the_pages_nonce() -> None:
    with override_settings(FOOTFALL={**BASE, "TRACKER_KEY": "k"}):
        assert ' nonce="n1"' in rendered("{% footfall_tracker %}", csp_nonce="n1")


def User(**given: Any) -> Any:  # noqa: N802 - Django's own cannot be imported before its setup
    return SimpleNamespace(**{"is_staff": False, "is_active": True, "username": "", **given})


def asked_by(user: Any) -> Any:
    request = RequestFactory().get("/analytics/")
    request.user = user
    return request


STAFF = User(pk=7, username="ada", is_staff=True)
EMBED = {**BASE, "SOURCE": "site", "EMBED_SECRET": SECRET, "EMBED_LIFETIME": "90s"}


def token_in(html: str) -> str:
    (token,) = re.findall(r"\?token=([\w.-]+)", html)
    return token


def test_staff_see_a_dashboard_by_a_token_that_expires() -> None:
    with override_settings(FOOTFALL=EMBED):
        html = rendered("{% footfall_dashboard 'site' 'Weekly' %}", asked_by(STAFF))
    claims = embed.verify(SECRET, token_in(html))
    assert (claims["source"], claims["dashboard"]) == ("site", "Weekly")
    assert claims["exp"] - claims["iat"] == 90
    assert claims["viewer"].startswith("u_")
    # The page that shows it is the one that may frame it.
    assert claims["origins"] == ["http://testserver"]
    assert html.startswith(f'<iframe src="{URL}/embed/overview?token=f1.')
    assert 'title="Weekly"' in html


def own_articles(request: Any) -> dict[str, Any]:
    return {"field": "properties.author", "operator": "is", "value": request.user.username}


@pytest.mark.parametrize("kind", [own_articles, "project.permissions.own_articles"])
def test_a_project_cuts_the_numbers_down_by_who_asks(kind: object) -> None:
    more = {"EMBED_FILTER": kind, "EMBED_ORIGINS": ["https://a.example"],
            "EMBED_OPTIONS": {"theme": "dark", "fields": ["properties.author"]}}  # fmt: skip
    with override_settings(FOOTFALL={**EMBED, **more}):
        claims = embed.verify(
            SECRET, token_in(rendered("{% footfall_dashboard %}", asked_by(STAFF)))
        )
    assert claims["filter"] == {"field": "properties.author", "operator": "is", "value": "ada"}
    assert claims["origins"] == ["https://a.example"]
    assert (claims["theme"], claims["fields"]) == ("dark", ["properties.author"])


def test_options_that_no_server_takes_are_named() -> None:
    with (
        override_settings(FOOTFALL={**EMBED, "EMBED_OPTIONS": {"period": "90d"}}),
        pytest.raises(ImproperlyConfigured, match="period: '90d' is not one of realtime"),
    ):
        rendered("{% footfall_dashboard %}", asked_by(STAFF))


@pytest.mark.parametrize(
    "user", [User(pk=None, is_active=False), User(pk=8), User(pk=9, is_staff=True, is_active=False)]
)
def test_nobody_else_sees_it(user: Any) -> None:
    from footfall_client.django.views import dashboard

    with override_settings(FOOTFALL=EMBED):
        assert rendered("{% footfall_dashboard %}", asked_by(user)) == ""
        with pytest.raises(PermissionDenied):
            dashboard(asked_by(user))


def for_readers(request: Any) -> bool:
    return request.user.username == "reader"


@pytest.mark.parametrize("permission", [for_readers, "project.permissions.for_readers"])
def test_a_project_decides_itself_who_may_see_it(permission: str | Callable[[Any], bool]) -> None:
    with override_settings(FOOTFALL={**EMBED, "EMBED_PERMISSION": permission}):
        assert rendered("{% footfall_dashboard %}", asked_by(STAFF)) == ""
        reader = asked_by(User(pk=1, username="reader"))
        assert "<iframe" in rendered("{% footfall_dashboard %}", reader)


def test_the_view_is_a_page_that_nobody_keeps() -> None:
    from footfall_client.django.views import dashboard

    with override_settings(FOOTFALL=EMBED):
        page: HttpResponse = dashboard(asked_by(STAFF), "site", "<b>")
    assert page["Cache-Control"] == "no-store, private"
    text = page.content.decode()
    assert "<title>&lt;b&gt;</title>" in text
    assert embed.verify(SECRET, token_in(text))["dashboard"] == "<b>"


@pytest.mark.parametrize("missing", ["EMBED_SECRET", "SOURCE", "URL"])
def test_what_a_dashboard_needs_is_said(missing: str) -> None:
    given = {key: value for key, value in EMBED.items() if key != missing}
    with override_settings(FOOTFALL=given), pytest.raises(ImproperlyConfigured, match=missing):
        rendered("{% footfall_dashboard %}", asked_by(STAFF))


def test_the_command_says_what_became_of_an_event() -> None:
    out = StringIO()
    with serving() as sink:
        with override_settings(FOOTFALL={**BASE, "URL": sink.url}):
            call_command("footfall_test", stdout=out)
            sink.script = [(401, {})]
            with pytest.raises(CommandError, match="answered 401: as the script says"):
                call_command("footfall_test")
        (event,) = sink.events.values()
    assert event["name"] == "footfall.test"
    assert "stored the event" in out.getvalue()
    with (
        override_settings(FOOTFALL={**BASE, "URL": sink.url}),
        pytest.raises(CommandError, match="cannot be reached"),
    ):
        call_command("footfall_test", timeout="5s")
    with override_settings(FOOTFALL={}), pytest.raises(CommandError, match="has no URL"):
        call_command("footfall_test")
    with (
        override_settings(FOOTFALL={**BASE, "URL": sink.url}),
        pytest.raises(CommandError, match="timeout: '5' is not a duration"),
    ):
        call_command("footfall_test", timeout="5")


def test_overriding_the_setting_makes_another_client() -> None:
    from footfall_client.django import conf

    with serving() as sink:
        with override_settings(FOOTFALL={**BASE, "URL": sink.url}):
            first = conf.client()
            assert conf.client() is first
            first.capture("x")
        # Going back closed it, and so sent what it had.
        assert [event["name"] for event in sink.events.values()] == ["x"]
    with override_settings(FOOTFALL={}):
        assert not conf.client().capture("y")
