"""What an embed token grants: read, held against the secrets of its source, and the clock.

A token is `f1.<payload>.<signature>`, both in base64url without padding: the payload is a JSON
object of `Claims`, the signature is HMAC-SHA256 over `f1.<payload>` with an embed secret of the
source (`footfall token create --embed SOURCE`).
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args

import msgspec
from msgspec import structs

from footfall.errors import (
    InvalidInput,
    InvalidQuery,
    NotAuthenticated,
    TokenExpired,
    did_you_mean,
)
from footfall.model.field import parse_field
from footfall.model.filter import Filter, filter_from_dict
from footfall.server.framing import check_origins
from footfall.workspace.credentials import SourceCredential

VERSION: Final = "f1"
MAX_LETTERS: Final = 8_000
# Clocks of two machines that keep time differ by less.
SKEW: Final = timedelta(seconds=30)

Period = Literal["", "realtime", "today", "yesterday", "7d", "30d", "12mo", "all"]

_MAX_TOLD: Final = 80
_TAKES: Final = {
    "exp": "whole seconds since 1970",
    "iat": "whole seconds since 1970",
    "source": "a text",
    "dashboard": "a text",
    "viewer": "a text",
    "filter": 'an object such as {"field": "country", "operator": "is", "value": "DE"}',
    "fields": "a list of texts",
    "events": "true or false",
    "period": "one of " + ", ".join(filter(None, get_args(Period))),
    "theme": "light or dark",
    "origins": 'a list such as ["https://intranet.example"]',
}

# Of the source, the signed bytes and the signature: the secret that made it.
Signer = Callable[[str, bytes, bytes], SourceCredential | None]

# What the Overview counts by. Ids, addresses, exact places, whole URLs and user agents are left
# out: each may name a person, or tell one apart.
SHOWN: Final = frozenset(
    {
        *("name", "path", "title", "host", "channel", "referrer_host"),
        *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
        *("country", "region", "city", "language"),
        *("browser", "browser_version", "os", "device", "is_bot"),
        *("hour_of_day", "day_of_week"),
    }
)


class Claims(msgspec.Struct, forbid_unknown_fields=True):
    """The payload. An unknown key is refused, not passed over: it may be meant to narrow."""

    exp: int
    iat: int
    source: str
    dashboard: str = ""
    viewer: str = ""
    # A null is refused: it may come of a value that was meant to narrow.
    filter: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    fields: tuple[str, ...] = ()
    events: bool = False
    period: Period = ""
    theme: Literal["", "light", "dark"] = ""
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grant:
    """What whoever holds a token may see: one source, cut down by `filter`, by these `fields`.

    `secret` is the prefix of the secret that signed it; `origins` are those that may frame it.
    """

    secret: str
    source: str
    viewer: str
    filter: Filter | None
    fields: frozenset[str]
    has_events: bool
    period: str
    theme: str
    origins: tuple[str, ...]
    begins: datetime
    ends: datetime

    @property
    def label(self) -> str:
        """Who it is, for the log."""
        return f"embed {self.secret} {self.viewer}".rstrip()

    def check_time(self, now: datetime) -> None:
        """Raise `TokenExpired` after its end, `NotAuthenticated` before its beginning."""
        # On this side of both edges: a token may end where dates do.
        if now - SKEW >= self.ends:
            raise TokenExpired("This view has expired: load the page that shows it again.")
        if now + SKEW < self.begins:
            raise NotAuthenticated(
                f"The embed token was made at {self.begins.isoformat()}, which lies ahead: set "
                "the clock of the machine that signs it, or of this server."
            )


def read_grant(token: str, signer: Signer) -> Grant:
    """The grant of a token that was signed with a live secret, at whatever time.

    Raises `NotAuthenticated` where it was not, and where its claims make no sense; the
    signature is looked at first.
    """
    claims, secret = _verified(token, signer)
    if secret is None:
        raise NotAuthenticated(
            f"This embed token is not signed with a secret of the source {claims['source']!r}, or "
            "with one that was revoked: `footfall token create --embed SOURCE` makes one."
        )
    try:
        return _grant(_checked(claims), secret)
    except (InvalidInput, OSError, OverflowError, ValueError) as error:
        raise NotAuthenticated(f"The embed token asks for what there is not: {error}") from error


def signed_origins(token: str, signer: Signer) -> tuple[str, ...]:
    """The origins a signed token names, whatever else is wrong with it; none of a forged one."""
    try:
        claims, secret = _verified(token, signer)
        named = msgspec.convert(claims.get("origins", ()), tuple[str, ...])
        return () if secret is None else check_origins(named, "origins")
    except (NotAuthenticated, InvalidInput, msgspec.ValidationError):
        return ()


def _verified(token: str, signer: Signer) -> tuple[dict[str, Any], SourceCredential | None]:
    """What a token claims, unchecked but for its source, and the secret that signed it."""
    if len(token) > MAX_LETTERS:
        raise NotAuthenticated(f"An embed token has at most {MAX_LETTERS} letters.")
    signed, _, signature = token.rpartition(".")
    version, _, payload = signed.partition(".")
    if version != VERSION:
        raise NotAuthenticated(f"An embed token has the form {VERSION}.….….")
    claims = _claims(payload)
    return claims, signer(claims["source"], signed.encode(), _decoded(signature))


def _claims(payload: str) -> dict[str, Any]:
    try:
        claims = msgspec.json.decode(_decoded(payload), type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotAuthenticated(
            f"The payload of the embed token cannot be read: {error}."
        ) from error
    if not isinstance(claims.get("source"), str):
        raise NotAuthenticated("The embed token names no source.")
    return claims


def _checked(claims: dict[str, Any]) -> Claims:
    """The claims in their types; raises `InvalidInput` that says what a wrong one takes."""
    known = {field.name: field for field in structs.fields(Claims)}
    for name in claims:
        if name not in known:
            raise InvalidInput(f"there is no claim {name!r}.{did_you_mean(name, known)}")
    for name, field in known.items():
        if name in claims:
            _check_claim(name, claims[name], field.type)
        elif field.required:
            raise InvalidInput(f"it lacks {name}, which takes {_TAKES[name]}.")
    return msgspec.convert(claims, Claims)


def _check_claim(name: str, value: object, type_: Any) -> None:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{name} is {_short(repr(value))}, and takes {_TAKES[name]}.") from error


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TOLD else f"{text[:_MAX_TOLD]}…"


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise NotAuthenticated("The embed token is not base64url.") from error


def _grant(claims: Claims, secret: SourceCredential) -> Grant:
    if claims.dashboard.casefold() not in ("", "overview"):
        raise InvalidQuery(
            f"there is no dashboard {claims.dashboard!r}; leave it out for the Overview."
        )
    for index, field in enumerate(claims.fields):
        parse_field(field, f"fields[{index}]")
    return Grant(
        secret=secret.prefix,
        source=secret.source,
        viewer=claims.viewer[:100],
        filter=filter_from_dict(claims.filter) if claims.filter is not msgspec.UNSET else None,
        fields=SHOWN | set(claims.fields),
        has_events=claims.events,
        period=claims.period,
        theme=claims.theme,
        origins=check_origins(claims.origins, "origins"),
        begins=datetime.fromtimestamp(claims.iat, UTC),
        ends=datetime.fromtimestamp(claims.exp, UTC),
    )
