"""A small file in MaxMind's format, by its specification: https://maxmind.github.io/MaxMind-DB/."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

# Type and size of a number.
_UINT16, _UINT32, _UINT64 = (5, 2), (6, 4), (9, 8)
_METADATA = b"\xab\xcd\xefMaxMind.com"


def mmdb(networks: Mapping[str, Any]) -> bytes:
    """A database of IPv4 networks and their records, with 24-bit pointers."""
    nodes: list[list[Any]] = [[None, None]]
    for network, record in networks.items():
        _insert(nodes, network, record)
    data, offsets = b"", {}
    for record in networks.values():
        offsets[id(record)] = len(data)
        data += _encode(record)

    def pointer(side: Any) -> int:
        if side is None:
            return len(nodes)
        return side if isinstance(side, int) else len(nodes) + 16 + offsets[id(side)]

    tree = b"".join(
        pointer(left).to_bytes(3, "big") + pointer(right).to_bytes(3, "big")
        for left, right in nodes
    )
    metadata = {
        "binary_format_major_version": (2, *_UINT16),
        "binary_format_minor_version": (0, *_UINT16),
        "build_epoch": (1_790_000_000, *_UINT64),
        "database_type": "Test",
        "description": {"en": "test"},
        "ip_version": (4, *_UINT16),
        "languages": ["en"],
        "node_count": (len(nodes), *_UINT32),
        "record_size": (24, *_UINT16),
    }
    return tree + bytes(16) + data + _METADATA + _encode(metadata)


def _insert(nodes: list[list[Any]], text: str, record: Any) -> None:
    network = ip_network(text)
    bits = format(int(network.network_address), "032b")[: network.prefixlen]
    node = 0
    for bit in map(int, bits[:-1]):
        if nodes[node][bit] is None:
            nodes.append([None, None])
            nodes[node][bit] = len(nodes) - 1
        node = nodes[node][bit]
    nodes[node][int(bits[-1])] = record


def _encode(value: Any) -> bytes:
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(
            _encode(key) + _encode(item) for key, item in value.items()
        )
    if isinstance(value, list):
        return bytes([len(value), 11 - 7]) + b"".join(map(_encode, value))
    if isinstance(value, str):
        raw = value.encode()
        head = bytes([2 << 5 | len(raw)]) if len(raw) < 29 else bytes([2 << 5 | 29, len(raw) - 29])
        return head + raw
    if isinstance(value, float):
        return bytes([3 << 5 | 8]) + struct.pack(">d", value)
    number, kind, n_bytes = value
    head = bytes([kind << 5 | n_bytes]) if kind < 8 else bytes([n_bytes, kind - 7])
    return head + number.to_bytes(n_bytes, "big")
