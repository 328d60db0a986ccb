"""What a request says about the one who did it, remembered for the many that say the same."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Final

from footfall.intake.agents import BROWSERS
from footfall.intake.intake import Intake
from footfall.intake.payload import Context
from footfall.intake.places import NOWHERE, Places, kept_address
from footfall.intake.visitors import visitor_base
from footfall.model.source import Addresses

_MAX_CONTEXTS: Final = 16_384
_LONGEST: Final = 1024
"""Bytes of what a request says of its sender that are remembered; honest ones have fewer."""


class Contexts:
    """Contexts of requests: an address is looked up and hashed here, and goes no further."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._secret = intake.lake.secret
        self._places = Places(intake.lake.settings.intake.places)
        self._make = lru_cache(maxsize=_MAX_CONTEXTS)(self._make_anew)

    def of(
        self,
        source: str,
        address: str,
        agent: bytes,
        languages: bytes,
        *,
        is_visitors: bool = False,
    ) -> Context:
        """The context of a request to a source; raises `UnknownSource`.

        Where a program sent it, its address tells nothing of the visitor, unless
        `is_visitors` says that it is the visitor's own.
        """
        policy = self._intake.sources.get(source).addresses
        day = self._intake.clock().date()
        is_long = len(address) + len(agent) + len(languages) > _LONGEST
        make = self._make_anew if is_long else self._make
        return make(policy, address, agent, languages, day, is_visitors)

    def _make_anew(
        self,
        policy: Addresses,
        address: str,
        agent: bytes,
        languages: bytes,
        day: date,
        is_visitors: bool,
    ) -> Context:
        base = visitor_base(self._secret, address, day) if address else ""
        language = languages.partition(b",")[0].partition(b";")[0].strip()
        text = agent.decode("latin-1")
        is_theirs = is_visitors or text.startswith(BROWSERS)
        place = self._places.of(address) if is_theirs else NOWHERE
        return Context(
            base,
            text,
            language.decode("latin-1").strip("*"),
            place.country,
            place.region,
            place.city,
            place.latitude,
            place.longitude,
            kept_address(address, policy, self._secret) if is_theirs else "",
        )
