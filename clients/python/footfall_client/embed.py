"""Signed, expiring tokens that show a dashboard to somebody without a login of Footfall.

A token is `f1.<payload>.<signature>`, both in base64url without padding:

- the payload is a JSON object (UTF-8, keys sorted, no blanks) with `exp` (seconds since 1970
  after which it is void), `iat` (when it was made), `source`, and if given `dashboard` (its
  name), `filter` (as in a query: every number shown is cut down by it), `fields` (shown beside
  the usual ones), `events` (true: single events may be seen), `period`, `theme`, `origins` (of
  the pages that may frame it) and `viewer` (who it was made for, a pseudonym);
- the signature is HMAC-SHA256 over the bytes `f1.<payload>` with a secret that the server made:
  `footfall token create --embed SOURCE`.

Whoever has a token may see that dashboard of that source until it expires, and nothing else.
The payload is signed, not encrypted: whoever has the token can read it.
"""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from html import escape
from typing import TYPE_CHECKING

from footfall_client.claims import (
    PERIODS,
    THEMES,
    check_choice,
    check_fields,
    check_filter,
    check_origins,
)
from footfall_client.errors import SettingError, TokenError
from footfall_client.units import seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

VERSION = "f1"
MIN_SECRET = 32
LIFETIME = "1h"


def sign(
    secret: str,
    source: str,
    *,
    dashboard: str = "",
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - its name in queries
    viewer: str = "",
    fields: Sequence[str] = (),
    events: bool = False,
    period: str = "",
    theme: str = "",
    origins: Sequence[str] = (),
    lifetime: str = LIFETIME,
    clock: Callable[[], float] = time.time,
) -> str:
    """A token; raises `SettingError` for a secret of less than 32 characters, and for what no
    server takes.

    `fields` are columns and `properties.<key>`; `period` is what is shown first (one of
    `PERIODS`), `theme` one of `THEMES`; `origins` such as "https://a.example".
    """
    check_choice("period", period, PERIODS)
    check_choice("theme", theme, THEMES)
    check_fields(fields)
    check_origins(origins)
    if filter is not None:
        check_filter(filter)
    now = int(clock())
    payload: dict[str, Any] = {
        "exp": now + max(int(seconds("lifetime", lifetime)), 1),
        "iat": now,
        "source": source,
    }
    more: dict[str, Any] = {
        "dashboard": dashboard,
        "filter": filter,
        "viewer": viewer,
        "fields": list(fields),
        "events": events,
        "period": period,
        "theme": theme,
        "origins": list(origins),
    }
    payload.update({key: value for key, value in more.items() if value})
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    signed = f"{VERSION}.{_encode(text.encode())}"
    return f"{signed}.{_encode(_signature(secret, signed))}"


def verify(secret: str, token: str, *, clock: Callable[[], float] = time.time) -> dict[str, Any]:
    """The payload of a token; raises `TokenError` if it is malformed, forged or expired."""
    signed, _, signature = token.rpartition(".")
    version, _, payload = signed.partition(".")
    if version != VERSION or not token.isascii():
        raise TokenError("malformed", f"This is no token of the form {VERSION}.….….")
    if not hmac.compare_digest(_encode(_signature(secret, signed)), signature):
        raise TokenError("forged", "The token was not signed with this secret, or was changed.")
    claims: dict[str, Any] = json.loads(_decode(payload))
    if clock() >= claims["exp"]:
        raise TokenError("expired", "The token has expired: load the page that shows it again.")
    return claims


def address(url: str, token: str) -> str:
    """Address of the page that a token opens."""
    return f"{url.rstrip('/')}/embed/overview?token={token}"


def frame(url: str, token: str, *, title: str = "Footfall", height: int = 600) -> str:
    """HTML of an iframe that shows it; the address is told to nobody else."""
    return (
        f'<iframe src="{escape(address(url, token))}" title="{escape(title)}" '
        f'height="{int(height)}" loading="lazy" referrerpolicy="no-referrer" '
        'sandbox="allow-scripts allow-same-origin allow-downloads allow-forms" '
        'style="width:100%;border:0"></iframe>'
    )


def _signature(secret: str, signed: str) -> bytes:
    if len(secret) < MIN_SECRET:
        raise SettingError(
            "secret",
            f"it has {len(secret)} characters, {MIN_SECRET} are needed: "
            "python -c 'import secrets; print(secrets.token_hex(32))' makes one.",
        )
    return hmac.new(secret.encode(), signed.encode(), "sha256").digest()


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
