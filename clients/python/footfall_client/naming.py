"""Names of events by rules: method, path pattern and status say what a request was."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from footfall_client.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_TOKEN = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)(?::(\w+))?\}|\*")
_KINDS = {
    "str": "[^/]+",
    "slug": "[^/]+",
    "int": "[0-9]+",
    "uuid": "[0-9a-fA-F-]{36}",
    "path": ".+",
}
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "*"})
_STATUS = re.compile(r"[1-5](\d\d|xx)")
OK = "1xx 2xx 3xx"


class Rule:
    """A request of `method` to `path` with this status is an event called `name`.

    `method` may list several ("PUT PATCH"), or be "*". `path` is a pattern as routers write
    them (`/articles/<int:id>/`, `/articles/{slug}`, `/files/*`), or a compiled regular
    expression for the whole path; what it captures becomes properties, besides the
    `properties` given. `status` lists what counts ("302", "2xx 304"), by default all below
    400; a redirect to a login page with the way back in its address (`next=`) counts as a
    401, for what was asked for was not done. Raises `SettingError`.

    >>> Rule("GET", "/articles/<int:id>/", "article.view").match("GET", "/articles/7/", 200)
    {'id': 7}
    """

    __slots__ = ("_ints", "_match", "_methods", "_prefix", "_statuses", "name", "properties")

    def __init__(
        self,
        method: str,
        path: str | re.Pattern[str],
        name: str,
        properties: Mapping[str, Any] | None = None,
        *,
        status: str = OK,
    ) -> None:
        self._methods = frozenset(method.upper().split())
        if not self._methods or not self._methods <= _METHODS:
            raise SettingError(
                "rules",
                f"method {method!r} of {name!r} is not among {', '.join(sorted(_METHODS))}.",
            )
        self.name = name
        self.properties = dict(properties or {})
        self._statuses = _statuses(status, name)
        self._ints: frozenset[str] = frozenset()
        self._prefix = ""
        if isinstance(path, str):
            self._prefix = _prefix(path)
            pattern, self._ints = translate(path)
        else:
            pattern = path
        self._match = pattern.fullmatch

    def match(self, method: str, path: str, status: int) -> dict[str, Any] | None:
        """Properties of the event if the rule applies."""
        if not path.startswith(self._prefix) or status not in self._statuses:
            return None
        if method not in self._methods and "*" not in self._methods:
            return None
        found = self._match(path)
        if found is None:
            return None
        captured: dict[str, Any] = {
            key: value for key, value in found.groupdict().items() if value is not None
        }
        for key in self._ints:
            captured[key] = int(captured[key])
        return {**self.properties, **captured}


def translate(path: str) -> tuple[re.Pattern[str], frozenset[str]]:
    """The regular expression of a path pattern, and which captures are whole numbers.

    Raises `SettingError`.

    >>> translate("/a.b/{id:int}/*")[0].pattern
    '/a\\\\.b/(?P<id>[0-9]+)/.*'
    """
    if not path.startswith(("/", "*")):
        raise SettingError("path", f"{path!r} does not begin with '/', as paths do.")
    ints: set[str] = set()

    def group(found: re.Match[str]) -> str:
        if found[0] == "*":
            return ".*"
        kind, name = found[1] or found[4] or "str", found[2] or found[3]
        if kind not in _KINDS:
            known = ", ".join(_KINDS)
            raise SettingError("path", f"{kind!r} in {path!r} is none of {known}.")
        if kind == "int":
            ints.add(name)
        return f"(?P<{name}>{_KINDS[kind]})"

    text, at = "", 0
    for found in _TOKEN.finditer(path):
        text += re.escape(path[at : found.start()]) + group(found)
        at = found.end()
    try:
        return re.compile(text + re.escape(path[at:])), frozenset(ints)
    except re.error as error:
        raise SettingError("path", f"{path!r} cannot be used: {error}.") from None


def as_rule(given: object) -> Rule:
    """A rule, given as one or as a tuple of its arguments; raises `SettingError`."""
    if isinstance(given, Rule):
        return given
    if isinstance(given, (tuple, list)) and 3 <= len(given) <= 5:
        method, path, name, *rest = given
        properties = rest[0] if rest else None
        return Rule(method, path, name, properties, status=rest[1] if len(rest) > 1 else OK)
    raise SettingError(
        "rules",
        f"{given!r} is neither a Rule nor (method, path, name[, properties[, status]]).",
    )


def first_match(
    rules: Iterable[Rule], method: str, path: str, status: int
) -> tuple[str, dict[str, Any]] | None:
    """Name and properties by the first rule that applies."""
    for rule in rules:
        found = rule.match(method, path, status)
        if found is not None:
            return rule.name, found
    return None


def _prefix(path: str) -> str:
    found = _TOKEN.search(path)
    return path[: found.start()] if found else path


def _statuses(text: str, name: str) -> frozenset[int]:
    statuses: set[int] = set()
    for part in text.split():
        if not _STATUS.fullmatch(part):
            raise SettingError(
                "rules", f"status {part!r} of {name!r} is neither like '302' nor like '2xx'."
            )
        first = int(part.replace("xx", "00"))
        statuses.update(range(first, first + 100) if part.endswith("xx") else [first])
    if not statuses:
        raise SettingError("rules", f"{name!r} has no status: say '2xx', or leave it out.")
    return frozenset(statuses)
