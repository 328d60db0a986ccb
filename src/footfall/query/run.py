"""A query asked of a lake: plan, SQL, engine, result, and the comparison likewise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from footfall.engines.base import CancelToken, Engine, EngineResult, Limits, retry_stale
from footfall.model.query import Query
from footfall.model.time import TimeRange, comparison_range
from footfall.query.absent import absent_notes
from footfall.query.cells import Cells
from footfall.query.comparison import comparison_plan, covering
from footfall.query.result import Result
from footfall.query.sql.events import events_statement
from footfall.query.sql.pasted import pasted_scope
from footfall.query.sql.plan import Family, Group, Plan, make_plan
from footfall.query.sql.scope import Scope
from footfall.query.sql.sessions import range_read, sessions_statement
from footfall.query.sql.statement import Statement
from footfall.query.summary import with_definite_range

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.lake.snapshot import Snapshot

_WRITERS: Final[dict[Family, Callable[[Plan, Scope], Statement]]] = {
    "events": events_statement,
    "sessions": sessions_statement,
}


def run_query(
    query: Query,
    lake: LakeFolder,
    engine: Engine,
    *,
    now: datetime,
    cancel: CancelToken | None = None,
    limits: Limits | None = None,
) -> Result:
    """The answer to a query, from one version of the table.

    Raises `InvalidQuery` naming the part that is wrong, `UnknownSource`, and what engines
    raise: `LimitExceeded`, `Cancelled`, `EngineError`.
    """
    query = with_definite_range(query, lake)
    plan = make_plan(query, lake.source(query.source), now)
    runner = _Runner(engine, cancel, limits)

    def attempt() -> Result:
        snapshot = lake.table(query.source).snapshot(_range_of_files(plan))
        return runner.answer(plan, snapshot, now)

    return retry_stale(attempt)


class _Runner:
    def __init__(self, engine: Engine, cancel: CancelToken | None, limits: Limits | None) -> None:
        self.engine = engine
        self.cancel = cancel
        self.limits = limits

    def answer(self, plan: Plan, snapshot: Snapshot, now: datetime) -> Result:
        """The result of a plan, and of its comparison if one is asked for."""
        result, groups = self._alone(plan, snapshot)
        notes = absent_notes(plan, result.table, snapshot, self.engine, self.limits, self.cancel)
        result = replace(result, notes=notes)
        if plan.query.compare is None:
            return result
        earlier = comparison_plan(plan, plan.query.compare, now, groups)
        comparison, _ = self._alone(earlier, snapshot)
        return replace(result, comparison=comparison)

    def _alone(self, plan: Plan, snapshot: Snapshot) -> tuple[Result, tuple[Group, ...]]:
        cells = Cells(plan)
        answers: list[EngineResult] = []
        asked, run = list[str](), list[str]()
        for family in plan.families():
            statement, answer = self._ask(family, plan, snapshot)
            cells.add(statement, answer.table)
            answers.append(answer)
            pasted = pasted_scope(plan.source, plan.time_range)
            asked.append(_WRITERS[family](plan, pasted).sql)
            run.append(statement.sql)
            if plan.has_limit and plan.kept is None:
                plan = plan.keeping(cells.groups())
        result = _result(cells, answers, self.engine.name)
        return replace(result, sql=_as_script(asked), executed=_as_script(run)), cells.groups()

    def _ask(
        self, family: Family, plan: Plan, snapshot: Snapshot
    ) -> tuple[Statement, EngineResult]:
        read = range_read(plan) if family == "sessions" else plan.time_range
        scope = Scope.of(snapshot.prune(read), self.engine.dialect, plan.time_range)
        statement = _WRITERS[family](plan, scope)
        answer = self.engine.run(
            statement.sql,
            {"events": statement.events},
            statement.parameters,
            limits=self.limits,
            cancel=self.cancel,
        )
        return statement, answer


def _range_of_files(plan: Plan) -> TimeRange:
    """The range of every event that the query and its comparison read."""
    read = range_read(plan)
    if plan.query.compare is None:
        return read
    earlier = replace(plan, time_range=comparison_range(plan.time_range, plan.query.compare))
    return covering(read, range_read(earlier))


def _as_script(texts: list[str]) -> str:
    return ";\n\n".join(texts)


def _result(cells: Cells, answers: list[EngineResult], engine: str) -> Result:
    plan = cells.plan
    return Result(
        columns=cells.columns(),
        table=cells.table(),
        sql="",
        engine=engine,
        milliseconds=sum(answer.milliseconds for answer in answers),
        n_rows_read=sum(answer.n_rows_read for answer in answers),
        query=plan.query,
        time_range=plan.time_range,
        buckets=plan.buckets,
        totals=cells.named_totals(),
        is_estimate=any(metric.is_estimate for metric in plan.metrics),
    )
