"""The way into a lake folder of this machine, for set-ups without a server.

A batch is acknowledged when it is in a journal of the lake. The journal is let go of after
each batch, so that whoever comes next moves its events into the tables: a running server
within a minute, else this process itself when nothing is left to send.
"""

from __future__ import annotations

import os
import time
from contextlib import closing
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from footfall_client.errors import MissingPackage, SettingError
from footfall_client.reports import LOGGER
from footfall_client.transport import IMPORTS, Outcome
from footfall_client.units import seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_NEVER = "never"
_MOVE_EVERY = "10s"
_PROTOCOL = "client"
_SEGMENT_BYTES = 8 * 2**20
_MOVING = ("pyarrow.compute", "deltalake", "footfall.intake.columns", "footfall.intake.enrich",
           "footfall.lake.properties", "footfall.lake.table")  # fmt: skip
# Some of those import it, which Python refuses once the process has begun to end: a short
# script moves for the first time just then.
_BEFORE_THE_END = "concurrent.futures.thread"


class LakeTransport:
    """Writes into `file:///path/of/the/lake`; `?move=30s` or `?move=never` says how often
    this process moves what was written into the tables.

    Raises `MissingPackage` without the package `footfall`, and `SettingError` where there is
    no such lake or source.
    """

    def __init__(
        self, url: str, source: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, move = read_url(url)
        self._source = source
        self._move_every = float("inf") if move == _NEVER else seconds("move", move)
        self._clock = clock
        self._moved_at = clock()
        # What an earlier process left is to be moved as well.
        self._is_moved = False
        if move != _NEVER:
            import_module(_BEFORE_THE_END)
        with self._open() as lake:
            self._check_source(lake)
            self.secret: str = lake.secret.hex()

    def load(self) -> None:
        """Import what writing needs; what moving needs comes with the first move."""
        for name in ("accept", "decode", "journal", "payload", "request"):
            import_module(f"footfall.intake.{name}")

    def send(self, body: bytes) -> Outcome:
        """Write a batch into a journal, durably."""
        errors = import_module("footfall.errors")
        try:
            return self._write(body)
        except errors.TooLarge as error:
            return Outcome("large", str(error))
        except (errors.Overloaded, errors.InternalError, OSError) as error:
            return Outcome("later", f"{self._path}: {error}")
        except errors.FootfallError as error:
            return Outcome("refused", str(error))

    def idle(self) -> float:
        """Move what was written, if it is time; seconds until it is."""
        if self._is_moved:
            return float("inf")
        wait = self._moved_at + self._move_every - self._clock()
        if wait > 0:
            return wait
        self._try_to_move()
        return self._move_every

    def forked(self) -> None:
        """Nothing is held between batches, so a child has nothing to let go of."""

    def close(self) -> None:
        """Move what was written."""
        if not self._is_moved and self._move_every < float("inf"):
            self._try_to_move()

    def _write(self, body: bytes) -> Outcome:
        from footfall.intake.accept import Acceptor
        from footfall.intake.decode import unpack
        from footfall.intake.journal import JOURNALS, Journal
        from footfall.intake.payload import Context
        from footfall.intake.request import PendingRequest
        from footfall.model.time import to_epoch_us, utc_now
        from footfall.settings import parse_size

        with self._open() as lake:
            settings = lake.settings.intake
            text = unpack(body, "gzip", parse_size(settings.max_body))
            now = utc_now()
            source = lake.source(self._source)
            accepted = Acceptor(settings).accept(source, text, Context(), now)
            request = PendingRequest(source.name, to_epoch_us(now), _PROTOCOL, Context(), accepted)
            folder = lake.root / JOURNALS
            with closing(Journal.open(folder, segment_bytes=_SEGMENT_BYTES)) as journal:
                journal.commit([request.payload])
        self._is_moved = False
        receipt = request.receipt()
        rejected = tuple(f"{item.code}: {item.reason}" for item in receipt.rejected)
        return Outcome("stored", stored=receipt.stored, rejected=rejected)

    def _try_to_move(self) -> None:
        """Move; if that fails the events are safe, and the next one who comes tries again."""
        self._moved_at = self._clock()
        try:
            self._move()
        except Exception:
            import logging

            logging.getLogger(LOGGER).exception("events wait in the journals of %s", self._path)

    def _move(self) -> None:
        with IMPORTS:
            for name in _MOVING:
                import_module(name)
        from footfall.intake.carrier import Carrier
        from footfall.intake.chores import adopt
        from footfall.intake.ledger import FILE_NAME, Ledger

        with self._open() as lake, Ledger(lake.root / FILE_NAME) as ledger:
            adopt(lake, Carrier(lake, ledger))
        self._is_moved = True

    def _open(self) -> Any:
        try:
            folder = import_module("footfall.lake.folder")
        except ModuleNotFoundError as error:
            raise MissingPackage(
                f"A lake folder as url ({self._path}) needs the package footfall in this "
                "environment: `pip install -e .` in its checkout, or give a server's address."
            ) from error
        try:
            return closing(folder.LakeFolder.open(self._path))
        except import_module("footfall.errors").LakeNotFound as error:
            raise SettingError("url", str(error)) from error

    def _check_source(self, lake: Any) -> None:
        try:
            lake.source(self._source)
        except import_module("footfall.errors").NotFound as error:
            raise SettingError("source", str(error)) from error


def read_url(url: str) -> tuple[str, str]:
    """Path of the lake and how often to move; raises `SettingError`.

    >>> read_url("file:///var/lib/footfall?move=1m")
    ('/var/lib/footfall', '1m')
    """
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost") or not parts.path.strip("/"):
        raise SettingError("url", f"{url!r} is not a folder such as 'file:///var/lib/footfall'.")
    path = unquote(parts.path)
    if os.name == "nt":
        path = path.lstrip("/")
    return path, parse_qs(parts.query).get("move", [_MOVE_EVERY])[0]
