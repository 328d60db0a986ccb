"""What a frame says when its token is worth nothing, and who may show that."""

from __future__ import annotations

import hmac
import html
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.server.conftest import Running, make_lake, run

from footfall.model.source import Source
from footfall_client.embed import sign

ORIGIN = "https://intranet.example"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    lake = make_lake(tmp_path_factory.mktemp("refused") / "lake")
    lake.save_source(Source("shop"))
    with run(lake) as running:
        yield running


def new_secret(host: Running, source: str = "web") -> str:
    embeds = host.app.state.workspace.embeds
    secret: str = embeds.create(source, "", host.app.state.lake.secret).secret
    return secret


def asked(host: Running, token: str) -> tuple[int, str]:
    """Status and code of a question with that token."""
    headers = {"Authorization": f"Embed {token}"}
    answer = httpx.get(f"{host.url}/api/v1/sources", headers=headers, timeout=30)
    return answer.status_code, answer.json()["error"]["code"]


def opened(host: Running, token: str) -> tuple[str, str]:
    """What the page says that refuses a token, and who may frame it."""
    page = httpx.get(f"{host.url}/embed/overview", params={"token": token}, timeout=60)
    assert page.status_code == 401
    assert "cannot be shown now" in page.text
    assert "<script" not in page.text
    framers = page.headers["content-security-policy"].rpartition("frame-ancestors ")[2]
    return html.unescape(page.text), framers


def test_expired_forged_and_revoked_tokens_are_refused_kindly(host: Running) -> None:
    secret, gone = new_secret(host), new_secret(host)
    host.app.state.workspace.embeds.revoke(gone)
    past = time.time() - 120
    expired = sign(secret, "web", lifetime="1m", clock=lambda: past, origins=[ORIGIN])
    revoked = sign(gone, "web", origins=[ORIGIN])
    for token in (
        expired,
        revoked,
        sign(secret, "web", origins=[ORIGIN])[:-3] + "abc",
        sign(new_secret(host, "shop"), "web", origins=[ORIGIN]),
        sign(secret, "shop", origins=[ORIGIN]),
    ):
        code = "token_expired" if token == expired else "not_authenticated"
        assert asked(host, token) == (401, code)
        text, framers = opened(host, token)
        assert ("frame again usually helps" in text) is (token == expired)
        # A secret of the source, live or not, says who may frame it; a forger does not.
        assert framers == (ORIGIN if token in (expired, revoked) else "'none'")


def test_what_a_token_asks_for_in_vain_is_told_in_its_frame(host: Running) -> None:
    at, secret = int(time.time()), new_secret(host)
    claims = {"exp": at + 60, "iat": at, "source": "web", "origins": [ORIGIN]}
    for wrong, reason in [
        ({"period": "90d"}, "period is '90d', and takes one of realtime, today"),
        ({"filter": "<b>"}, "filter is '<b>', and takes an object such as"),
        ({"fields": ["contry"]}, "there is no field 'contry'"),
    ]:
        text, framers = opened(host, signed({**claims, **wrong}, secret))
        assert reason in text
        assert "Loading it again does not help" in text
        assert framers == ORIGIN
    text, framers = opened(host, signed({**claims, "origins": "*"}, secret))
    assert "origins is '*'" in text
    assert framers == "'none'"


def signed(claims: dict[str, Any], secret: str) -> str:
    """Signed as another language might: whatever it says."""
    payload = f"f1.{urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}"
    signature = hmac.digest(secret.encode(), payload.encode(), "sha256")
    return f"{payload}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"
