"""The questions, each as Footfall is asked it and as SQL for the two peers.

Days and weeks are those of UTC on every side, so that no side pays for time zones.
`{start}` and `{end}` stand for the question's own range, as literals of the dialect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

Agreement = Literal["rows", "values", "about"]
SOURCE: Final = "shop"
# Asked of Footfall as its list of events, not as a query.
LAST_EVENTS: Final = "last-100-of-actor"


@dataclass(frozen=True, slots=True)
class Question:
    """One question about the last `days` days.

    `query` is the JSON form of a `Query`; where Footfall's query layer has no such
    question, `sql` is asked of all sides. `duckdb` and `clickhouse` are what a user of
    those would write. Answers must have the same `rows`, or for rankings with ties the same
    `values` of the last column, or for estimates `about` the same.
    """

    name: str
    title: str
    days: int
    duckdb: str
    clickhouse: str
    query: Mapping[str, Any] | None = None
    sql: str | None = None
    agreement: Agreement = "rows"

    def range(self, now: datetime) -> tuple[datetime, datetime]:
        """Whole UTC days up to the beginning of today."""
        end = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return end - timedelta(days=self.days), end

    def ours(self, now: datetime) -> Mapping[str, Any] | None:
        """The JSON form of the query with its range."""
        if self.query is None:
            return None
        start, end = (moment.isoformat() for moment in self.range(now))
        return {
            "source": SOURCE,
            "timezone": "UTC",
            "time_range": {"start": start, "end": end},
            **self.query,
        }

    def text(
        self, dialect: Literal["footfall", "duckdb", "clickhouse"], now: datetime, actor: str
    ) -> str:
        """The SQL of one side; `actor` is the one whose events are wanted."""
        start, end = self.range(now)
        texts = {"footfall": self.sql or "", "duckdb": self.duckdb, "clickhouse": self.clickhouse}
        literal = _CLICKHOUSE_TIME if dialect == "clickhouse" else _DUCKDB_TIME
        table = SOURCE if dialect == "footfall" else "events"
        form = {
            "start": literal.format(start.strftime("%Y-%m-%d %H:%M:%S")),
            "end": literal.format(end.strftime("%Y-%m-%d %H:%M:%S")),
            "before": literal.format((start - timedelta(days=7)).strftime("%Y-%m-%d %H:%M:%S")),
            "events": table,
            "actor": actor,
        }
        return texts[dialect].format_map(form)


_DUCKDB_TIME: Final = "TIMESTAMPTZ '{}+00'"
_CLICKHOUSE_TIME: Final = "toDateTime64('{}', 6, 'UTC')"
_IN: Final = "timestamp >= {start} AND timestamp < {end}"

_DAY: Final = {
    "duckdb": "date_trunc('day', timestamp)",
    "clickhouse": "toStartOfDay(timestamp)",
}
_HOUR: Final = {
    "duckdb": "date_trunc('hour', timestamp)",
    "clickhouse": "toStartOfHour(timestamp)",
}
_MICROS: Final = {
    "duckdb": "epoch_us(timestamp)",
    "clickhouse": "toUnixTimestamp64Micro(timestamp)",
}
_WEEK: Final = {
    # Weeks since Monday, 29 December 1969.
    "duckdb": "CAST(floor((epoch_us(timestamp) / 86400000000 + 3) / 7) AS BIGINT)",
    "clickhouse": "intDiv(intDiv(toUnixTimestamp64Micro(timestamp), 86400000000) + 3, 7)",
}

_SESSIONS: Final = """
SELECT day, count(*) AS sessions FROM (
  SELECT {day} AS day, {micros} AS t,
    lag({micros}, 1, {nothing}) OVER w AS t_before,
    lag({day}, 1, {no_day}) OVER w AS day_before
  FROM {{events}} WHERE {within}
  WINDOW w AS (PARTITION BY actor_id ORDER BY timestamp, event_id))
