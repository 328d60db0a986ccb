"""Event ids as 128-bit keys: what duplicates are found by.

An id that is a UUID, or 16, 24 or 32 hexadecimal digits (lower case), or a text of at most 15
bytes, is its own key, so two of a kind never share one; any other text is hashed with BLAKE2b
to 128 bits.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

import numpy as np
import pyarrow as pa

# High and low halves, each an array of uint64, one element per event.
Keys = tuple[np.ndarray, np.ndarray]

_DIGITS: Final = 32
_UUID_LENGTH: Final = 36
_DASHES: Final = (8, 13, 18, 23)
_DIGIT_PLACES: Final = np.array([place for place in range(_UUID_LENGTH) if place not in _DASHES])
# The shapes that are their own key: length, places of the digits, and a salt that keeps
# the same digits in another shape apart.
_SHAPES: Final = (
    (_UUID_LENGTH, _DIGIT_PLACES, np.uint64(0)),
    (32, np.arange(32), np.uint64(0x9E3779B97F4A7C15)),
    (24, np.arange(24), np.uint64(0xC2B2AE3D27D4EB4F)),
    (16, np.arange(16), np.uint64(0x165667B19E3779F9)),
)
# A short text is its bytes, zeros and its length.
_SHORT: Final = 15
_OF_SHORT: Final = np.uint64(0x27D4EB2F165667C5)
_KEPT: Final = np.tri(_SHORT + 1, _DIGITS // 2, -1, np.uint8) * np.uint8(255)

_BAD: Final = 255
_VALUES: Final = np.full(256, _BAD, np.uint8)
for _place, _digit in enumerate(b"0123456789abcdef"):
    _VALUES[_digit] = _place


def event_keys(event_ids: pa.ChunkedArray | pa.Array) -> Keys:
    """Keys of event ids, in their order."""
    ids = event_ids.combine_chunks() if isinstance(event_ids, pa.ChunkedArray) else event_ids
    if ids.type != pa.large_string():
        ids = ids.cast(pa.large_string())
    high, low = np.zeros(len(ids), np.uint64), np.zeros(len(ids), np.uint64)
    starts, lengths, text = _layout(ids)
    is_done = np.zeros(len(ids), bool)
    for length, places, salt in _SHAPES:
        rows = np.flatnonzero(lengths == length)
        if len(rows):
            rows, upper, lower = _hexadecimal(text, starts, rows, length, places)
            high[rows], low[rows], is_done[rows] = upper, lower ^ salt, True
    is_short = lengths <= _SHORT
    if is_short.any():
        upper, lower = _of_short(text, starts[is_short], lengths[is_short])
        high[is_short], low[is_short] = upper, lower ^ _OF_SHORT
    _hash_others(ids, np.flatnonzero(~(is_done | is_short)), high, low)
    return _mixed(high, low)


def _layout(ids: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start and length of each text within the bytes of all."""
    _, offsets, data = ids.buffers()
    bounds = np.frombuffer(offsets, np.int64)[ids.offset : ids.offset + len(ids) + 1]
    text = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return bounds[:-1], np.diff(bounds), text


def _hexadecimal(
    text: np.ndarray, starts: np.ndarray, rows: np.ndarray, length: int, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows whose texts are hexadecimal digits at `places`, and both halves of their value."""
    letters = text[starts[rows][:, None] + np.arange(length)]
    values = _VALUES[letters[:, places]]
    is_good = (values != _BAD).all(axis=1)
    for dash in _DASHES if length == _UUID_LENGTH else ():
        is_good &= letters[:, dash] == ord("-")
    if not is_good.all():
        rows, values = rows[is_good], values[is_good]
    octets = np.zeros((len(rows), _DIGITS // 2), np.uint8)
    octets[:, : len(places) // 2] = (values[:, 0::2] << 4) | values[:, 1::2]
    return rows, *_halves(octets)


def _of_short(text: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> Keys:
    """Both halves of short texts' values."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(text, (0, _SHORT + 1)), _SHORT + 1)
    octets = windows[starts] & _KEPT[lengths]
    octets[:, _SHORT] = lengths
    return _halves(octets)


def _halves(octets: np.ndarray) -> Keys:
    """High and low halves of rows of 16 bytes."""
    halves = np.ascontiguousarray(octets).view(">u8").astype(np.uint64)
    return halves[:, 0], halves[:, 1]


def _hash_others(ids: pa.Array, rows: np.ndarray, high: np.ndarray, low: np.ndarray) -> None:
    if not len(rows):
        return
    texts = ids.take(pa.array(rows)) if len(rows) < len(ids) else ids
    hashed = [blake2b(text, digest_size=16).digest() for text in _bytes_of(texts)]
    octets = np.frombuffer(b"".join(hashed), np.uint8).reshape(-1, 16)
    high[rows], low[rows] = _halves(octets)


def _bytes_of(texts: pa.Array) -> list[bytes]:
    return texts.cast(pa.large_binary()).to_pylist()


def _mixed(high: np.ndarray, low: np.ndarray) -> Keys:
    """The same keys spread evenly by their high half; no two become one.

    Ids that start with the time (UUID version 7) would crowd together otherwise. Each
    step can be undone, as in a Feistel network.
    """
    high = high ^ _scrambled(low)
    low = low ^ _scrambled(high)
    return high, low


def _scrambled(values: np.ndarray) -> np.ndarray:
    """Finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
