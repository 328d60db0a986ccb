"""The statements that list sessions: which ones a range has, then what they are like.

Which ones is told by the times of all events of the actors that have a matching event in the
range, from the beginning of the log: so a session is whole, and its number is that of the whole
log. Nothing but actor and time is read for it. A page of few sessions is found among the events
around the range, and only its own actors' sessions are numbered. What a session is like, its
pages and its first event, is read afterwards within the time of the sessions that were found.

Events of an actor in one stretch of the session gap's length belong to one session, so they are
put together first, as for metrics. Where the sender names its sessions, they are told apart by
that name, and a session is its first event's actor's.
"""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from footfall.query.listings.listing import Selection
from footfall.query.sql.scope import TIMESTAMP, Scope
from footfall.query.sql.session_steps import NUMBER_OF_SESSION, SessionKind, latest_before

OPENING: Final = (
    *("referrer_host", "channel"),
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *("country", "browser", "os", "device"),
)
"""Columns of the first event that a session shows."""


def found_statement(kind: SessionKind, asked: Selection, hits: Scope, log: Scope) -> str:
    """The sessions of a range over the relations `hits`, cut down to it, and `events`.

    Columns: `a` (key), `o` (actor), `s` (number), `f` and `l` (times of first and last event)
    and `n` (number of events), in order.
    """
    steps = _named_steps(asked, hits, log) if kind.is_given else _steps(kind, asked, hits, log)
    way = "DESC" if asked.is_newest_first else "ASC"
    limit = f" LIMIT {asked.n_wanted}" if asked.n_wanted else ""
    return (
        f"{_with_clause(steps)}\nSELECT a, o, s, f, l, n FROM told\n"
        f"WHERE {_behind(asked, hits)}\nORDER BY f {way}, a {way}{limit}"
    )


def _steps(kind: SessionKind, asked: Selection, hits: Scope, log: Scope) -> list[tuple[str, str]]:
    epoch = log.dialect.epoch_us(TIMESTAMP)
    actor = log.column("actor_id")
    # What is in the log once more as a hit is not counted once more.
    base = (
        f"SELECT {actor} AS a, {epoch} AS e, 0 AS h FROM events\n"
        f"  WHERE {log.within()} AND {actor} IN (SELECT a FROM matching)\n"
        "  UNION ALL SELECT a, e, 1 AS h FROM matching"
    )
    return [
        (
            "matching",
            f"SELECT {hits.column('actor_id')} AS a, {epoch} AS e FROM hits "
            f"WHERE {hits.where(asked.filter)}",
        ),
        ("base", base),
        (
            "stretches",
            f"SELECT a, e, h, {kind.stretch(log, log.time_range.start_us)} AS b FROM base",
        ),
        (
            "pieces",
            "SELECT a, b, min(e) AS pf, max(e) AS pl, sum(1 - h) AS pn, max(h) AS ph\n"
            "  FROM stretches GROUP BY a, b",
        ),
        *numbered_steps(kind, ["pn", "ph"]),
        (
            "whole",
            "SELECT a, s, min(pf) AS f, max(pl) AS l, sum(pn) AS n, max(ph) AS h\n"
            "  FROM numbered GROUP BY a, s",
        ),
        ("told", "SELECT a, a AS o, s, f, l, n FROM whole WHERE h = 1"),
    ]