WHERE t - t_before > 1800000000 OR day <> day_before GROUP BY day
"""

_FUNNEL: Final = """
WITH
  a AS (SELECT actor_id, min({micros}) AS t FROM {{events}}
        WHERE name = 'view_item' AND {within} GROUP BY actor_id),
  b AS (SELECT e.actor_id AS actor_id, min(e.t) AS t, min(a.t) AS t0 FROM
          (SELECT actor_id, {micros} AS t FROM {{events}}
           WHERE name = 'add_to_cart' AND {within}) e
        JOIN a ON a.actor_id = e.actor_id
        WHERE e.t > a.t AND e.t <= a.t + 604800000000 GROUP BY e.actor_id),
  c AS (SELECT e.actor_id AS actor_id, min(e.t) AS t, min(b.t0) AS t0 FROM
          (SELECT actor_id, {micros} AS t FROM {{events}}
           WHERE name = 'begin_checkout' AND {within}) e
        JOIN b ON b.actor_id = e.actor_id
        WHERE e.t > b.t AND e.t <= b.t0 + 604800000000 GROUP BY e.actor_id),
  d AS (SELECT DISTINCT e.actor_id AS actor_id FROM
          (SELECT actor_id, {micros} AS t FROM {{events}}
           WHERE name = 'purchase' AND {within}) e
        JOIN c ON c.actor_id = e.actor_id
        WHERE e.t > c.t AND e.t <= c.t0 + 604800000000)
SELECT 1 AS step, count(*) AS actors FROM a
UNION ALL SELECT 2 AS step, count(*) AS actors FROM b
UNION ALL SELECT 3 AS step, count(*) AS actors FROM c
UNION ALL SELECT 4 AS step, count(*) AS actors FROM d
"""

_RETENTION: Final = """
WITH
  active AS (SELECT DISTINCT actor_id, {week} AS week FROM {{events}} WHERE {within}),
  firsts AS (SELECT actor_id, min(week) AS cohort FROM active GROUP BY actor_id)
SELECT f.cohort AS cohort, a.week - f.cohort AS period, count(*) AS actors
FROM active a JOIN firsts f ON f.actor_id = a.actor_id
GROUP BY f.cohort, a.week - f.cohort
"""

_PATHS: Final = """
SELECT first, second, third, count(*) AS n FROM (
  SELECT name AS first, {micros} AS t1,
    lead(name, 1, '') OVER w AS second, lead({micros}, 1, {nothing}) OVER w AS t2,
    lead(name, 2, '') OVER w AS third, lead({micros}, 2, {nothing}) OVER w AS t3
  FROM {{events}} WHERE {within} AND NOT is_bot
  WINDOW w AS (PARTITION BY actor_id ORDER BY timestamp, event_id))
