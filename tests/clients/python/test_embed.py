from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, get_args, get_type_hints

import pytest

from footfall.model import filter as filters
from footfall.model.event import COLUMN_NAMES
from footfall.model.field import LOCAL_FIELDS, SESSION_FIELDS
from footfall.server.grants import Claims, Period, read_grant
from footfall.workspace.credentials import SourceCredential
from footfall_client import SettingError, TokenError
from footfall_client.claims import OPERATORS, PERIODS, THEMES, check_fields
from footfall_client.embed import address, frame, sign, verify

SECRET = "0123456789abcdef" * 2
NOW = 1_762_000_000.5
FILTER = {"field": "country", "operator": "is", "value": "DE"}


def test_a_token_says_what_may_be_seen_and_until_when() -> None:
    token = sign(
        SECRET, "site", dashboard="Weekly ä", filter=FILTER, viewer="u_1", lifetime="10m",
        clock=lambda: NOW,
    )  # fmt: skip
    assert verify(SECRET, token, clock=lambda: NOW + 599) == {
        "iat": 1_762_000_000, "exp": 1_762_000_600, "source": "site", "dashboard": "Weekly ä",
        "filter": FILTER, "viewer": "u_1",
    }  # fmt: skip


def test_it_says_more_where_more_is_asked_for() -> None:
    more = {"fields": ["properties.plan"], "events": True, "period": "7d", "theme": "dark",
            "origins": ["https://a.example"]}  # fmt: skip
    token = sign(SECRET, "site", clock=lambda: NOW, **more)  # type: ignore[arg-type]
    claims = verify(SECRET, token, clock=lambda: NOW)
    assert claims == {"iat": 1_762_000_000, "exp": 1_762_003_600, "source": "site", **more}


def test_its_form_is_the_one_that_is_documented() -> None:
    """What another program has to do to read it, done by hand."""
    token = sign(SECRET, "site", clock=lambda: NOW)
    version, payload, signature = token.split(".")
    assert version == "f1"
    expected = hmac.new(SECRET.encode(), f"f1.{payload}".encode(), hashlib.sha256).digest()
    assert signature == urlsafe_b64encode(expected).rstrip(b"=").decode()
    text = urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    assert text == '{"exp":1762003600,"iat":1762000000,"source":"site"}'


def forged(**claims: object) -> str:
    payload = urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"f1.{payload}.{sign(SECRET, 'site').rpartition('.')[2]}"


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "malformed"),
        ("f1", "malformed"),
        ("f2.e30.abc", "malformed"),
        ("f1.é.abc", "malformed"),
        ("f1.e30.abc", "forged"),
        (forged(source="other", exp=9e12), "forged"),
        (sign("another secret of the same length", "site"), "forged"),
        (sign(SECRET, "site")[:-2], "forged"),
        (sign(SECRET, "site", clock=lambda: NOW - 3601), "expired"),
        (sign(SECRET, "site", clock=lambda: NOW - 3600), "expired"),
    ],
)
def test_others_are_not_valid(token: str, reason: str) -> None:
    with pytest.raises(TokenError) as found:
        verify(SECRET, token, clock=lambda: NOW)
    assert found.value.reason == reason


def test_a_short_secret_signs_nothing() -> None:
    with pytest.raises(SettingError, match="32 are needed"):
        sign("short", "site")


@pytest.mark.parametrize(
    ("claim", "value", "allowed"),
    [
        ("period", "90d", "realtime, today, yesterday, 7d, 30d, 12mo, all"),
        ("theme", "blue", "light, dark"),
        ("filter", "country=DE", '"operator": "is"'),
        ("filter", {}, '"operator": "is"'),
        ("filter", {"country": "DE"}, '"operator": "is"'),
        ("filter", {"and": FILTER}, '{"and": […]}'),
        ("filter", {"or": [], "and": []}, '{"and": […]}'),
        ("filter", {"field": "country", "is": "DE"}, '"operator": "is"'),
        ("filter", {"field": 1, "value": "DE"}, '"operator": "is"'),
        ("filter", {"field": "country", "operator": "="}, "is, is_not, contains"),
        ("fields", "url", '["url", "properties.plan"]'),
        ("fields", ["properties."], '["url", "properties.plan"]'),
        ("fields", [None], '["url", "properties.plan"]'),
        ("origins", "https://a.example", '["https://intranet.example"]'),
        ("origins", ["a.example"], '["https://intranet.example"]'),
        ("origins", ["https://a.example/"], '["https://intranet.example"]'),
    ],
)
def test_what_no_server_takes_is_not_signed(claim: str, value: Any, allowed: str) -> None:
    with pytest.raises(SettingError) as found:
        sign(SECRET, "site", **{claim: value})
    assert found.value.parameter == claim
    assert allowed in str(found.value)


def test_the_part_of_a_filter_that_is_wrong_is_named() -> None:
    with pytest.raises(SettingError, match=r"filter\.and\[1\]\.not: there is no operator 'eq'"):
        sign(SECRET, "site", filter={"and": [FILTER, {"not": {**FILTER, "operator": "eq"}}]})


@pytest.mark.parametrize(
    "claims",
    [
        {"filter": {"or": []}},
        {"filter": {"and": [FILTER, {"not": {"field": "properties.a b", "value": 1}}]}},
        {"fields": ("session.entry_page", "properties.Größe", "url")},
        {"origins": ["https://*.a.example", "http://[::1]:8000", "http://localhost:80"]},
        *({"period": period} for period in PERIODS),
        *({"theme": theme} for theme in THEMES),
    ],
)
def test_what_is_signed_a_server_takes(claims: dict[str, Any]) -> None:
    credential = SourceCredential("ffe_", "", datetime.now(UTC), None, None, "site")
    found = read_grant(sign(SECRET, "site", **claims), lambda *_: credential)
    assert found.source == "site"


def test_no_choice_of_the_server_is_kept_from_it() -> None:
    assert {"", *PERIODS} == set(get_args(Period))
    assert {"", *THEMES} == set(get_args(get_type_hints(Claims)["theme"]))
    assert set(OPERATORS) == set(filters.OPERATORS)
    for name in (*COLUMN_NAMES - {"properties"}, *LOCAL_FIELDS, *SESSION_FIELDS):
        check_fields([name])


def test_the_frame_tells_its_address_to_nobody_else() -> None:
    token = sign(SECRET, "my source", clock=lambda: NOW)
    assert address("https://f.example/", token) == (
        f"https://f.example/embed/overview?token={token}"
    )
    html = frame("https://f.example", token, title='a"b', height=300)
    assert 'title="a&quot;b" height="300"' in html
    assert 'referrerpolicy="no-referrer"' in html
