"""What decides every event of the demo: a seed, a size, and the moment it ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from footfall.errors import InvalidInput
from footfall.model.source import Mapping, Source
from footfall.model.time import utc_now

TIMEZONE: Final = "Europe/Berlin"
CAMPAIGN: Final = "kit-launch"

DEMO_SOURCE: Final = Source(
    name="shop",
    description="Demo: a shop for sensor kits and its docs site",
    timezone=TIMEZONE,
    # Going from the shop to its docs is no arrival from elsewhere.
    mapping=Mapping(options={"hosts": ["shop.example", "docs.example"]}),
    properties={"value": "float", "currency": "text", "items": "int", "duration_ms": "int"},
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Seed and size of a demo; equal recipes make equal events.

    Events lie in `[now - n_days, now)`; there are `n_events` of them to within a few percent.
    """

    n_events: int = 500_000
    n_days: int = 90
    seed: int = 7
    now: datetime = field(default_factory=lambda: utc_now().replace(microsecond=0))

    def __post_init__(self) -> None:
        for name, value, least in (("events", self.n_events, 1_000), ("days", self.n_days, 14)):
            if value < least:
                raise InvalidInput(
                    f"A demo of {value:,} {name} shows nothing: ask for {least:,} or more.",
                    parameter=name,
                )

    @property
    def start(self) -> datetime:
        """First moment of the demo, UTC."""
        return self.now.astimezone(UTC) - timedelta(days=self.n_days)

    @property
    def today(self) -> date:
        """The shop's local date at the end."""
        return self.now.astimezone(ZoneInfo(TIMEZONE)).date()

    @property
    def launch(self) -> date:
        """Local date on which the launch campaign begins."""
        return self.today - timedelta(days=self.n_days // 2)

    @property
    def incident(self) -> tuple[datetime, datetime]:
        """When the checkout was broken: five hours on one afternoon, local to the shop."""
        day = self.today - timedelta(days=max(3, self.n_days // 4))
        noon = datetime(day.year, day.month, day.day, 13, tzinfo=ZoneInfo(TIMEZONE))
        return noon.astimezone(UTC), (noon + timedelta(hours=5)).astimezone(UTC)

    def random(self, *purpose: int) -> np.random.Generator:
        """A generator of its own for each purpose, so that none disturbs another."""
        return np.random.default_rng([self.seed, *purpose])


def micros(moment: datetime) -> int:
    """Microseconds since 1970, UTC."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond
