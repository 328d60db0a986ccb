"""What log files tell by network addresses: where somebody is, and what may be kept of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from footfall.intake.places import NOWHERE, Place, Places, kept_address, read_address
from footfall.model.source import Addresses, Source

_MAX_KNOWN: Final = 1_000_000
_TEXTS: Final = ("country", "region", "city")
_NUMBERS: Final = ("latitude", "longitude")

Columns = Mapping[str, pa.Array]
_Told = tuple[Place, str | None]


class Whereabouts:
    """Looks up each address once; without `places` none is anywhere.

    The address itself goes no further: the column `address` is what the source's policy
    keeps of it.
    """

    def __init__(self, source: Source, secret: bytes, places: Places | None) -> None:
        self._policy: Addresses = source.addresses
        self._secret = secret
        self._places = places
        self._known: dict[str, _Told] = {}

    def columns(self, addresses: pa.Array, told: Columns) -> dict[str, pa.Array]:
        """Columns of events that came from these addresses, as text or as a dictionary.

        `told` is what the events say themselves: an event that names its country stays where
        it says. A column of which nothing is known is left out.
        """
        if self._places is None and self._policy == "drop":
            return {}
        is_encoded = pa.types.is_dictionary(addresses.type)
        encoded = addresses if is_encoded else addresses.dictionary_encode()
        found = [self._tell(address) for address in encoded.dictionary.to_pylist()]
        is_untold = pc.is_null(told["country"]) if "country" in told else None
        columns: dict[str, pa.Array] = {}
        for name in (*_TEXTS, *_NUMBERS):
            values = [getattr(place, name) or None for place, _ in found]
            if any(value is not None for value in values):
                kind = pa.string() if name in _TEXTS else pa.float64()
                spread = pa.array(values, kind).take(encoded.indices)
                columns[name] = _merged(told.get(name), spread, is_untold)
        kept = [kept for _, kept in found]
        if any(kept):
            columns["address"] = pa.array(kept, pa.string()).take(encoded.indices)
        return columns

    def kept(self, text: str) -> str | None:
        """What is kept of a value for the column `address` itself.

        One that is no address any more was made of one elsewhere, and stays unless nothing is kept.
        """
        if read_address(text) is None:
            return None if self._policy == "drop" else text
        return kept_address(text, self._policy, self._secret) or None

    def _tell(self, address: str | None) -> _Told:
        if address is None:
            return NOWHERE, None
        found = self._known.get(address)
        if found is None:
            if len(self._known) > _MAX_KNOWN:
                self._known.clear()
            place = self._places.of(address) if self._places is not None else NOWHERE
            kept = kept_address(address, self._policy, self._secret) or None
            found = self._known[address] = (place, kept)
        return found


def each_text(values: pa.Array, function: Callable[[str], str | None]) -> pa.Array:
    """The function of every text, called once for each that is different."""
    encoded = values.dictionary_encode()
    made = [function(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(encoded.indices)


def _merged(told: pa.Array | None, found: pa.Array, is_untold: pa.Array | None) -> pa.Array:
    """What is known of the place, and for events that name their country what they say of it."""
    if is_untold is not None:
        found = pc.if_else(is_untold, found, pa.scalar(None, found.type))
    return found if told is None else pc.coalesce(told, found.cast(told.type))
