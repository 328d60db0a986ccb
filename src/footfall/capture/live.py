"""Streams that go on: taken in as they come, without anybody waiting for them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO, Final, cast

from footfall.capture.passage import Passage, Target
from footfall.capture.reading import is_packed
from footfall.capture.records import HEAD
from footfall.errors import InvalidEvents

_BLOCK: Final = 256 * 1024
_WAITING: Final = 32  # blocks that may lie ready before the sender has to wait
_PAUSE: Final = 0.2
_BREATH: Final = 1.0
"""Seconds after which what has come is stored, even if more is there already."""


class Pipe:
    """A stream on its way into a source, such as standard input.

    What it begins with tells whether it repeats a file that was taken in: then only what
    is new in it is stored.
    """

    def __init__(self, raw: BinaryIO, name: str, target: Target) -> None:
        self.is_done = False
        self._name = name
        self._target = target
        self._live = _Live(raw, target.stop)
        self._passage: Passage | None = None

    def run(self) -> None:
        """Take in everything, to the end of the stream or until asked to stop."""
        while (
            not self.is_done and not self._target.stop.is_set() and self._target.counts.halt is None
        ):
            self.look()

    def look(self) -> None:
        """Take in what has come, waiting a moment for more; what goes wrong ends it."""
        try:
            self._look()
        except InvalidEvents as error:
            self._target.counts.problems.append(error.message)
            self.is_done = True

    def close(self) -> None:
        """Nothing is held but a thread that ends with the process."""

    def _look(self) -> None:
        if self._passage is None:
            self._begin()
        if self._passage is not None:
            self._live.breathe()
            self._passage.drain(is_last=False)
            if self._live.is_at_end:
                self._passage.drain(is_last=True)
                self.is_done = True

    def _begin(self) -> None:
        if not self._live.has_head():
            return
        # What is packed cannot be read in part: there everybody waits for its end.
        self._live.is_patient = is_packed(self._live.ready)
        passage = Passage(cast("BinaryIO", self._live), self._name, self._target, is_growing=True)
        self._target.counts.files += 1
        self._target.positions.reload()
        offset = passage.find()
        if offset:
            self._live.is_patient = True
            passage.resume(offset)
            self._live.is_patient = passage.content.is_compressed
        self._passage = passage


class _Live:
    """A stream whose reading waits a moment at most; unless `is_patient`, then to its end."""

    def __init__(
        self,
        raw: BinaryIO,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.is_patient = False
        self._blocks: queue.Queue[bytes | OSError] = queue.Queue(_WAITING)
        self._ready = b""
        self._ended = False
        self._failure: OSError | None = None
        self._stop = stop
        self._clock = clock
        self._begun = self._breathed = clock()
        self._thread = threading.Thread(target=self._pump, args=(raw,), daemon=True)
        self._thread.start()

    @property
    def ready(self) -> bytes:
        """What has come and was not read yet."""
        return self._ready

    @property
    def is_at_end(self) -> bool:
        """Whether all has come and was read."""
        return self._ended and not self._ready

    def breathe(self) -> None:
        """Begin a reading that lasts for a second at most."""
        self._breathed = self._clock()

    def has_head(self) -> bool:
        """Whether enough has come to tell which file this is, or nothing more does for now."""
        if len(self._ready) < HEAD and not self._ended:
            self._wait()
        if len(self._ready) >= HEAD or self._ended:
            return True
        return b"\n" in self._ready and self._clock() - self._begun > _BREATH

    def read(self, most: int) -> bytes:
        """Up to `most` bytes of what has come; none when it is time to store that.

        Raises `OSError` behind the last byte of a stream that could not be read on.
        """
        if not self.is_patient and self._clock() - self._breathed > _BREATH:
            return b""
        if not self._ready and not self._ended:
            self._wait()
            while self.is_patient and not (self._ready or self._ended or self._stop.is_set()):
                self._wait()
        if not self._ready and self._failure is not None:
            raise self._failure
        data, self._ready = self._ready[:most], self._ready[most:]
        return data

    def _wait(self) -> None:
        try:
            block = self._blocks.get(timeout=_PAUSE)
        except queue.Empty:
            return
        if isinstance(block, OSError):
            self._failure = block
        else:
            self._ready += block
        self._ended = self._failure is not None or not block

    def _pump(self, raw: Any) -> None:
        # Unbuffered: at the end of the process nobody may hold the lock of a buffer.
        unbuffered = getattr(raw, "raw", raw)
        read = getattr(unbuffered, "read1", unbuffered.read)
        end: bytes | OSError = b""
        try:
            while block := read(_BLOCK):
                self._blocks.put(block)
        except OSError as error:
            end = error
        except ValueError as error:  # it was closed meanwhile
            end = OSError(str(error))
        finally:
            # Whatever happens, nobody is left waiting for more.
            self._blocks.put(end)
