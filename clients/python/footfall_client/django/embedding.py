"""Dashboards inside pages of the project, for those who may see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from footfall_client import embed
from footfall_client.django import conf
from footfall_client.errors import SettingError
from footfall_client.visitors import Visitors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def is_permitted(request: Any) -> bool:
    """Whether the user of this request may see dashboards: staff, unless the project says
    otherwise with FOOTFALL['EMBED_PERMISSION'], a function of the request."""
    permission = conf.value("EMBED_PERMISSION")
    if permission is not None:
        return bool(permission(request))
    user = getattr(request, "user", None)
    return user is not None and user.is_active and user.is_staff


def frame_for(
    request: Any, source: str = "", dashboard: str = "", *, height: int = 600, title: str = ""
) -> str:
    """HTML of the frame with a fresh token; raises `ImproperlyConfigured`."""
    source = source or conf.value("SOURCE", "")
    url = conf.value("EMBED_URL") or conf.value("URL", "")
    secret = conf.value("EMBED_SECRET", "")
    if not (source and secret and url.startswith("http")):
        raise ImproperlyConfigured(
            "A dashboard needs FOOTFALL['EMBED_SECRET'] (`footfall token create --embed SOURCE` "
            "makes it), that source (of the call, or FOOTFALL['SOURCE']), and the server's "
            "address in FOOTFALL['EMBED_URL'] or FOOTFALL['URL']."
        )
    token = _token(request, secret, source, dashboard)
    return embed.frame(url, token, title=title or dashboard or source, height=height)


def _token(request: Any, secret: str, source: str, dashboard: str) -> str:
    try:
        return embed.sign(
            secret,
            source,
            dashboard=dashboard,
            filter=_filter(request),
            viewer=_viewer(request),
            origins=conf.value("EMBED_ORIGINS") or [f"{request.scheme}://{request.get_host()}"],
            lifetime=conf.value("EMBED_LIFETIME", embed.LIFETIME),
            **conf.value("EMBED_OPTIONS", {}),
        )
    except SettingError as error:
        raise ImproperlyConfigured(f"FOOTFALL asks for no valid token: {error}") from error


def _filter(request: Any) -> Mapping[str, Any] | None:
    """What this reader's numbers are cut down by: FOOTFALL['EMBED_FILTER'], a filter or a
    function of the request that gives one."""
    found: Any = conf.value("EMBED_FILTER")
    chosen: Any = found(request) if callable(found) else found
    return chosen


def _viewer(request: Any) -> str:
    """A pseudonym, so that the server can tell readers apart without knowing them."""
    key = getattr(getattr(request, "user", None), "pk", None)
    return "" if key is None else Visitors(conf.secret(), lambda: 0.0).user(str(key))
