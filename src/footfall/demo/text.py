"""Text columns without a loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_HEX: Final = np.frombuffer(
    "".join(f"{byte:02x}" for byte in range(256)).encode("ascii"), np.uint16
)


def take(values: Sequence[str | None], places: np.ndarray) -> pa.Array:
    """For each place the text at it.

    >>> take(["a", None, "c"], np.array([2, 1])).to_pylist()
    ['c', None]
    """
    return pa.array(values, pa.string()).take(pa.array(places.astype(np.int32)))


def take_where(values: Sequence[str | None], places: np.ndarray, chosen: np.ndarray) -> pa.Array:
    """Like `take`, with null wherever it is not chosen."""
    return pa.array(values, pa.string()).take(pa.array(places.astype(np.int32), mask=~chosen))


def concatenated(*parts: pa.Array | str) -> pa.Array:
    """The parts one after the other; null where one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def hex_text(data: np.ndarray, width: int) -> pa.Array:
    """Bytes as hexadecimal texts of `width` bytes each.

    >>> hex_text(np.array([1, 255], np.uint8), 2).to_pylist()
    ['01ff']
    """
    digits = _HEX[data]
    n = len(data) // width
    offsets = np.arange(n + 1, dtype=np.int32) * (2 * width)
    return pa.StringArray.from_buffers(n, pa.py_buffer(offsets), pa.py_buffer(digits))
