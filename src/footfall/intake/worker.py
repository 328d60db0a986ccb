"""A process that writes to the lake for a server, so that answering has a processor of its own.

Started when there is something to do, it leaves when it had nothing to do for a while, and
takes the memory with it that writing needs.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, TypeVar

from footfall.errors import FootfallError, InternalError, LakeError
from footfall.intake.reader import JournalReader
from footfall.intake.standing import Moved, Standing
from footfall.intake.upkeep import Kept
from footfall.intake.worker_wire import (
    Answer,
    Command,
    Done,
    Failed,
    Maintain,
    Move,
    Prepare,
    Prepared,
    Progress,
    Said,
    decode_answer,
    encode,
)
from footfall.pipes import receive, send

IDLE_SECONDS: Final = 30.0
"""Without work for so long, the process leaves."""

_COMMAND: Final = [sys.executable, "-P", "-m", "footfall.intake.worker_child"]
# What it writes when its input ends is little.
_GRACE_SECONDS: Final = 30.0
_MAX_STARTS: Final = 3

A = TypeVar("A", Prepared, Done, Kept)


class _Ended(InternalError):
    """The process died before it answered."""


class Worker:
    """At most one process, started anew whenever one is needed and there is none.

    Safe to use from several threads; it does one thing after another. Errors in it are
    raised here: `LakeError` for those that are expected of a lake, else `InternalError`, also
    where the process died.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._lock = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process, if there is one now."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def launch(self) -> None:
        """Start the process without waiting for it, if there is none."""
        with self._lock:
            self._running()

    def prepare(self, journal: JournalReader) -> int:
        """The furthest offset of this journal that the lake has seen, or -1.

        Without it no server starts: a process that dies over it is started again.
        """
        for _ in range(1, _MAX_STARTS):
            with suppress(_Ended):
                return self._ask(Prepare(journal.id), Prepared).reached
        return self._ask(Prepare(journal.id), Prepared).reached

    def move(
        self,
        journal: JournalReader,
        standing: Standing,
        end: int,
        report: Callable[[Standing], None],
    ) -> tuple[Moved, Standing]:
        """What was moved up to `end`, and how the journal stands then."""
        done = self._ask(Move(journal.id, journal.limits, standing, end), Done, report)
        return done.moved, done.standing

    def look_after(self, source: str) -> Kept:
        """What one round of maintenance of a source's table did."""
        return self._ask(Maintain(source), Kept)

    def rest(self) -> None:
        """Let the process go if it had nothing to do for a while; call now and then."""
        with self._lock:
            if self._process and self._clock() - self._used_at >= IDLE_SECONDS:
                self.close()

    def close(self) -> None:
        """End the process once it has done what it was asked for."""
        with self._lock:
            process, self._process = self._process, None
            if process is None:
                return
            with suppress(OSError):
                _pipe(process.stdin).close()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _pipe(process.stdout).close()

    def _ask(
        self,
        command: Command,
        kind: type[A],
        report: Callable[[Standing], None] = lambda _standing: None,
    ) -> A:
        with self._lock:
            process = self._running()
            try:
                send(_pipe(process.stdin), encode(command))
                while (message := receive(_pipe(process.stdout))) is not None:
                    answer = decode_answer(message)
                    if isinstance(answer, kind):
                        return answer
                    if isinstance(answer, Failed):
                        raise _error(answer)
                    self._pass_on(answer, report)
            except OSError as error:
                raise self._gone(process) from error
            finally:
                self._used_at = self._clock()
            raise self._gone(process)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._used_at = self._clock()
        self._process = subprocess.Popen(  # noqa: S603 - a command of our own
            [*_COMMAND, str(self._root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self._process

    def _pass_on(self, answer: Answer, report: Callable[[Standing], None]) -> None:
        """Take what comes before the answer that is waited for."""
        try:
            if isinstance(answer, Progress):
                report(answer.standing)
            elif isinstance(answer, Said):
                logging.getLogger(answer.logger).log(answer.level, "%s", answer.message)
        except BaseException:
            # What it says from now on would be taken for the answer to another question.
            self.close()
            raise

    def _gone(self, process: subprocess.Popen[bytes]) -> _Ended:
        self.close()
        return _Ended(f"The process that writes to the lake ended: {process.returncode}.")


def _error(failed: Failed) -> FootfallError:
    return (LakeError if failed.code else InternalError)(failed.message)


def _pipe(pipe: IO[bytes] | None) -> Any:
    if pipe is None:
        raise InternalError("The process that writes to the lake has no pipe.")
    return pipe
