"""The setting FOOTFALL of a Django project, and the one client that it makes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from django.conf import settings as project
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from footfall_client import current
from footfall_client.client import Client
from footfall_client.errors import SettingError
from footfall_client.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

NAME = "FOOTFALL"

CLIENT = {
    "URL": "url",
    "KEY": "key",
    "SOURCE": "source",
    "EVERY": "every",
    "BATCH": "batch",
    "BUCKET": "bucket",
    "SPOOL": "spool",
    "SPOOL_SIZE": "spool_size",
    "TIMEOUT": "timeout",
    "AT_EXIT": "at_exit",
    "ON_ERROR": "on_error",
}
RECORD = {
    "RULES": "rules",
    "NAME": "name",
    "EXCLUDE": "exclude",
    "SAMPLE": "sample",
    "SECRET": "secret",
    "USER": "user",
    "IS_USER_HASHED": "is_user_hashed",
    "SESSION_COOKIES": "session_cookies",
    "CONSENT": "consent",
    "IS_SIGNAL_HONORED": "is_signal_honored",
    "PROXIES": "proxies",
    "QUERY": "query",
    "ERRORS": "errors",
}
OTHERS = frozenset(
    {"IS_ENABLED", "TRACKER_KEY", "TRACKER_SRC", "TRACKER_URL", "EMBED_URL", "EMBED_SECRET",
     "EMBED_LIFETIME", "EMBED_PERMISSION", "EMBED_FILTER", "EMBED_ORIGINS", "EMBED_OPTIONS"}
)  # fmt: skip
KNOWN = frozenset({*CLIENT, *RECORD, *OTHERS})
_HOOKS = frozenset({"ON_ERROR", "USER", "CONSENT", "EMBED_PERMISSION", "EMBED_FILTER"})

_lock = threading.Lock()
_made: list[Client] = []


def given() -> Mapping[str, Any]:
    """The setting FOOTFALL, empty where the project has none."""
    return getattr(project, NAME, None) or {}


def is_enabled() -> bool:
    """Whether there is a server (or lake) to send to, and it is not turned off."""
    return bool(given().get("URL")) and bool(given().get("IS_ENABLED", True))


def value(key: str, default: Any = None) -> Any:
    """One value; functions may be written as dotted paths."""
    found = given().get(key, default)
    if key in _HOOKS and isinstance(found, str) and found:
        try:
            return import_string(found)
        except ImportError as error:
            raise SettingError(
                f"{NAME}['{key}']", f"{found!r} cannot be imported: {error}."
            ) from error
    return found


def recording() -> Settings:
    """What the middleware records; raises `SettingError`."""
    options = _options(RECORD)
    options.setdefault("session_cookies", (project.SESSION_COOKIE_NAME,))
    return Settings(**options)


def secret() -> str:
    """Key of the hashes, made of the project's own unless FOOTFALL has one."""
    return str(value("SECRET") or project.SECRET_KEY)


def client() -> Client:
    """The client of this process, made when it is first needed; raises `SettingError`."""
    with _lock:
        if not _made:
            _made.append(current.use(Client(**client_options())))
        return _made[0]


def client_options() -> dict[str, Any]:
    """Arguments of the client."""
    if is_enabled():
        return {"key": "", **_options(CLIENT)}
    # It takes nothing, so nothing has to be right.
    return {"url": "http://localhost", "key": "off", "spool": False, "is_enabled": False}


def _options(names: Mapping[str, str]) -> dict[str, Any]:
    return {option: value(key) for key, option in names.items() if key in given()}


def _forget(*, setting: str, **_: object) -> None:
    """A test that overrides the setting gets a client of its own."""
    if setting == NAME:
        with _lock:
            made, _made[:] = _made[:], []
        for each in made:
            each.close()


setting_changed.connect(_forget)
