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

_PAGED: Final = ("key", "begins", "n_pages", "entry_page", "exit_page", "first_event")


def found_statement(kind: SessionKind, asked: Selection, hits: Scope, log: Scope) -> str:
    """The sessions of a range over the relations `hits`, cut down to it, and `events`.

    Columns: `key`, `actor`, `number`, `begins` and `ends` (times of first and last event) and
    `n_events`, in order.
    """
    steps = _named_steps(asked, hits, log) if kind.is_given else _steps(kind, asked, hits, log)
    way = "DESC" if asked.is_newest_first else "ASC"
    limit = f" LIMIT {asked.n_wanted}" if asked.n_wanted else ""
    return (
        f"{_with_clause(steps)}\nSELECT key, actor, number, begins, ends, n_events FROM told\n"
        f"WHERE {_behind(asked, hits)}\nORDER BY begins {way}, key {way}{limit}"
    )


def _steps(kind: SessionKind, asked: Selection, hits: Scope, log: Scope) -> list[tuple[str, str]]:
    epoch = log.dialect.epoch_us(TIMESTAMP)
    stretch = kind.stretch(log, log.time_range.start_us)
    actor = log.column("actor_id")
    # What is in the log once more as a hit is not counted once more.
    base = (
        f"SELECT {actor} AS actor, {epoch} AS time_us, 0 AS is_hit FROM events\n"
        f"  WHERE {log.within()} AND {actor} IN (SELECT actor FROM matching)\n"
        "  UNION ALL SELECT actor, time_us, 1 AS is_hit FROM matching"
    )
    return [
        (
            "matching",
            f"SELECT {hits.column('actor_id')} AS actor, {epoch} AS time_us FROM hits "
            f"WHERE {hits.where(asked.filter)}",
        ),
        ("base", base),
        (
            "stretches",
            f"SELECT actor, time_us, is_hit, {stretch} AS stretch FROM base",
        ),
        (
            "pieces",
            "SELECT actor, stretch, min(time_us) AS first_us, max(time_us) AS last_us,\n"
            "  sum(1 - is_hit) AS size, max(is_hit) AS has_hit\n"
            "  FROM stretches GROUP BY actor, stretch",
        ),
        *numbered_steps(kind, ["size", "has_hit"]),
        (
            "whole",
            "SELECT actor, session, min(first_us) AS begins, max(last_us) AS ends,\n"
            "  sum(size) AS n_events, max(has_hit) AS is_wanted\n"
            "  FROM numbered GROUP BY actor, session",
        ),
        (
            "told",
            "SELECT actor AS key, actor, session AS number, begins, ends, n_events\n"
            "  FROM whole WHERE is_wanted = 1",
        ),
    ]