def numbered_steps(kind: SessionKind, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Pieces with the number `s` of their session among those of its actor.

    `pieces` have `a`, the stretch `b`, the times `pf` and `pl` of their first and last event,
    and `columns`; several of one stretch belong to one session.
    """
    names = ", ".join(["a", "b", "pf", "pl", *columns])
    return [
        ("paused", f"SELECT {names}, {latest_before('pl', 'pf')} AS before FROM pieces"),
        ("started", f"SELECT {names}, {kind.starts('pf', 'before')} AS z FROM paused"),
        ("numbered", f"SELECT {names}, {NUMBER_OF_SESSION} AS s FROM started"),
    ]


def numbers_statement(kind: SessionKind, sessions: Sequence[tuple[str, int]], log: Scope) -> str:
    """The numbers `s` of sessions of actors, told by `a` and start `f`, in the whole log."""
    epoch = log.dialect.epoch_us(TIMESTAMP)
    steps = [
        ("wanted", _wanted(sessions, log)),
        ("base", f"SELECT {kind.key(log)} AS a, {epoch} AS e FROM events WHERE {_of(kind, log)}"),
        ("stretches", f"SELECT a, e, {kind.stretch(log, log.time_range.start_us)} AS b FROM base"),
        ("pieces", "SELECT a, b, min(e) AS pf, max(e) AS pl FROM stretches GROUP BY a, b"),
        *numbered_steps(kind, []),
        ("whole", "SELECT a, s, min(pf) AS f FROM numbered GROUP BY a, s"),
    ]
    return (
        f"{_with_clause(steps)}\nSELECT a, f, s FROM whole INNER JOIN wanted ON a = t0 AND f = t1"
    )


def _named_steps(asked: Selection, hits: Scope, log: Scope) -> list[tuple[str, str]]:
    """Sessions by the names that the sender gave, counted for their first event's actor."""
    epoch = log.dialect.epoch_us(TIMESTAMP)
    session = hits.column("session_id")
    is_named = f"{log.column('session_id')} IS NOT NULL"
    owner = log.dialect.first("o0", ["pf", "pi"])
    return [
        (
            "matching",
            f"SELECT DISTINCT {session} AS a FROM hits "
            f"WHERE {is_named} AND {hits.where(asked.filter)}",
        ),
        (
            "base",
            f"SELECT {session} AS a, {log.column('actor_id')} AS o0, {epoch} AS e, "
            f"{log.column('event_id')} AS i\n"
            f"  FROM events WHERE {is_named} AND {log.within()}",
        ),
        (
            "pieces",
            "SELECT a, o0, min(e) AS pf, max(e) AS pl, count(*) AS pn, "
            f"{log.dialect.first('i', ['e', 'i'])} AS pi\n  FROM base GROUP BY a, o0",
        ),
        (
            "whole",
            f"SELECT a, min(pf) AS f, max(pl) AS l, sum(pn) AS n, {owner} AS o\n"
            "  FROM pieces GROUP BY a",
        ),
        (
            "counted",
            "SELECT a, o, f, l, n, row_number() OVER (PARTITION BY o ORDER BY f, a) AS s\n"
            "  FROM whole",
        ),
        ("told", "SELECT a, o, s, f, l, n FROM counted WHERE a IN (SELECT a FROM matching)"),
    ]


def _behind(asked: Selection, scope: Scope) -> str:
    if asked.after is None:
        return "true"
    sign = "<" if asked.is_newest_first else ">"
    start, key = asked.after.epoch_us, scope.parameters.bind(asked.after.key, "text")
    return f"(f {sign} {start} OR (f = {start} AND a {sign} {key}))"


def described_statement(
    kind: SessionKind, sessions: Sequence[tuple[str, int]], scope: Scope
) -> str:
    """What sessions, told by key and start, are like; the scope is the time that they take.

    Columns: `a`, `f`, `v` (number of different paths), `x` and `y` (first and last path),
    `i` (id of the first event) and its columns `c0`, `c1`, … as in `OPENING`.
    """
    steps = [("wanted", _wanted(sessions, scope)), *_page_steps(kind, scope)]
    columns = [f"{scope.column(name)} AS c{place}" for place, name in enumerate(OPENING)]
    shown = [f"opening.c{place} AS c{place}" for place in range(len(OPENING))]
    opening = (
        f"SELECT {scope.column('event_id')} AS j, {', '.join(columns)} FROM events "
        f"WHERE {_of(kind, scope)}"
    )
    return (
        f"{_with_clause(steps)}\n"
        f"SELECT r.a AS a, r.f AS f, r.v AS v, r.x AS x, r.y AS y, r.i AS i, {', '.join(shown)}\n"
        "FROM (SELECT * FROM paged INNER JOIN wanted ON a = t0 AND f = t1) AS r\n"
        f"INNER JOIN ({opening}) AS opening ON r.i = opening.j"
    )


def _wanted(sessions: Sequence[tuple[str, int]], scope: Scope) -> str:
    form = msgspec.json.encode(sessions).decode()
    return scope.dialect.json_rows(scope.parameters.bind(form, "text"), ["text", "int"])


def _of(kind: SessionKind, scope: Scope) -> str:
    return f"{scope.within()} AND {kind.key(scope)} IN (SELECT t0 FROM wanted)"


def _page_steps(kind: SessionKind, scope: Scope) -> list[tuple[str, str]]:
    first, last = scope.dialect.first, scope.dialect.last
    stretch = "0" if kind.is_given else kind.stretch(scope, scope.time_range.start_us)
    own = "a, s" if not kind.is_given else "a"
    numbered = [] if kind.is_given else numbered_steps(kind, ["p", "pi", "pj"])
    return [
        (
            "base",
            f"SELECT {kind.key(scope)} AS a, {scope.dialect.epoch_us(TIMESTAMP)} AS e, "
            f"{scope.column('event_id')} AS i, {scope.column('path')} AS p\n"
            f"  FROM events WHERE {_of(kind, scope)}",
        ),
        ("stretches", f"SELECT a, e, i, p, {stretch} AS b FROM base"),
        (
            "pieces",
            "SELECT a, b, p, min(e) AS pf, max(e) AS pl, "
            f"{first('i', ['e', 'i'])} AS pi, {last('i', ['e', 'i'])} AS pj\n"
            "  FROM stretches GROUP BY a, b, p",
        ),
        *numbered,
        (
            "paged",
            f"SELECT {own}, min(pf) AS f, count(DISTINCT p) AS v, {first('p', ['pf', 'pi'])} AS x, "
            f"{last('p', ['pl', 'pj'])} AS y, {first('pi', ['pf', 'pi'])} AS i\n"
            f"  FROM {'pieces' if kind.is_given else 'numbered'} GROUP BY {own}",
        ),
    ]


def _with_clause(steps: Sequence[tuple[str, Any]]) -> str:
    return "WITH " + ", ".join(f"{name} AS (\n  {text}\n)" for name, text in steps)
