from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest

from footfall.errors import InvalidInput, NotAuthenticated, TokenExpired
from footfall.model.filter import Condition
from footfall.server.framing import check_origins, framing_headers
from footfall.server.grants import MAX_LETTERS, SHOWN, Grant, Period, read_grant, signed_origins
from footfall.server.web import pages
from footfall.workspace.credentials import SourceCredential
from footfall_client.embed import sign

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SECRET = "ffe_" + "s" * 43
OTHER = "ffe_" + "o" * 43


def signer(source: str, signed: bytes, signature: bytes) -> SourceCredential | None:
    is_ours = signature == hmac.digest(SECRET.encode(), signed, "sha256")
    found = SourceCredential(SECRET[:12], "", NOW, None, None, "web")
    return found if is_ours and source == "web" else None


def token(**claims: Any) -> str:
    return sign(SECRET, "web", lifetime="10m", clock=NOW.timestamp, **claims)


def payload_of(form: Any) -> str:
    text = form if isinstance(form, bytes) else json.dumps(form).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def signed(payload: str) -> str:
    """A payload of any form with a good signature, as only the host could make it."""
    text = f"f1.{payload}"
    signature = hmac.digest(SECRET.encode(), text.encode(), "sha256")
    return f"{text}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def claims(**more: Any) -> dict[str, Any]:
    at = int(NOW.timestamp())
    return {"exp": at + 600, "iat": at, "source": "web", **more}


def test_a_grant_says_what_the_clients_token_says() -> None:
    asked = {"field": "properties.account", "operator": "is", "value": 42}
    found = read_grant(
        token(filter=asked, viewer="u_1", fields=["properties.plan"], events=True, period="7d",
              theme="dark", origins=["https://a.example"]),
        signer,
    )  # fmt: skip
    assert found == Grant(
        secret=SECRET[:12], source="web", viewer="u_1",
        filter=Condition("properties.account", "is", 42), fields=SHOWN | {"properties.plan"},
        has_events=True, period="7d", theme="dark", origins=("https://a.example",),
        begins=NOW, ends=NOW + timedelta(minutes=10),
    )  # fmt: skip
    assert found.label == "embed ffe_ssssssss u_1"


def test_nothing_is_granted_that_is_not_asked_for() -> None:
    found = read_grant(token(), signer)
    assert (found.filter, found.has_events, found.origins) == (None, False, ())
    personal = {"actor_id", "distinct_id", "anonymous_id", "session_id", "event_id", "address",
                "url", "referrer", "user_agent", "latitude", "longitude", "properties"}  # fmt: skip
    assert not found.fields & personal
    assert not any(field.startswith("properties.") for field in found.fields)


@pytest.mark.parametrize("moment", [-30, 0, 629])
def test_clocks_may_differ_by_half_a_minute(moment: int) -> None:
    read_grant(token(), signer).check_time(NOW + timedelta(seconds=moment))


def test_a_token_has_a_beginning_and_an_end() -> None:
    found = read_grant(token(), signer)
    with pytest.raises(TokenExpired, match="has expired"):
        found.check_time(NOW + timedelta(seconds=630))
    with pytest.raises(NotAuthenticated, match="lies ahead"):
        found.check_time(NOW - timedelta(seconds=31))


FORGED = {
    "another source": token().replace(
        token().split(".")[1], payload_of(claims(source="shop", exp=9_999_999_999))
    ),
    "another secret": sign(OTHER, "web"),
    "another's source": sign(SECRET, "shop"),
    "longer": token().replace(token().split(".")[1], payload_of(claims(exp=9_999_999_999))),
    "cut": token()[:-1],
    "unsigned": token().rpartition(".")[0] + ".",
    "other version": token().replace("f1.", "f2."),
    "no algorithm": payload_of({"alg": "none"}) + "." + payload_of(claims()) + ".",
    "empty": "",
    "dots": "f1..",
    "not base64url": "f1.{}.ä",
    "not JSON": signed(payload_of(b"\xff{")),
    "a list": signed(payload_of([1])),
    "deep": signed(payload_of(b'{"filter":' * 900)),
    "long": "f1." + "x" * MAX_LETTERS,
}


