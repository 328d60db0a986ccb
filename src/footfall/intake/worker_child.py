"""The process that writes to the lake for a server: `python -m footfall.intake.worker_child`.

It reads commands from standard input and answers on standard output until its input ends,
as it does when the server is gone. What it logs is an answer, too.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import BinaryIO, Final

from footfall.errors import FootfallError
from footfall.intake.carrier import Carrier
from footfall.intake.journal import JOURNALS
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.reader import JournalReader
from footfall.intake.upkeep import look_after
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
    decode_command,
    encode,
)
from footfall.lake.folder import LakeFolder
from footfall.pipes import receive, send

# A signal that asks to end may reach every process of a group: the server decides, and
# closes the pipe once everything is moved.
_IGNORED: Final = ("SIGINT", "SIGTERM", "SIGBREAK", "SIGHUP")

# New objects after which Python looks for cycles, and how many looks until it looks further:
# a slice makes very many that have none in them.
_THRESHOLDS: Final = (20_000, 20, 20)


def main() -> None:
    """Serve until the input ends."""
    for name in _IGNORED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    # Whatever prints something must not disturb the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        serve(Path(sys.argv[1]), sys.stdin.buffer, answers)
    except BrokenPipeError:
        # The server is gone; where each source stands is in the lake.
        os._exit(0)


def serve(root: Path, commands: BinaryIO, answers: BinaryIO) -> None:
    """Answer every command of a stream."""
    speaker = _Speaker(answers)
    logging.getLogger().addHandler(speaker)
    logging.getLogger().setLevel(logging.INFO)
    lake = LakeFolder.open(root)
    with Ledger(lake.root / FILE_NAME) as ledger:
        servant = _Servant(lake, ledger, speaker)
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        while (message := receive(commands)) is not None:
            speaker.say(servant.answer(decode_command(message)))
        lake.close()


class _Servant:
    """Does what is asked for, one thing after another."""

    def __init__(self, lake: LakeFolder, ledger: Ledger, speaker: _Speaker) -> None:
        self._lake = lake
        self._ledger = ledger
        self._carrier = Carrier(lake, ledger)
        self._speaker = speaker
        self._journals: dict[str, JournalReader] = {}

    def answer(self, command: Command) -> Answer:
        """The last answer to a command."""
        try:
            return self._do(command)
        except BrokenPipeError:
            raise
        except FootfallError as error:
            return Failed(error.code, str(error))
        except Exception as error:
            logging.getLogger(__name__).exception("%s failed", type(command).__name__)
            return Failed("", f"{type(error).__name__}: {error}")

    def _do(self, command: Command) -> Answer:
        match command:
            case Prepare():
                return Prepared(self._carrier.prepare(self._journal(command.journal)))
            case Move():
                return self._move(command)
            case Maintain():
                return look_after(self._lake, self._ledger, command.source)

    def _move(self, command: Move) -> Done:
        journal = self._journal(command.journal)
        journal.look_at(command.limits)
        moved, standing = self._carrier.move(
            journal,
            command.standing,
            command.end,
            lambda standing: self._speaker.say(Progress(standing)),
        )
        return Done(moved, standing)

    def _journal(self, name: str) -> JournalReader:
        known = self._journals.get(name)
        if known is None:
            known = self._journals[name] = JournalReader(self._lake.root / JOURNALS / name)
        return known


class _Speaker(logging.Handler):
    """Says answers and log lines, each as a whole."""

    def __init__(self, answers: BinaryIO) -> None:
        super().__init__()
        self._answers = answers
        self._lock = threading.Lock()

    def say(self, answer: Answer) -> None:
        """Send an answer."""
        with self._lock:
            send(self._answers, encode(answer))

    def emit(self, record: logging.LogRecord) -> None:
        """Send a log line."""
        self.say(Said(record.name, record.levelno, self.format(record)))


if __name__ == "__main__":
    main()
