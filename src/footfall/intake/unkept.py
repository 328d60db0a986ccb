"""Records of servers without the network addresses, cookies and credentials in them.

Programs write them under names that `hidden` knows, and headers also as lists and as texts. A
field goes where its value is what its name says: a postal address, a count or a word stays.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from ipaddress import ip_address
from typing import Any, Final, NamedTuple, cast

from footfall.intake.canonical import MAX_DEPTH
from footfall.intake.hidden import Hides, hides, is_machine
from footfall.intake.secretive import COOKIE, MARK, SCHEME, masked

HIDDEN: Final = "[hidden]"
"""Stands in texts of headers where a cookie or a credential was."""

Members = dict[str, Any]

_GONE: Final = object()
_DEEP: Final = (dict, list)
# What may stand around addresses that are told alone: ports, brackets, the words of `Forwarded`.
_AROUND: Final = re.compile(
    r"[\[\](){}:0-9\s,;/\"'|-]+|%\w+|(?i:unknown|(?:for|by)=|proto=https?|host=[\w.:-]*|ipv[46])"
)
# `Bearer abc`, a token alone, and a cookie's `a=b; c=d`. What is a word as well, as in
# `Basic plan`, is one only before what is none.
_CREDENTIAL: Final = re.compile(rf"\s*(?:{SCHEME}|{COOKIE}=(?:\"[^\"]*\"|[^\s;]*)\s*(?:;|\Z))")
_LINE: Final = re.compile(r"^([A-Za-z][\w-]*)(:[ \t]*)([^\r\n]*)", re.MULTILINE)
_NAME: Final = re.compile(r":?[\w-]+")
_MAX_PORT: Final = 65_535


class _Where(NamedTuple):
    """Where a value lies in its record."""

    path: str
    taken: Collection[str]
    depth: int
    """How many objects and arrays deeper may be looked."""

    def within(self, name: str) -> _Where:
        return _Where(f"{self.path}.{name}" if self.path else name, self.taken, self.depth)

    def deeper(self) -> _Where:
        return _Where(self.path, self.taken, self.depth - 1)


def without_hidden(members: Members, path: str = "", *, taken: Collection[str] = ()) -> Members:
    """A record without what its names say are addresses, cookies and credentials, at any depth.

    `path` are the names of the objects that it lies in; `taken` those of addresses that were
    in it and no longer are. A text that only mentions an address has `[address]` there. An
    object or a list that is empty without them goes as well, and so does what lies deeper than
    events may.

    >>> without_hidden({"client": {"ip": "192.0.2.1", "os": "x"}, "http": {"x_real_ip": "::1"}})
    {'client': {'os': 'x'}}
    """
    return _of_members(members, _Where(path, taken, MAX_DEPTH))


def is_hidden(name: str, value: Any, path: str = "") -> bool:
    """Whether a member of a record is not kept at all, by its name and what it holds."""
    return not without_hidden({name: value}, path)


def _of_members(members: Members, where: _Where) -> Members:
    kept: Members = {}
    for name, value in members.items():
        kind = hides(name, where.path)
        if kind == "nothing" and not isinstance(value, _DEEP):
            kept[name] = value
            continue
        if kind == "port" and _is_port(value) and _has_peer(members, where):
            continue
        left = _left(kind, value, where.within(name))
        if left is not _GONE:
            kept[name] = left
    return kept


def _left(kind: Hides, value: Any, where: _Where) -> Any:
    """What is kept of a value whose name is of that kind."""
    if isinstance(value, str):
        return _of_text(kind, value, where.path)
    if not isinstance(value, _DEEP):
        return value
    if kind == "secret" or where.depth <= 0:
        return _GONE
    if isinstance(value, dict):
        return _of_object(kind, cast("Members", value), where.deeper())
    return _of_list(kind, cast("list[Any]", value), where.deeper())


def _of_text(kind: Hides, text: str, path: str) -> Any:
    if kind == "secret":
        return _GONE
    if kind == "headers":
        return _LINE.sub(lambda line: _of_line(line, path), text)
    if kind == "credential":
        return _GONE if _CREDENTIAL.match(text) else text
    if kind in ("address", "port", "perhaps") and _may_hold_address(text):
        return _GONE if _is_address(text) else masked(text)
    return text


def _of_line(line: re.Match[str], path: str) -> str:
    """A line of headers, `Name: value`, without what the value hides."""
    name, between, value = line.groups()
    kind = hides(name, path)
    left = _of_text(kind, value, path) if value else value
    if left is _GONE:
        left = HIDDEN if kind in ("secret", "credential") else MARK
    return f"{name}{between}{left}"


def _of_object(kind: Hides, value: Members, where: _Where) -> Any:
    # Such an object may also be a postal address, and is looked into.
    if kind == "address" and any(
        _is_address(each) and not is_machine(name) for name, each in value.items()
    ):
        return _GONE
    found = _of_members(value, where)
    return found if found or not value else _GONE


def _of_list(kind: Hides, items: list[Any], where: _Where) -> Any:
    if kind == "headers":
        return _of_headers(items, where) or (_GONE if items else items)
    found: list[Any] = []
    for item in items:
        left = _left(kind, item, where)
        if left is not _GONE:
            found.append(left)
        elif kind == "nothing":
            found.append({})  # others keep their places
    return found if found or not items else _GONE


def _of_headers(items: list[Any], where: _Where) -> list[Any]:
    """A list of headers: names and values in turn, pairs, objects of both, or lines."""
    if _are_in_turn(items):
        pairs = zip(items[::2], items[1::2], strict=True)
        kept = [_of_pair(list(pair), where) for pair in pairs]
        return [each for pair in kept if pair is not None for each in pair]
    found = (_of_header(item, where) for item in items)
    return [each for each in found if each is not None]


def _are_in_turn(items: list[Any]) -> bool:
    if len(items) % 2 or not all(isinstance(item, str) for item in items):
        return False
    return all(_NAME.fullmatch(name) for name in items[::2])


def _of_header(item: Any, where: _Where) -> Any:
    """What is kept of a header in a list; None for nothing."""
    if isinstance(item, list):
        pair = cast("list[Any]", item)
        is_pair = len(pair) == 2 and isinstance(pair[0], str)
        return _of_pair(pair, where) if is_pair else _or_none(_left("headers", pair, where))
    if isinstance(item, dict):
        return _of_named(cast("Members", item), where)
    return _of_text("headers", item, where.path) if isinstance(item, str) else item


def _of_named(header: Members, where: _Where) -> Members | None:
    """What is kept of a header as an object of its name and value."""
    name = next((key for key in header if key.lower() in ("name", "key")), "")
    value = next((key for key in header if key.lower() == "value"), "")
    if not isinstance(header.get(name), str) or value not in header:
        return _or_none(_left("nothing", header, where))
    pair = _of_pair([header[name], header[value]], where)
    return None if pair is None else header | {value: pair[1]}


def _of_pair(pair: list[Any], where: _Where) -> list[Any] | None:
    """A header's name and value; None where the value is hidden."""
    name, value = pair
    left = _left(hides(name, where.path), value, where.within(name))
    return None if left is _GONE else [name, left]


def _or_none(left: Any) -> Any:
    return None if left is _GONE else left


def _is_address(value: Any) -> bool:
    """Whether a value is one or several network addresses, and tells nothing else."""
    if not isinstance(value, str) or not _may_hold_address(value):
        return False
    try:
        ip_address(value.strip())
    except ValueError:
        rest = masked(value)
        return rest != value and not _AROUND.sub("", rest.replace(MARK, ""))
    return True


def _may_hold_address(text: str) -> bool:
    return "." in text or ":" in text


def _is_port(value: Any) -> bool:
    if isinstance(value, str):
        return value.isdecimal() and len(value) <= 5 and int(value) <= _MAX_PORT
    return type(value) is int and 0 <= value <= _MAX_PORT


def _has_peer(members: Members, where: _Where) -> bool:
    """Whether somebody's address is, or was, in the object or within another in it."""
    start = f"{where.path}." if where.path else ""
    return any(name.startswith(start) for name in where.taken) or _holds_peer(members, where)


def _holds_peer(members: Members, where: _Where) -> bool:
    for name, value in members.items():
        if hides(name, where.path) in ("address", "perhaps") and _is_address(value):
            return True
        if isinstance(value, dict) and where.depth > 0:
            inner = where.within(name).deeper()
            if _holds_peer(cast("Members", value), inner):
                return True
    return False
