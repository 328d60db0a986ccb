"""Columns cut out of one buffer of bytes without a Python object per value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

Places = np.ndarray[Any, np.dtype[np.int64]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Slices:
    """Fields of lines: `bounds[i]` are ascending places in `data`, a field between two each.

    The pieces between all bounds of all lines cover the buffer without a gap, so that they
    are one Arrow array over the bytes as they are, from which a field is taken.
    """

    def __init__(self, data: bytes, bounds: np.ndarray[Any, np.dtype[np.int64]]) -> None:
        self._n_lines, self._n_bounds = bounds.shape
        offsets = np.append(bounds.reshape(-1), len(data)).astype(np.int32)
        self._pieces = pa.StringArray.from_buffers(
            bounds.size, pa.py_buffer(offsets), pa.py_buffer(data)
        )

    def field(self, index: int) -> pa.StringArray:
        """Text of each line between its bounds `index` and `index + 1`."""
        places = np.arange(self._n_lines, dtype=np.int64) * self._n_bounds + index
        return self._pieces.take(pa.array(places))


def read_numbers(data: Bytes, starts: Places, ends: Places) -> tuple[Places, Any]:
    """Whole numbers at `data[start:end]`, and which are valid: 1 to 18 digits."""
    lengths = ends - starts
    valid = (lengths >= 1) & (lengths <= 18)
    values = np.zeros(len(starts), np.int64)
    widest = int(lengths[valid].max()) if valid.any() else 0
    for place in range(widest):
        inside = valid & (place < lengths)
        digits = data[np.where(inside, starts + place, 0)].astype(np.int64) - 48
        valid &= ~inside | ((digits >= 0) & (digits <= 9))
        values = np.where(inside, values * 10 + digits, values)
    return np.where(valid, values, 0), valid
