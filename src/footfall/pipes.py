"""Messages between a process and one that it started: of each its length, then its bytes.

Both ends are of one version and on one machine, and a pipe loses nothing: there is no checksum,
and no way to go on behind damage, as records of the journal have (`footfall.intake.segment`).
"""

from __future__ import annotations

from typing import BinaryIO, Final

_LENGTH_BYTES: Final = 8


def send(stream: BinaryIO, message: bytes) -> None:
    """Write one message."""
    stream.write(len(message).to_bytes(_LENGTH_BYTES, "big"))
    stream.write(message)
    stream.flush()


def receive(stream: BinaryIO) -> bytes | None:
    """The next message, or None when the other side is gone."""
    length = stream.read(_LENGTH_BYTES)
    if len(length) < _LENGTH_BYTES:
        return None
    n_bytes = int.from_bytes(length, "big")
    message = stream.read(n_bytes)
    return message if len(message) == n_bytes else None
