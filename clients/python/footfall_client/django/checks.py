"""System checks: what is wrong with FOOTFALL is said by `manage.py check`, not in a request."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from django.conf import settings as project
from django.core import checks
from django.core.checks import CheckMessage, Error
from django.urls import NoReverseMatch, reverse

from footfall_client.client import Client
from footfall_client.django import conf
from footfall_client.errors import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MIDDLEWARE = "footfall_client.django.middleware.FootfallMiddleware"


def check_settings(**_: Any) -> list[CheckMessage]:
    """What is wrong with the setting FOOTFALL and with MIDDLEWARE."""
    given = getattr(project, conf.NAME, None)
    if given is None:
        text = "FOOTFALL is not set, so nothing is sent."
        return [checks.Warning(text, hint="FOOTFALL = {'URL': …, 'KEY': …}", id="footfall.W001")]
    if not isinstance(given, dict):
        return [Error(f"FOOTFALL is {given!r}, not a dictionary.", id="footfall.E001")]
    return [*_names(given), *_values(), *_order(), *_embedding(given)]


def _names(given: dict[str, Any]) -> Iterator[CheckMessage]:
    for key in sorted(set(given) - conf.KNOWN):
        near = get_close_matches(str(key), conf.KNOWN, n=1)
        hint = (
            f"Did you mean {near[0]!r}?" if near else f"Known are {', '.join(sorted(conf.KNOWN))}."
        )
        yield Error(f"FOOTFALL has no {key!r}.", hint=hint, id="footfall.E002")


def _values() -> Iterator[CheckMessage]:
    if not conf.is_enabled():
        return
    try:
        conf.recording()
        Client(**conf.client_options()).close()
    except (ClientError, TypeError) as error:
        yield Error(f"FOOTFALL: {error}", id="footfall.E003")


def _order() -> Iterator[CheckMessage]:
    used = list(project.MIDDLEWARE)
    if MIDDLEWARE in used and used[-1] != MIDDLEWARE:
        yield checks.Warning(
            f"{MIDDLEWARE} is not the last of MIDDLEWARE: users and errors of what stands "
            "behind it are not seen.",
            id="footfall.W002",
        )


def _embedding(given: dict[str, Any]) -> Iterator[CheckMessage]:
    secret = given.get("EMBED_SECRET")
    if secret is not None and len(str(secret)) < 32:
        yield Error(
            "FOOTFALL['EMBED_SECRET'] has fewer than 32 characters, so tokens could be forged.",
            hint="python -c 'import secrets; print(secrets.token_hex(32))'",
            id="footfall.E004",
        )
    elif secret is not None:
        yield from _dashboard()


def _dashboard() -> Iterator[CheckMessage]:
    """What the page of `footfall_client.django.urls` lacks, where the project has it."""
    try:
        reverse("footfall:dashboard")
    except NoReverseMatch:
        return
    address = conf.given().get("EMBED_URL") or conf.given().get("URL")
    missing = [] if conf.given().get("SOURCE") else ["SOURCE"]
    missing += [] if str(address or "").startswith("http") else ["EMBED_URL"]
    if missing:
        yield checks.Warning(
            "The dashboard's page (footfall_client.django.urls) needs "
            f"{', '.join(f'FOOTFALL[{key!r}]' for key in missing)}.",
            hint="SOURCE is the source that EMBED_SECRET was made for with "
            "`footfall token create --embed SOURCE`, EMBED_URL the server's address.",
            id="footfall.W003",
        )