@pytest.mark.parametrize("name", FORGED)
def test_what_was_not_signed_so_is_refused(name: str) -> None:
    with pytest.raises(NotAuthenticated):
        read_grant(FORGED[name], signer)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": None}, "exp"),
        ({"exp": "soon"}, "exp is 'soon', and takes whole seconds since 1970"),
        ({"fliter": {}}, "no claim 'fliter'. Did you mean 'filter'"),
        ({"filter": "country=DE"}, "filter is 'country=DE', and takes an object"),
        ({"fields": "url"}, "fields is 'url', and takes a list"),
        ({"viewer": ["x" * 100]}, "viewer is .{80}…, and takes a text"),
        ({"dashboard": "Weekly"}, "no dashboard 'Weekly'"),
        ({"fields": ["contry"]}, "contry"),
        ({"filter": {}}, "filter"),
        ({"filter": None}, "filter is None, and takes an object"),
        ({"filter": {"field": "contry", "operator": "is", "value": 1}}, "contry"),
        ({"period": "custom"}, "period"),
        ({"theme": "pink"}, "theme"),
        ({"origins": ["https://a.example; script-src *"]}, "no origin"),
        ({"origins": ["*"]}, "no origin"),
        ({"exp": 10**15}, "what there is not"),
        ({"exp": 10**18}, "what there is not"),
        ({"iat": -(10**18)}, "what there is not"),
        ({"exp": 10**40}, "cannot be read|what there is not"),
    ],
)
def test_what_a_signed_token_asks_for_must_be_there(changes: Any, reason: str) -> None:
    """Passed over, a wrong claim would show more than its signer meant."""
    with pytest.raises(NotAuthenticated, match=reason):
        read_grant(signed(payload_of(claims(**changes))), signer)


ORIGINS = ["https://a.example"]


@pytest.mark.parametrize(
    ("token", "origins"),
    [
        (signed(payload_of(claims(origins=ORIGINS, theme="pink", fliter=1))), ORIGINS),
        (signed(payload_of({"source": "web", "origins": ORIGINS})), ORIGINS),
        (token(), []),
        (signed(payload_of(claims(origins=["*"]))), []),
        (signed(payload_of(claims(origins="https://a.example"))), []),
        (signed(payload_of(claims(source=["web"], origins=ORIGINS))), []),
        (sign(OTHER, "web", origins=ORIGINS), []),
        (sign(SECRET, "shop", origins=ORIGINS), []),
        ("", []),
    ],
)
def test_only_a_signed_token_names_who_frames_its_refusal(token: str, origins: list[str]) -> None:
    assert list(signed_origins(token, signer)) == origins


def test_the_signature_is_looked_at_before_the_claims() -> None:
    body = payload_of(claims(theme="pink"))
    with pytest.raises(NotAuthenticated, match="not signed with a secret of the source 'web'"):
        read_grant(f"f1.{body}.{'x' * 43}", signer)


def test_a_token_may_be_good_from_the_first_day_to_the_last() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC, microsecond=0)
    ever = claims(iat=int(first.timestamp()), exp=int(last.timestamp()))
    found = read_grant(signed(payload_of(ever)), signer)
    assert (found.begins, found.ends) == (first, last)
    found.check_time(NOW)


def test_the_periods_are_those_of_the_page() -> None:
    script = Path(pages.__file__).parent / "static" / "js" / "period.js"
    known = re.findall(r'\{ id: "(\w+)", label: [^}]+ key: "\w', script.read_text("utf-8"))
    assert set(get_args(Period)) == {"", *known}


@pytest.mark.parametrize(
    "origin",
    ["https://a.example", "http://localhost:8000", "https://*.a.example", "http://[::1]:80"],
)
def test_origins_frame(origin: str) -> None:
    policy = framing_headers(check_origins([origin], "x"))["Content-Security-Policy"]
    assert policy.endswith(f"; frame-ancestors {origin}")
    assert "script-src 'self'" in policy


@pytest.mark.parametrize(
    "origin",
    ["a.example", "https://a.example/", "https://*", "'self'", "https://a b", "data:", "", "*",
     "https://a.example\r\nX: y", "https://a;b", "https://a,b", "https://u@a.example"],
)  # fmt: skip
def test_nothing_else_is_an_origin(origin: str) -> None:
    with pytest.raises(InvalidInput, match="is no origin"):
        check_origins([origin], "origins")


def test_without_an_origin_nobody_frames() -> None:
    assert "frame-ancestors 'none'" in framing_headers(())["Content-Security-Policy"]
