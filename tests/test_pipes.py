"""Messages between processes arrive whole or not at all."""

from __future__ import annotations

from io import BytesIO

import pytest

from footfall.pipes import receive, send


def written(*messages: bytes) -> bytes:
    stream = BytesIO()
    for message in messages:
        send(stream, message)
    return stream.getvalue()


def test_messages_come_out_as_they_went_in() -> None:
    stream = BytesIO(written(b"one", b"", b"\x00" * 70_000))
    assert [receive(stream) for _ in range(4)] == [b"one", b"", b"\x00" * 70_000, None]


def test_the_length_stands_first() -> None:
    assert written(b"ab") == b"\x00\x00\x00\x00\x00\x00\x00\x02ab"


@pytest.mark.parametrize("n_bytes", [0, 1, 7, 8, 9, 10])
def test_a_message_cut_short_is_none(n_bytes: int) -> None:
    assert receive(BytesIO(written(b"abc")[:n_bytes])) is None
