"""What runs beside the answering of requests, from start to stop."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial

import structlog

from footfall.capture.protocols.registry import adapters
from footfall.intake.intake import Intake
from footfall.intake.upkeep import look_after
from footfall.intake.worker import Worker
from footfall.model.time import parse_duration
from footfall.server.contexts import Contexts
from footfall.server.intake_http import EventsEndpoint
from footfall.server.live import Seen, watch_tables
from footfall.server.maintenance import Maintenance
from footfall.server.metrics import Outcomes
from footfall.server.state import State
from footfall.server.trackers import TrackersEndpoint

log = structlog.get_logger("footfall.server")

# Together with the mover's second, news is on a page within two.
_LOOK_EVERY = 0.5
_OUTCOMES = ("received", "stored", "duplicates", "rejected", "mismatched")


class Lifecycle:
    """Starts and stops the intake, the maintenance and the watching of one server."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._intake = Intake.open(state.lake, state.clock, state.worker)
        every = parse_duration(state.lake.settings.lake.compact_every)
        self._maintenance = _maintenance(state, every.total_seconds())
        self._watch: asyncio.Task[None] | None = None
        self._unseen: set[str] = set()
        self._report()

    async def start(self) -> None:
        """Take events in from now on."""
        state = self._state
        await asyncio.to_thread(self._intake.start)
        # One for both: it opens the file of places, and remembers who has sent.
        contexts = Contexts(self._intake)
        state.events = EventsEndpoint(self._intake, self._source_of, contexts)
        state.trackers = TrackersEndpoint(
            self._intake, adapters(), self._source_of, state.lake.source_of_tracker, contexts
        )
        self._maintenance.start()
        state.live.start()
        watching = watch_tables(state.live, self._look, state.clock, _LOOK_EVERY)
        self._watch = asyncio.create_task(watching, name="watch")
        await state.work.quick(state.workspace.logins.forget_old)
        log.info("started", lake=str(state.lake.root))

    async def stop(self) -> None:
        """End in order: nothing more comes in, what came in is moved, then the rest.

        A step that fails keeps none of the later ones from being taken; it is raised then.
        """
        state = self._state
        state.events = state.trackers = None
        state.live.close()
        # The last that is pushed is the first that is called.
        async with AsyncExitStack() as steps:
            steps.push_async_callback(asyncio.to_thread, state.close)
            steps.push_async_callback(asyncio.to_thread, state.work.close)
            steps.push_async_callback(self._maintenance.stop)
            if state.worker is not None:
                steps.push_async_callback(asyncio.to_thread, state.worker.close)
            # Not in the loop: the last groups are answered there while this waits for them.
            steps.push_async_callback(asyncio.to_thread, self._intake.stop)
            steps.push_async_callback(self._stop_watching)
        log.info("stopped", lake=str(state.lake.root))

    def _source_of(self, key: str) -> str | None:
        found = self._state.workspace.keys.recognize(key)
        return found.source if found else None

    async def _stop_watching(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])

    def _look(self) -> Mapping[str, Seen]:
        lake = self._state.lake
        found: dict[str, Seen] = {}
        for source in lake.sources():
            try:
                snapshot = lake.table(source.name).snapshot()
            except Exception as error:
                # One table that cannot be read must not keep news of the others back.
                self._miss(source.name, error)
                continue
            self._unseen.discard(source.name)
            found[source.name] = Seen(snapshot.version, snapshot.n_rows)
        return found

    def _miss(self, source: str, error: Exception) -> None:
        # Said once: there are two looks a second.
        if source not in self._unseen:
            self._unseen.add(source)
            log.error("table cannot be looked at", source=source, exc_info=error)

    def _report(self) -> None:
        metrics, intake = self._state.metrics, self._intake
        metrics.gauge(
            "footfall_journal_backlog_bytes",
            "Bytes in the journal that are not in a table yet.",
            lambda: intake.backlog,
        )
        metrics.gauge(
            "footfall_intake_waiting_bytes",
            "Bytes of requests that wait for the disk.",
            lambda: intake.load.waiting,
        )
        metrics.watch_ledger(self._outcomes)

    def _outcomes(self) -> Mapping[str, Outcomes]:
        balance = self._state.ledger.balance()
        return {
            source: {name: getattr(entry, name) for name in _OUTCOMES}
            for source, entry in balance.items()
        }


def _maintenance(state: State, every: float) -> Maintenance:
    if state.worker is None:
        return Maintenance(state.lake, partial(look_after, state.lake, state.ledger), every)
    # Not the one that moves events: merging a day's files may take longer than they can wait.
    worker = Worker(state.lake.root)
    return Maintenance(state.lake, worker.look_after, every, rest=worker.close)
