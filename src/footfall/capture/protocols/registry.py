"""All adapters there are: those of this package, and those of others that are installed.

A package adds its own through an entry point of the group `footfall.protocols` that names
an `Adapter` or a tuple of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pkgutil import iter_modules
from typing import Final

from footfall.capture import protocols
from footfall.capture.protocols.adapter import Adapter, Call, Route

GROUP: Final = "footfall.protocols"


@cache
def adapters() -> tuple[Adapter, ...]:
    """Every adapter, those that recognize their own shape first."""
    found: list[Adapter] = []
    for module in iter_modules(protocols.__path__):
        found += getattr(import_module(f"{protocols.__name__}.{module.name}"), "ADAPTERS", ())
    for entry in entry_points(group=GROUP):
        made: Adapter | Sequence[Adapter] = entry.load()
        found += [made] if isinstance(made, Adapter) else made
    return tuple(sorted(found, key=lambda each: (each.rank, each.name)))


class RouteTable:
    """Which adapters a path may belong to."""

    def __init__(self, known: Iterable[Adapter]) -> None:
        self._plain: dict[str, list[Adapter]] = {}
        self._patterns: list[tuple[Route, Adapter]] = []
        for adapter in known:
            for route in adapter.routes:
                if route.is_plain:
                    self._plain.setdefault(route.path, []).append(adapter)
                else:
                    self._patterns.append((route, adapter))

    def knows(self, path: str) -> bool:
        """Whether any adapter has that path, whatever the method."""
        return path in self._plain or any(route.leads_to(path) for route, _ in self._patterns)

    def methods(self, path: str) -> list[str]:
        """Methods that some adapter has on that path, sorted."""
        known = self._plain.get(path, [])
        found = {route.method for each in known for route in each.routes if route.path == path}
        found |= {r.method for r, _ in self._patterns if r.leads_to(path)}
        return sorted(found)

    def find(self, call: Call) -> Adapter | None:
        """The adapter that this request is for."""
        for adapter in self._candidates(call.path):
            if _is_routed(adapter, call) and adapter.claims(call):
                return adapter
        return None

    def likely(self, call: Call) -> Adapter | None:
        """The adapter that answers for a request whose body could not be looked at."""
        return self.find(call) or self.routed(call)

    def routed(self, call: Call) -> Adapter | None:
        """The first adapter with that method and path, whatever the request is like."""
        return next((each for each in self._candidates(call.path) if _is_routed(each, call)), None)

    def _candidates(self, path: str) -> list[Adapter]:
        found = list(self._plain.get(path, ()))
        found += [each for route, each in self._patterns if route.leads_to(path)]
        return sorted(found, key=lambda each: each.rank)


def _is_routed(adapter: Adapter, call: Call) -> bool:
    return any(route.matches(call.method, call.path) for route in adapter.routes)
