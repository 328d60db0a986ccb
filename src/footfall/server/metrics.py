"""What Prometheus is told: requests, queries, and what the ledger counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

# Counts of one source by outcome: {"stored": 12, "duplicates": 0, ...}.
Outcomes = Mapping[str, int]


class Metrics:
    """The metrics of one server; nothing is shared with another in the same process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "footfall_requests",
            "Requests answered, intake of events aside.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "footfall_request_seconds",
            "Time to answer a request.",
            ["route"],
            registry=self._registry,
        )
        self.queries_running = Gauge(
            "footfall_queries_running", "Queries that run now.", registry=self._registry
        )
        self.queries_refused = Counter(
            "footfall_queries_refused",
            "Queries refused because too many were waiting.",
            registry=self._registry,
        )
        self.live_listeners = Gauge(
            "footfall_live_listeners", "Pages that listen for news.", registry=self._registry
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; `route` is the pattern, never the path that was asked."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, doc: str, read: Callable[[], float]) -> None:
        """Report what `read` returns whenever metrics are asked for."""
        Gauge(name, doc, registry=self._registry).set_function(read)

    def watch_ledger(self, read: Callable[[], Mapping[str, Outcomes]]) -> None:
        """Report the ledger's counts by source and outcome, read when asked for."""
        self._registry.register(_Ledger(read))

    def text(self) -> bytes:
        """All metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _Ledger(Collector):
    def __init__(self, read: Callable[[], Mapping[str, Outcomes]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        return ()

    def collect(self) -> Iterable[Metric]:
        family = GaugeMetricFamily(
            "footfall_events",
            "Events by source and what became of them; a replay takes from the rejected.",
            labels=["source", "outcome"],
        )
        for source, outcomes in self._read().items():
            for outcome, count in outcomes.items():
                family.add_metric([source, outcome], count)
        yield family