def numbered_steps(kind: SessionKind, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Pieces with the number `session` of theirs among those of its actor.

    `pieces` have `actor`, `stretch`, the times `first_us` and `last_us` of their first and last
    event, and `columns`; several of one stretch belong to one session.
    """
    names = ", ".join(["actor", "stretch", "first_us", "last_us", *columns])
    before = latest_before("last_us", "first_us")
    is_start = kind.starts("first_us", "last_before")
    return [
        ("paused", f"SELECT {names}, {before} AS last_before FROM pieces"),
        ("started", f"SELECT {names}, {is_start} AS is_start FROM paused"),
        ("numbered", f"SELECT {names}, {NUMBER_OF_SESSION} AS session FROM started"),
    ]


def numbers_statement(kind: SessionKind, sessions: Sequence[tuple[str, int]], log: Scope) -> str:
    """The `number` of sessions of actors, told by `key` and start `begins`, in the whole log."""
    epoch = log.dialect.epoch_us(TIMESTAMP)
    stretch = kind.stretch(log, log.time_range.start_us)
    steps = [
        ("wanted", _wanted(sessions, log)),
        (
            "base",
            f"SELECT {kind.key(log)} AS actor, {epoch} AS time_us\n"
            f"  FROM events WHERE {_of(kind, log)}",
        ),
        ("stretches", f"SELECT actor, time_us, {stretch} AS stretch FROM base"),
        (
            "pieces",
            "SELECT actor, stretch, min(time_us) AS first_us, max(time_us) AS last_us\n"
            "  FROM stretches GROUP BY actor, stretch",
        ),
        *numbered_steps(kind, []),
        (
            "whole",
            "SELECT actor AS key, session AS number, min(first_us) AS begins\n"
            "  FROM numbered GROUP BY actor, session",
        ),
    ]
    return (
        f"{_with_clause(steps)}\nSELECT key, begins, number FROM whole "
        "INNER JOIN wanted ON key = t0 AND begins = t1"
    )


def _named_steps(asked: Selection, hits: Scope, log: Scope) -> list[tuple[str, str]]:
    """Sessions by the names that the sender gave, counted for their first event's actor."""
    epoch = log.dialect.epoch_us(TIMESTAMP)
    session = hits.column("session_id")
    is_named = f"{log.column('session_id')} IS NOT NULL"
    owner = log.dialect.first("sender", ["first_us", "first_event"])
    return [
        (
            "matching",
            f"SELECT DISTINCT {session} AS session FROM hits "
            f"WHERE {is_named} AND {hits.where(asked.filter)}",
        ),
        (
            "base",
            f"SELECT {session} AS session, {log.column('actor_id')} AS sender, "
            f"{epoch} AS time_us, {log.column('event_id')} AS event\n"
            f"  FROM events WHERE {is_named} AND {log.within()}",
        ),
        (
            "pieces",
            "SELECT session, sender, min(time_us) AS first_us, max(time_us) AS last_us,\n"
            "  count(*) AS size, "
            f"{log.dialect.first('event', ['time_us', 'event'])} AS first_event\n"
            "  FROM base GROUP BY session, sender",
        ),
        (
            "whole",
            "SELECT session, min(first_us) AS begins, max(last_us) AS ends,\n"
            f"  sum(size) AS n_events, {owner} AS actor FROM pieces GROUP BY session",
        ),
        (
            "counted",
            "SELECT session AS key, actor, begins, ends, n_events,\n"
            "  row_number() OVER (PARTITION BY actor ORDER BY begins, session) AS number\n"
            "  FROM whole",
        ),
        ("told", "SELECT * FROM counted WHERE key IN (SELECT session FROM matching)"),
    ]


def _behind(asked: Selection, scope: Scope) -> str:
    if asked.after is None:
        return "true"
    sign = "<" if asked.is_newest_first else ">"
    start, key = asked.after.epoch_us, scope.parameters.bind(asked.after.key, "text")
    return f"(begins {sign} {start} OR (begins = {start} AND key {sign} {key}))"


def described_statement(
    kind: SessionKind, sessions: Sequence[tuple[str, int]], scope: Scope
) -> str:
    """What sessions, told by key and start, are like; the scope is the time that they take.

    Columns: `key`, `begins`, `n_pages` (different paths), `entry_page` and `exit_page`,
    `first_event` (its id) and that event's columns `c0`, `c1`, … as in `OPENING`.
    """
    steps = [("wanted", _wanted(sessions, scope)), *_page_steps(kind, scope)]
    columns = [f"{scope.column(name)} AS c{place}" for place, name in enumerate(OPENING)]
    shown = [f"r.{name} AS {name}" for name in _PAGED]
    shown += [f"opening.c{place} AS c{place}" for place in range(len(OPENING))]
    opening = (
        f"SELECT {scope.column('event_id')} AS event, {', '.join(columns)} FROM events "
        f"WHERE {_of(kind, scope)}"
    )
    return (
        f"{_with_clause(steps)}\n"
        f"SELECT {', '.join(shown)}\n"
        "FROM (SELECT * FROM paged INNER JOIN wanted ON key = t0 AND begins = t1) AS r\n"
        f"INNER JOIN ({opening}) AS opening ON r.first_event = opening.event"
    )


def _wanted(sessions: Sequence[tuple[str, int]], scope: Scope) -> str:
    form = msgspec.json.encode(sessions).decode()
    return scope.dialect.json_rows(scope.parameters.bind(form, "text"), ["text", "int"])


def _of(kind: SessionKind, scope: Scope) -> str:
    return f"{scope.within()} AND {kind.key(scope)} IN (SELECT t0 FROM wanted)"


def _page_steps(kind: SessionKind, scope: Scope) -> list[tuple[str, str]]:
    first, last = scope.dialect.first, scope.dialect.last
    stretch = "0" if kind.is_given else kind.stretch(scope, scope.time_range.start_us)
    owner = kind.owner
    grouped = owner if kind.is_given else f"{owner}, session"
    numbered = [] if kind.is_given else numbered_steps(kind, ["page", "first_id", "last_id"])
    return [
        (
            "base",
            f"SELECT {kind.key(scope)} AS {owner}, {scope.dialect.epoch_us(TIMESTAMP)} AS time_us, "
            f"{scope.column('event_id')} AS event, {scope.column('path')} AS page\n"
            f"  FROM events WHERE {_of(kind, scope)}",
        ),
        ("stretches", f"SELECT {owner}, time_us, event, page, {stretch} AS stretch FROM base"),
        (
            "pieces",
            f"SELECT {owner}, stretch, page, min(time_us) AS first_us, max(time_us) AS last_us,\n"
            f"  {first('event', ['time_us', 'event'])} AS first_id, "
            f"{last('event', ['time_us', 'event'])} AS last_id\n"
            f"  FROM stretches GROUP BY {owner}, stretch, page",
        ),
        *numbered,
        (
            "paged",
            f"SELECT {owner} AS key, min(first_us) AS begins, count(DISTINCT page) AS n_pages,\n"
            f"  {first('page', ['first_us', 'first_id'])} AS entry_page, "
            f"{last('page', ['last_us', 'last_id'])} AS exit_page,\n"
            f"  {first('first_id', ['first_us', 'first_id'])} AS first_event\n"
            f"  FROM {'pieces' if kind.is_given else 'numbered'} GROUP BY {grouped}",
        ),
    ]


def _with_clause(steps: Sequence[tuple[str, Any]]) -> str:
    return "WITH " + ", ".join(f"{name} AS (\n  {text}\n)" for name, text in steps)
