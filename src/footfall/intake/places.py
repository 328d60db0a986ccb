"""Where a network address is, and what of it a source may keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from footfall.errors import InvalidSetting
from footfall.model.source import Addresses

if TYPE_CHECKING:
    from maxminddb import Reader

_KEPT_BITS: Final = {4: 24, 6: 48}


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is, as far as it is known; `country` by ISO 3166, alpha-2."""

    country: str = ""
    region: str = ""
    city: str = ""
    latitude: float | None = None
    longitude: float | None = None


NOWHERE: Final = Place()


class Places:
    """Looks addresses up, in the countries that come along or in a file of the user's.

    The countries are those to which the registries gave the addresses. `path` is a file in
    MaxMind's format (GeoLite2, DB-IP, …): what it does not know is nowhere. Raises
    `InvalidSetting` where it cannot be read.
    """

    def __init__(self, path: str = "") -> None:
        self._reader = _open(path) if path else None

    def of(self, address: str) -> Place:
        """The place of an address; nowhere for one that is private or none at all."""
        found = read_address(address)
        if found is None or not found.is_global:
            return NOWHERE
        if self._reader is not None:
            try:
                return _place(self._reader.get(found))
            except ValueError:  # an IPv6 address asked of a file of IPv4
                return NOWHERE
        from iptocc import country_code

        return Place(country_code(str(found)) or "")

    def each(self, addresses: Iterable[str]) -> list[Place]:
        """The places of many addresses, in order."""
        return [self.of(address) for address in addresses]


def read_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address in a text, without port, brackets or zone; None where there is none.

    >>> str(read_address("[2001:db8::1]:443")), str(read_address("::ffff:192.0.2.7"))
    ('2001:db8::1', '192.0.2.7')
    """
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def kept_address(address: str, policy: Addresses, secret: bytes) -> str:
    """What a source with that policy keeps of an address: nothing, its network, or a hash.

    The network is the first 24 bits of an IPv4 address and 48 of an IPv6 one. The hash is
    keyed with the lake's secret, and the same on every day.

    >>> kept_address("203.0.113.77", "truncated", b""), kept_address("x", "truncated", b"")
    ('203.0.113.0', '')
    """
    found = read_address(address)
    if found is None or policy == "drop":
        return ""
    if policy == "keyed":
        return "a_" + blake2b(str(found).encode(), key=secret, digest_size=10).hexdigest()
    bits = _KEPT_BITS[found.version]
    return str(ip_network(f"{found}/{bits}", strict=False).network_address)


def _open(path: str) -> Reader:
    import maxminddb

    try:
        return maxminddb.open_database(Path(path))
    except (OSError, ValueError, maxminddb.InvalidDatabaseError) as error:
        raise InvalidSetting(
            f"The places file {path!r} cannot be read ({error}): give [intake] places the path "
            "of a file in MaxMind's format (.mmdb), or nothing.",
            parameter="intake.places",
        ) from error


def _place(record: Any) -> Place:
    """A place as MaxMind's and DB-IP's files write it."""
    if not isinstance(record, dict):
        return NOWHERE
    known = cast("dict[str, Any]", record)
    regions = known.get("subdivisions") or [{}]
    location = known.get("location") or {}
    return Place(
        str(_within(known, "country", "iso_code") or known.get("country_code") or ""),
        str(_within(regions[0], "names", "en") or regions[0].get("iso_code") or ""),
        str(_within(known, "city", "names", "en") or ""),
        _number(location.get("latitude")),
        _number(location.get("longitude")),
    )


def _within(value: Any, *path: str) -> Any:
    for key in path:
        value = cast("dict[str, Any]", value).get(key) if isinstance(value, dict) else None
    return value


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
