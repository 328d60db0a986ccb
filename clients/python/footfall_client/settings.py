"""What a middleware records, and what it leaves alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footfall_client.errors import SettingError
from footfall_client.naming import as_rule, translate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

_QUERIES = ("campaign", "all", "none")
_ERRORS = ("kind", "message", "none")


class Settings:
    """Settings of a middleware; raises `SettingError` naming the one that is wrong.

    - `rules`: names of events by method, path and status (see `Rule`); the first that
      applies counts.
    - `name`: the event of requests that no rule names; "" records none.
    - `exclude`: path patterns without an event (`capture` works there).
    - `sample`: part of all visitors whose requests are recorded, from 0 to 1.
    - `secret`: key of the hashes of visitors, sessions and users; the write key by default.
    - `user`: called with the request, gives the id of its user or None.
    - `is_user_hashed`: send a keyed hash in place of the user's id.
    - `session_cookies`: cookies whose value tells sessions apart; it is hashed.
    - `consent`: called with the request; nothing is taken unless it gives something true.
    - `is_signal_honored`: take nothing of those who send DNT or Sec-GPC.
    - `proxies`: trusted proxies in front, whose X-Forwarded-For says who the visitor is.
    - `query`: what of a page's query is sent: "campaign" (utm_… and click
      ids), "all" or "none".
    - `errors`: server errors as events with their "kind", with their "message" too, or "none".
    """

    def __init__(
        self,
        *,
        rules: Iterable[object] = (),
        name: str = "request",
        exclude: Iterable[str | re.Pattern[str]] = (),
        sample: float = 1.0,
        secret: str = "",
        user: Callable[[Any], object] | None = None,
        is_user_hashed: bool = False,
        session_cookies: Iterable[str] = ("sessionid", "session"),
        consent: Callable[[Any], object] | None = None,
        is_signal_honored: bool = True,
        proxies: int = 0,
        query: str = "campaign",
        errors: str = "kind",
    ) -> None:
        self.rules = tuple(as_rule(rule) for rule in _list("rules", rules))
        self.name = name
        self._exclude = tuple(_pattern(item) for item in _list("exclude", exclude))
        self.sample = _part(sample)
        self.secret = secret
        self.user = _hook("user", user)
        self.is_user_hashed = is_user_hashed
        self.session_cookies = tuple(_list("session_cookies", session_cookies))
        self.consent = _hook("consent", consent)
        self.is_signal_honored = is_signal_honored
        self.proxies = _count(proxies)
        self.query = _choice("query", query, _QUERIES)
        self.errors = _choice("errors", errors, _ERRORS)

    def is_excluded(self, path: str) -> bool:
        """Whether requests to this path have no event."""
        return any(pattern.fullmatch(path) for pattern in self._exclude)


def _pattern(item: str | re.Pattern[str]) -> re.Pattern[str]:
    return translate(item)[0] if isinstance(item, str) else item


def _list(parameter: str, value: Any) -> Any:
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        raise SettingError(parameter, f"{value!r} is not a list.")
    return value


def _part(value: float) -> float:
    if isinstance(value, (int, float)) and 0 <= value <= 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        return float(value)
    raise SettingError("sample", f"{value!r} is not a number from 0 (nobody) to 1 (everybody).")


def _count(value: int) -> int:
    if isinstance(value, int) and value >= 0:  # pyright: ignore[reportUnnecessaryIsInstance]
        return value
    raise SettingError("proxies", f"{value!r} is not a number of proxies, 0 or more.")


def _choice(parameter: str, value: str, allowed: tuple[str, ...]) -> str:
    if value in allowed:
        return value
    raise SettingError(parameter, f"{value!r} is none of {', '.join(allowed)}.")


def _hook(parameter: str, value: Any) -> Any:
    if value is None or callable(value):
        return value
    raise SettingError(parameter, f"{value!r} cannot be called: give a function of the request.")
