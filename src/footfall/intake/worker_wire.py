"""Messages between a server and its workers, the processes that write to the lake for it."""

from __future__ import annotations

from typing import BinaryIO, Final

import msgspec

from footfall.intake.standing import Moved, Standing
from footfall.intake.upkeep import Kept

_LENGTH_BYTES: Final = 4


class Prepare(msgspec.Struct, tag=True):
    """Mend the ledger, and say how far the lake has seen this journal: `Prepared`."""

    journal: str


class Move(msgspec.Struct, tag=True):
    """Move a journal up to `end`: any number of `Progress`, then `Done`.

    `limits` are its segments' files, and the offset where the sound part of each ends.
    """

    journal: str
    limits: dict[str, int]
    standing: Standing
    end: int


class Maintain(msgspec.Struct, tag=True):
    """Look after one source's table: `Kept`."""

    source: str


class Prepared(msgspec.Struct, tag=True):
    """The furthest offset seen, or -1."""

    reached: int


class Progress(msgspec.Struct, tag=True):
    """How a journal stands while it is moved."""

    standing: Standing


class Done(msgspec.Struct, tag=True):
    """What was moved, and how the journal stands now."""

    moved: Moved
    standing: Standing


class Failed(msgspec.Struct, tag=True):
    """A request failed with this error; `code` is that of its class, if it is of ours."""

    code: str
    message: str


class Said(msgspec.Struct, tag=True):
    """A line for the log of the server."""

    logger: str
    level: int
    message: str


Request = Prepare | Move | Maintain
Answer = Prepared | Progress | Done | Kept | Failed | Said

_encoder = msgspec.msgpack.Encoder()
request_decoder = msgspec.msgpack.Decoder(Request)
answer_decoder = msgspec.msgpack.Decoder(Answer)


def send(stream: BinaryIO, message: Request | Answer) -> None:
    """Write one message: its length, then its bytes."""
    payload = _encoder.encode(message)
    stream.write(len(payload).to_bytes(_LENGTH_BYTES, "big") + payload)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """The next message, or None when the other side is gone."""
    length = stream.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    n_bytes = int.from_bytes(length, "big")
    payload = stream.read(n_bytes)
    return payload if len(payload) == n_bytes else None
