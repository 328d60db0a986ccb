"""One request of the host and its answer, and the events that they make."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from zlib import crc32

from footfall_client import current
from footfall_client.facts import Facts, campaign
from footfall_client.naming import first_match
from footfall_client.visitors import Visitors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextvars import Token
    from typing import Any

    from footfall_client.client import Client
    from footfall_client.settings import Settings

CUT = 499
"""Status of a request whose sender went away before the answer began, as nginx writes it."""

_NOT_LOGGED_IN = 401
_WAY_BACK = ("?next=", "&next=")


class Recorder:
    """Makes exchanges of requests; one for each middleware. Nothing it does raises."""

    def __init__(
        self,
        client: Client,
        settings: Settings,
        *,
        secret: str,
        clock: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.client = client
        self.settings = settings
        self.timer = timer
        self.visitors = Visitors(settings.secret or secret, clock)

    def begin(
        self,
        request: object,
        read: Callable[[Any], Facts],
        find_user: Callable[[Any], object] | None = None,
    ) -> tuple[Exchange, Token[Exchange | None]]:
        """Enter a request: `capture` knows it from now on, until `leave`."""
        try:
            facts = read(request)
        except Exception as error:
            self.client.reports.say("internal", f"A request could not be read: {error!r}.")
            facts = Facts()
        exchange = Exchange(self, facts, request, find_user)
        return exchange, current.exchange.set(exchange)

    def leave(self, token: Token[Exchange | None]) -> None:
        """Leave a request, in the same context in which it was entered."""
        current.exchange.reset(token)

    def ask(self, hook: Callable[[Any], object], request: object) -> object:
        """What a hook of the host says; None where it raises."""
        try:
            return hook(request)
        except Exception as error:
            self.client.reports.say("hook", f"The hook {hook!r} raised {error!r}.")
            return None


class Exchange:
    """One request from its beginning to the end of its answer.

    `name`, `properties`, `user`, `error` and `location` (where a redirect leads) may be set
    on the way.
    """

    __slots__ = ("_columns", "_facts", "_find_user", "_is_allowed", "_is_done", "_recorder",
                 "_request", "_started", "error", "location", "name", "properties",
                 "user")  # fmt: skip

    def __init__(
        self,
        recorder: Recorder,
        facts: Facts,
        request: object,
        find_user: Callable[[Any], object] | None,
    ) -> None:
        self._recorder = recorder
        self._facts = facts
        self._request = request
        self._find_user = find_user
        self._columns: dict[str, Any] | None = None
        self._is_allowed: bool | None = None
        self._is_done = False
        self.name = ""
        self.properties: dict[str, Any] = {}
        self.user: object = None
        self.location = ""
        self.error: BaseException | None = None
        self._started = recorder.timer()

    @property
    def is_allowed(self) -> bool:
        """Whether the visitor lets us take events; asked once in a request."""
        if self._is_allowed is None:
            self._is_allowed = self._ask()
        return self._is_allowed

    def capture(
        self,
        name: str,
        distinct_id: object,
        properties: Mapping[str, Any] | None,
        columns: Mapping[str, Any],
    ) -> bool:
        """Take an event within this request."""
        client = self._recorder.client
        try:
            if not self.is_allowed:
                return False
            merged = {**self.columns(), **columns}
            actor = self.actor() if distinct_id is None else distinct_id
        except Exception as error:
            client.reports.say("internal", f"A request could not be read: {error!r}.")
            return False
        return client.capture(name, actor, properties=properties, **merged)

    def end(self, status: int, route: str = "", *, is_cut: bool = False) -> None:
        """Take the events of the request itself; the second call does nothing."""
        if self._is_done:
            return
        self._is_done = True
        duration = self._recorder.timer() - self._started
        try:
            self._end(status, route, duration, is_cut=is_cut)
        except Exception as error:
            message = f"A request could not be recorded: {error!r}."
            self._recorder.client.reports.say("internal", message)

    def columns(self) -> dict[str, Any]:
        """Columns of an event that follow from the request."""
        if self._columns is None:
            self._columns = self._read()
        return self._columns

    def actor(self) -> str:
        """Id of who is asking: the user, if it is known, else the visitor of the day."""
        visitors, settings = self._recorder.visitors, self._recorder.settings
        user = self._known_user()
        if user is None or user == "":
            facts = self._facts
            return visitors.visitor(facts.sender(settings.proxies), facts.agent)
        return visitors.user(str(user)) if settings.is_user_hashed else str(user)

    def _ask(self) -> bool:
        settings, facts = self._recorder.settings, self._facts
        if settings.is_signal_honored and (facts.dnt == "1" or facts.gpc == "1"):
            return False
        return settings.consent is None or bool(self._recorder.ask(settings.consent, self._request))

    def _known_user(self) -> object:
        if self.user is not None:
            return self.user
        hook = self._recorder.settings.user or self._find_user
        return self._recorder.ask(hook, self._request) if hook else None

    def _read(self) -> dict[str, Any]:
        facts, settings = self._facts, self._recorder.settings
        referrer, query = facts.referrer, ""
        if settings.query == "all":
            query = facts.query
        else:
            referrer = referrer.partition("?")[0]
            if settings.query == "campaign":
                query = campaign(facts.query)
        return {
            "url": facts.url(query),
            "referrer": referrer,
            "user_agent": facts.agent,
            "language": facts.language,
            "session_id": self._session(),
        }

    def _session(self) -> str:
        for name in self._recorder.settings.session_cookies:
            cookie = self._facts.cookie(name)
            if cookie:
                return self._recorder.visitors.session(cookie)
        return ""

    def _end(self, status: int, route: str, duration: float, *, is_cut: bool) -> None:
        settings, facts = self._recorder.settings, self._facts
        if settings.is_excluded(facts.path) or not self.is_allowed:
            return
        name, captured = self._named(status)
        is_error = status >= 500 and settings.errors != "none" and self.error is not None
        if not name and not is_error:
            return
        actor = self.actor()
        if not _is_in(actor, settings.sample):
            return
        about: dict[str, Any] = {"method": facts.method, "status": status}
        if route:
            about["route"] = route
        if settings.sample < 1:
            about["sample"] = settings.sample
        if is_error:
            self._capture("error", actor, {**about, **self._kind()})
        if is_cut:
            about["is_cut"] = True
        if name:
            properties = {**about, "duration": round(duration, 6), **captured, **self.properties}
            self._capture(name, actor, properties)

    def _named(self, status: int) -> tuple[str, dict[str, Any]]:
        settings, facts = self._recorder.settings, self._facts
        if self.location and any(mark in self.location for mark in _WAY_BACK):
            # Somebody is sent to log in and to come back: what was asked for was not done.
            status = _NOT_LOGGED_IN
        if self.name and status < 400:
            return self.name, {}
        found = first_match(settings.rules, facts.method, facts.path, status)
        return found or (settings.name, {})

    def _capture(self, name: str, actor: str, properties: dict[str, Any]) -> None:
        self._recorder.client.capture(name, actor, properties=properties, **self.columns())

    def _kind(self) -> dict[str, str]:
        kind = type(self.error)
        name = kind.__qualname__
        if kind.__module__ != "builtins":
            name = f"{kind.__module__}.{name}"
        if self._recorder.settings.errors == "message":
            return {"kind": name, "message": str(self.error)}
        return {"kind": name}


def _is_in(actor: str, part: float) -> bool:
    """Whether an actor belongs to a sample; the same one does in every process."""
    return part >= 1 or crc32(actor.encode("utf-8", "replace")) < part * 2**32