WHERE third <> '' AND t2 - t1 <= 1800000000 AND t3 - t2 <= 1800000000
GROUP BY first, second, third ORDER BY n DESC, first, second, third LIMIT 20
"""

_LAST: Final = (
    "SELECT timestamp, event_id, name, url FROM {{events}} WHERE {within} "
    "AND actor_id = '{{actor}}' ORDER BY timestamp DESC, event_id DESC LIMIT 100"
)


def _fill(template: str, dialect: str) -> str:
    is_clickhouse = dialect == "clickhouse"
    return template.format(
        within=_IN,
        day=_DAY[dialect],
        hour=_HOUR[dialect],
        micros=_MICROS[dialect],
        week=_WEEK[dialect],
        nothing="toInt64(0)" if is_clickhouse else "0",
        no_day="toDateTime(0, 'UTC')" if is_clickhouse else "TIMESTAMPTZ '1970-01-01 00:00:00+00'",
    )


def _plain(name: str, title: str, days: int, template: str) -> Question:
    """A question in SQL that Footfall is asked in the words of its default engine."""
    duckdb = _fill(template, "duckdb")
    return Question(name, title, days, duckdb, _fill(template, "clickhouse"), sql=duckdb)


def _counts(select: str, group: str, extra: str = "", order: str = "") -> str:
    return (
        f"SELECT {select} FROM {{events}} WHERE {_IN}{extra}"
        + (f" GROUP BY {group}" if group else "")
        + (f" ORDER BY {order}" if order else "")
    )


_MOBILE: Final = " AND name = 'view_item' AND device = 'mobile' AND country IN ('DE', 'AT', 'CH')"
_MOBILE_FILTER: Final = {
    "and": [
        {"field": "name", "operator": "is", "value": "view_item"},
        {"field": "device", "operator": "is", "value": "mobile"},
        {"field": "country", "operator": "in", "value": ["DE", "AT", "CH"]},
    ]
}
_WEEK_OVER_WEEK: Final = (
    "SELECT {day} AS day, count(*) AS events, {actors} AS actors FROM {{events}} "
    "WHERE timestamp >= {{before}} AND timestamp < {{end}} GROUP BY {day}"
)

QUESTIONS: Final = (
    Question(
        "daily-uniques", "daily uniques by country, 30 days", 30,
        _counts(f"{_DAY['duckdb']} AS day, country, count(DISTINCT actor_id) AS n", "1, 2"),
        _counts(f"{_DAY['clickhouse']} AS day, country, uniqExact(actor_id) AS n", "day, country"),
        {"metrics": ["actors"], "dimensions": ["country"], "granularity": "day"},
    ),
    Question(
        "hourly-filtered", "hourly counts under a filter, 14 days", 14,
        _counts(f"{_HOUR['duckdb']} AS hour, count(*) AS n", "1", _MOBILE),
        _counts(f"{_HOUR['clickhouse']} AS hour, count(*) AS n", "hour", _MOBILE),
        {"metrics": ["events"], "granularity": "hour", "filter": _MOBILE_FILTER},
    ),
    Question(
        "top-urls", "top 20 URLs, 89 days", 89,
        _counts("url, count(*) AS n", "url", " AND url IS NOT NULL", "n DESC, url LIMIT 20"),
        _counts("url, count(*) AS n", "url", "", "n DESC, url LIMIT 20"),
        {"metrics": ["events"], "dimensions": ["url"], "limit": 20},
        agreement="values",
    ),
    Question(
        "p95-json", "p95 of a property inside JSON by device, 30 days", 30,
        _counts(
            "device, quantile_cont(CAST(properties->>'ttfb_ms' AS DOUBLE), 0.95) AS p95",
            "device", " AND name = 'page_view'",
        ),
        _counts(
            "device, quantileExactInclusive(0.95)(JSONExtract(properties, 'ttfb_ms', "
            "'Nullable(Float64)')) AS p95",
            "device", " AND name = 'page_view'",
        ),
        {
            "metrics": ["p95(properties.ttfb_ms)"],
            "has_totals": False,
            "dimensions": ["device"],
            "filter": {"field": "name", "operator": "is", "value": "page_view"},
        },
    ),
    Question(
        "p95-declared", "p95 of a declared property by device, 30 days", 30,
        _counts("device, quantile_cont(CAST(p_duration_ms AS DOUBLE), 0.95) AS p95", "device"),
        _counts(
            "device, quantileExactInclusive(0.95)(CAST(p_duration_ms AS Nullable(Float64))) "
            "AS p95",
            "device",
        ),
        {
            "metrics": ["p95(properties.duration_ms)"],
            "dimensions": ["device"],
            "has_totals": False,
        },
    ),
    Question(
        "sessions-per-day", "sessions per day, 30 days", 30,
        _fill(_SESSIONS, "duckdb"), _fill(_SESSIONS, "clickhouse"),
        {"metrics": ["sessions"], "granularity": "day"},
    ),
    _plain("funnel-sql", "four-step funnel by plain SQL, 30 days", 30, _FUNNEL),
    _plain("weekly-retention", "weekly retention, 84 days", 84, _RETENTION),
    _plain("paths-of-three", "paths of three, 14 days", 14, _PATHS),
    Question(
        "week-over-week", "events and actors by day, week over week", 7,
        _WEEK_OVER_WEEK.format(day=_DAY["duckdb"], actors="count(DISTINCT actor_id)"),
        _WEEK_OVER_WEEK.format(day=_DAY["clickhouse"], actors="uniqExact(actor_id)"),
        {"metrics": ["events", "actors"], "granularity": "day", "compare": "week"},
    ),
    Question(
        "distinct-estimate", "estimate of distinct actors, 89 days", 89,
        _counts("approx_count_distinct(actor_id) AS n", ""),
        _counts("uniqCombined(actor_id) AS n", ""),
        {"metrics": ["estimate(actor_id)"]},
        agreement="about",
    ),
    Question(
        LAST_EVENTS, "one actor's last 100 events, 89 days", 89,
        _fill(_LAST, "duckdb"), _fill(_LAST, "clickhouse"),
    ),
    Question(
        "month-by-hour", "events and actors by hour, 31 days", 31,
        _counts(
            f"{_HOUR['duckdb']} AS hour, count(*) AS events, count(DISTINCT actor_id) AS actors",
            "1",
        ),
        _counts(
            f"{_HOUR['clickhouse']} AS hour, count(*) AS events, uniqExact(actor_id) AS actors",
            "hour",
        ),
        {"metrics": ["events", "actors"], "granularity": "hour"},
    ),
)  # fmt: skip


def chosen(names: Sequence[str]) -> list[Question]:
    """The questions of these names, all without any; raises `ValueError` for one unknown."""
    known = {question.name: question for question in QUESTIONS}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"there is no question {unknown[0]!r}; there are {', '.join(known)}")
    return [question for name, question in known.items() if name in names or not names]
