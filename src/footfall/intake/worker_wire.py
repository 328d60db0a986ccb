"""Messages between a server and its workers, the processes that write to the lake for it."""

from __future__ import annotations

import msgspec

from footfall.intake.standing import Moved, Standing
from footfall.intake.upkeep import Kept


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
    """A command failed with this error; `code` is that of its class, if it is of ours."""

    code: str
    message: str


class Said(msgspec.Struct, tag=True):
    """A line for the log of the server."""

    logger: str
    level: int
    message: str


Command = Prepare | Move | Maintain
Answer = Prepared | Progress | Done | Kept | Failed | Said

encode = msgspec.msgpack.Encoder().encode
decode_command = msgspec.msgpack.Decoder(Command).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode
