"""`Client`: takes events without a wait and brings them to Footfall in the background."""

from __future__ import annotations

import os
import threading
import time
from importlib import import_module

from footfall_client.bucket import Bucket
from footfall_client.encoding import Unfit, encode
from footfall_client.ending import at_end, watch
from footfall_client.errors import SettingError
from footfall_client.reports import Reports
from footfall_client.sender import Sender
from footfall_client.spool import Spool, default_folder, folder_name
from footfall_client.stats import Stats
from footfall_client.transport import IMPORTS, HttpTransport
from footfall_client.units import seconds, size

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from footfall_client.reports import Problem
    from footfall_client.transport import Transport

_LOCAL = "file://"
_BYTES_FOR_EACH = 4096
_AFTER_A_FAULT = 5.0


class Client:
    """Sends events to one source of Footfall.

    `url` is the server's address, and `key` a write key; or `url` is a lake folder of this
    machine (`file:///var/lib/footfall`), and `source` one of its sources. `every` and
    `batch` say how long and how many events are gathered; `bucket` is how many are kept in
    memory at most, what comes beyond is dropped and counted. While the server is away
    events lie in files below `spool` (True: a folder of the user's; False: nowhere) up to
    `spool_size`. `timeout` is the longest wait for the network, `at_exit` the longest delay
    of the process' end. `on_error` is called with a `Problem`, in the background.
    `is_enabled=False` makes a client that takes nothing. Raises `SettingError`.

    Only the constructor raises, and `flush` and `close` where a duration is none: all else
    is safe in a request of the host. A thread is started by the first event; a fork gives
    the child a client of its own.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        source: str = "",
        every: str = "1s",
        batch: int = 500,
        bucket: int = 10_000,
        spool: str | os.PathLike[str] | bool = True,
        spool_size: str = "64MiB",
        timeout: str = "10s",
        at_exit: str = "2s",
        on_error: Callable[[Problem], object] | None = None,
        is_enabled: bool = True,
        transport: Transport | None = None,
        chance: Callable[[], float] | None = None,
    ) -> None:
        if batch < 1 or bucket < batch:
            raise SettingError(
                "bucket", f"a batch of {batch} does not fit into {bucket}: 1 <= batch <= bucket."
            )
        self._every = seconds("every", every)
        self._at_exit = seconds("at_exit", at_exit)
        self._batch = batch
        self._most = bucket
        self._chance = chance or _chance
        self.is_enabled = is_enabled
        self.reports = Reports(on_error)
        wait = seconds("timeout", timeout)
        self._transport = transport or _transport(url, key, source, wait)
        # Of the middleware's hashes, unless the host gives a better one.
        self.secret = key or str(getattr(self._transport, "secret", url))
        self._spool = _spool(url, source or key, spool, size("spool_size", spool_size))
        self._begin()
        watch(self)

    def capture(
        self,
        name: str,
        distinct_id: object = None,
        *,
        properties: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> bool:
        """Take an event; False if it was dropped. Neither waits nor raises.

        `columns` are those of an event (`url`, `referrer`, `session_id`, `timestamp`, …).
        Without `distinct_id` all events of this machine on one day are one visitor's.
        """
        try:
            columns["distinct_id"] = distinct_id
            line = encode(name, columns, properties, time.time_ns())
        except Unfit as error:
            return self._note(f"{error}.")
        except Exception as error:
            return self._note(f"an event {name!r} could not be written: {error!r}.")
        return self._put(line)

    def identify(
        self,
        distinct_id: object,
        anonymous_id: object = None,
        *,
        properties: Mapping[str, Any] | None = None,
        **columns: Any,
    ) -> bool:
        """Say who is known now: events of `anonymous_id` are those of `distinct_id`."""
        columns["anonymous_id"] = anonymous_id
        return self.capture("identify", distinct_id, properties=properties, **columns)

    def alias(self, distinct_id: object, other_id: object) -> bool:
        """Say that two ids are the same actor's, to be called `distinct_id` from now on."""
        return self.capture("alias", distinct_id, anonymous_id=other_id)

    def flush(self, timeout: str = "5s") -> bool:
        """Send all there is; True if all arrived within `timeout`.

        If not, the events wait (in the spool, where there is one) and are sent later. A
        server that asked for a pause is not tried before its end. Raises `SettingError`
        where `timeout` is no duration.
        """
        wait = seconds("timeout", timeout)
        if self._is_closed or (not self._has_thread and not self._start()):
            return self._sender.is_clear
        with self._changed:
            self._asked += 1
            ticket = self._asked
            self._hurry.set()
            self._wake.set()
            self._changed.wait_for(lambda: self._answered >= ticket, wait)
            return self._answered >= ticket and self._was_clear

    def close(self, timeout: str | None = None) -> None:
        """Send or spool what there is, within `timeout` (else `at_exit`).

        What is captured afterwards is dropped. Closing again does nothing. Raises
        `SettingError` where `timeout` is no duration.
        """
        wait = self._at_exit if timeout is None else seconds("timeout", timeout)
        with self._changed:
            was_closed, self._is_closed = self._is_closed, True
        if was_closed:
            return
        thread = self._thread
        if thread is None or not thread.is_alive():
            if len(self._bucket):
                self._end()
            return
        self._hurry.set()
        self._wake.set()
        thread.join(wait)
        if thread.is_alive():
            self._sender.rescue()
            self._sender.give_up()

    @property
    def stats(self) -> Stats:
        """What became of the events that this process captured."""
        return Stats.of(self._bucket, self._sender, self._n_unfit)

    def after_fork(self) -> None:
        """Begin anew in the child of a fork: what the parent has, the parent sends."""
        was_closed = self._is_closed
        self._transport.forked()
        self._begin()
        self._is_closed = was_closed

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        self._bucket = Bucket(self._most, self._most * _BYTES_FOR_EACH)
        self._sender = Sender(
            self._bucket,
            self._transport,
            self._spool,
            self.reports,
            batch=self._batch,
            clock=time.monotonic,
            chance=self._chance,
        )
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._changed = threading.Condition()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._has_thread = self._is_closed = self._was_clear = False
        self._asked = self._answered = 0
        self._n_unfit = 0
        self._unfit = ""

    def _put(self, line: bytes) -> bool:
        if self._is_closed or not self.is_enabled:
            return False
        n_waiting = self._bucket.put(line)
        if not self._has_thread:
            self._start()
        if n_waiting == 1:
            self._wake.set()
        elif n_waiting >= self._batch and not self._hurry.is_set():
            self._hurry.set()
        return n_waiting > 0

    def _note(self, message: str) -> bool:
        """Leave a fault to the thread to report: a log handler may take its time."""
        self._n_unfit += 1
        self._unfit = message
        if self.is_enabled and not self._has_thread:
            self._start()
        return False

    def _start(self) -> bool:
        """Start the thread; False where that is not possible, as in a process that ends."""
        with self._starting:
            if self._has_thread:
                return True
            if self._is_closed or not self.is_enabled:
                return False
            # Not in the thread: it is told of forks from its import on, and one in between
            # would find half of it done.
            import_module("logging")
            thread = threading.Thread(target=self._run, name="footfall-client", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return False
            self._thread = thread
            self._has_thread = True
        at_end(self)
        return True

    def _run(self) -> None:
        self._load()
        pause = _AFTER_A_FAULT
        while not self._is_closed:
            if self._wake.wait(pause) and pause and len(self._bucket) < self._batch:
                self._hurry.wait(self._every)
            self._wake.clear()
            self._hurry.clear()
            pause = self._round()
        self._end()

    def _load(self) -> None:
        try:
            with IMPORTS:
                import_module("zlib")
                self._transport.load()
        except Exception as error:
            # Whether it is needed at all shows when something is sent.
            self.reports.say("internal", f"Something could not be imported: {error!r}.")

    def _round(self) -> float:
        asked = self._asked
        is_urgent = asked > self._answered
        pause = _AFTER_A_FAULT
        is_clear = False
        try:
            self._tell_unfit()
            pause = self._sender.step(is_urgent=is_urgent)
            while is_urgent and not pause and not self._is_closed:
                pause = self._sender.step(is_urgent=True)
            is_clear = is_urgent and self._sender.is_clear
        except Exception as error:
            self.reports.say("internal", f"A defect of the client: {error!r}; it goes on.")
        if is_urgent:
            with self._changed:
                self._answered, self._was_clear = asked, is_clear
                self._changed.notify_all()
        return pause

    def _end(self) -> None:
        try:
            self._tell_unfit()
            self._sender.step(is_urgent=True)
            self._sender.put_aside()
            self._sender.give_up()
            self._transport.close()
        except Exception as error:
            self.reports.say("internal", f"A defect of the client: {error!r}.")
        with self._changed:
            self._answered, self._was_clear = self._asked, self._sender.is_clear
            self._changed.notify_all()

    def _tell_unfit(self) -> None:
        message, self._unfit = self._unfit, ""
        if message:
            self.reports.say("unfit", message, 1)


def _chance() -> float:
    """A number from 0 to 1. The module `random` takes longer to import than all of this."""
    return int.from_bytes(os.urandom(4), "big") / 2**32


def _transport(url: str, key: str, source: str, timeout: float) -> Transport:
    if not url.startswith(_LOCAL):
        return HttpTransport(url, key, timeout=timeout)
    from footfall_client.local import LakeTransport

    return LakeTransport(url, source)


def _spool(
    url: str, origin: str, where: str | os.PathLike[str] | bool, most_bytes: int
) -> Spool | None:
    if where is False or (where is True and url.startswith(_LOCAL)):
        return None
    folder = default_folder() if where is True else os.fspath(where)
    return Spool(os.path.join(folder, folder_name(url, origin)), most_bytes)
