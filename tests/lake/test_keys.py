"""Event ids become keys that differ exactly when the ids do."""

from __future__ import annotations

import uuid

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from footfall.lake.keys import event_keys

HEX = "0123456789abcdef"
IDS = st.one_of(
    st.uuids().map(str),
    st.text(HEX, min_size=16, max_size=16),
    st.text(HEX, min_size=24, max_size=24),
    st.text(HEX, min_size=32, max_size=32),
    st.text(HEX + "-G", min_size=36, max_size=36),
    st.text(max_size=40),
)


def keys(ids: list[str], kind: pa.DataType | None = None) -> list[tuple[int, int]]:
    high, low = event_keys(pa.array(ids, kind or pa.string()))
    return list(zip(high.tolist(), low.tolist(), strict=True))


@given(st.lists(IDS, max_size=30))
def test_a_key_stands_for_one_id_whatever_is_beside_it(ids: list[str]) -> None:
    together = keys(ids)
    assert together == [keys([item])[0] for item in ids]
    assert together == keys(ids, pa.large_string())
    assert len(set(together)) == len(set(ids))


def test_the_same_digits_in_another_shape_are_another_id() -> None:
    one = uuid.UUID(int=5)
    ids = [str(one), one.hex, str(one).upper(), one.hex[:24], one.hex[:16], "0" * 32, "0" * 24]
    assert len(set(keys(ids))) == len(set(ids))


def test_slices_are_read_at_their_place() -> None:
    ids = [f"{place:032x}" for place in range(10)] + ["plain", "é"]
    array = pa.array(ids)
    assert keys(ids)[3:] == list(
        zip(*(half.tolist() for half in event_keys(array.slice(3))), strict=True)
    )
    high, low = event_keys(pa.chunked_array([array.slice(0, 5), array.slice(5)]))
    assert list(zip(high.tolist(), low.tolist(), strict=True)) == keys(ids)


def test_ids_in_the_order_of_time_are_spread_evenly() -> None:
    # 4,096 ids that share their first 60 bits: a quarter of them each below each quarter,
    # give or take five standard deviations of 28.
    high, _ = event_keys(pa.array([f"{7:016x}{place:016x}" for place in range(4096)]))
    shares = [int((high >> np.uint64(62) == quarter).sum()) for quarter in range(4)]
    assert all(abs(share - 1024) < 140 for share in shares)


def test_short_texts_are_told_apart_by_every_byte_and_by_their_length() -> None:
    ids = ["", "\x00", "\x00\x00", "a", "a\x00", "b", "ab", "x" * 14, "x" * 15, "x" * 16]
    ids += ["x" * place + "y" + "x" * (14 - place) for place in range(15)]
    ids += ["é" * 7, "é" * 8, "0" * 15, "0" * 16]
    assert len(set(keys(ids))) == len(ids)
    # One that lies at the end of all text, and an empty one behind it.
    assert keys(["long " * 9, "abc", ""]) == [keys([each])[0] for each in ("long " * 9, "abc", "")]
    assert keys(["", ""]) == keys([""]) * 2


def test_no_ids_have_no_keys() -> None:
    assert keys([]) == []
