"""A proxy between clients and a server that spoils what goes through it, as told."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

FAULTS = ("none", "cut body", "cut answer", "no answer", "slow", "twice", "late")


class Proxy:
    """Passes each connection's bytes on to `port`, and does something to one in two.

    A request may be cut in its middle; its answer may be cut, or never come back; its bytes
    may drip; it may be sent once more behind its answer, or by itself after later ones.
    """

    def __init__(self, port: int, chance: random.Random) -> None:
        self._target = port
        self._chance = chance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.done = dict.fromkeys(FAULTS, 0)
        self.is_honest = False
        self._kept: list[bytes] = []
        self._threads = [threading.Thread(target=self._listen)]
        self._threads[0].start()

    def stop(self) -> None:
        """Take no more connections, and wait for those there are."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def replay(self) -> None:
        """Send every request that was kept for later, the last one first."""
        while self._kept:
            self._ask(self._kept.pop())

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(10)
        with client, contextlib.suppress(OSError):
            while request := _read_message(client):
                fault = "none" if self.is_honest else self._chance.choice(FAULTS[:1] * 5 + FAULTS)
                self.done[fault] += 1
                if not self._pass_on(client, request, fault):
                    return

    def _pass_on(self, client: socket.socket, request: bytes, fault: str) -> bool:
        """Whether the connection may be used for another request."""
        if fault == "cut body":
            self._ask(request[: len(request) - 1 - self._chance.randrange(len(request) // 2)], 0)
            return False
        answer = self._ask(request, is_slow=fault == "slow")
        if fault == "twice":
            self._ask(request)
        elif fault == "late":
            self._kept.append(request)
        elif fault == "cut answer":
            client.sendall(answer[: len(answer) // 2])
        if fault in ("cut answer", "no answer"):
            return False
        client.sendall(answer)
        return b"connection: close" not in answer.lower()

    def _ask(self, request: bytes, n_answers: int = 1, *, is_slow: bool = False) -> bytes:
        with socket.create_connection(("127.0.0.1", self._target), 10) as server:
            step = max(1, len(request) // 8) if is_slow else len(request)
            for place in range(0, len(request), step):
                server.sendall(request[place : place + step])
                time.sleep(0.02 * is_slow)
            return _read_message(server) if n_answers else b""


def _read_message(connection: socket.socket) -> bytes:
    """One whole request or answer, whose length its head tells; b"" at the end."""
    text = b""
    while b"\r\n\r\n" not in text:
        if not (part := connection.recv(65536)):
            return text
        text += part
    head, _, body = text.partition(b"\r\n\r\n")
    names = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    left = int(names.get(b"content-length", b"0")) - len(body)
    while left > 0 and (part := connection.recv(min(left, 65536))):
        text, left = text + part, left - len(part)
    return text


@contextmanager
def proxy(port: int, seed: int) -> Iterator[Proxy]:
    """A proxy until the block ends."""
    running = Proxy(port, random.Random(seed))
    try:
        yield running
    finally:
        running.stop()
