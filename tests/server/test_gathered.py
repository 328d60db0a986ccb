from __future__ import annotations

import asyncio
from typing import Any, cast

from footfall.server.gathered import Gathered, gathered


class Transport:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.sent.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


def run(work: Any) -> list[bytes]:
    """What is sent when `work` writes to a gathered transport."""
    transport = Transport()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await work(Gathered(cast("asyncio.Transport", transport), loop))

    asyncio.run(main())
    return transport.sent


def test_an_answer_leaves_in_one_piece_and_each_by_itself() -> None:
    async def work(transport: Gathered) -> None:
        for body in (b"one", b"two"):
            transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
            transport.write(body)

    assert run(work) == [b"HTTP/1.1 200 OK\r\n\r\none", b"HTTP/1.1 200 OK\r\n\r\ntwo"]


def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    sent: list[list[bytes]] = []

    async def work(transport: Gathered) -> None:
        transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
        assert cast("Any", transport).sent == []
        await asyncio.sleep(0)
        sent.append(list(cast("Any", transport).sent))
        transport.write(b"data: 1\n\n")
        await asyncio.sleep(0)

    assert run(work) == [b"HTTP/1.1 200 OK\r\n\r\n", b"data: 1\n\n"]
    assert sent == [[b"HTTP/1.1 200 OK\r\n\r\n"]]


def test_a_head_without_a_body_is_sent_before_the_end() -> None:
    async def work(transport: Gathered) -> None:
        transport.write(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        transport.close()
        assert transport.is_closing()

    assert run(work) == [b"HTTP/1.1 408 Request Timeout\r\n\r\n"]


def test_a_protocol_writes_through_it() -> None:
    class Protocol(asyncio.Protocol):
        transport: Any
        loop: asyncio.AbstractEventLoop

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.loop = asyncio.get_running_loop()
            self.transport = transport

    transport = Transport()

    async def main() -> None:
        protocol: Any = gathered(Protocol)()
        protocol.connection_made(transport)
        protocol.transport.write(b"HTTP/1.1 200 OK\r\n\r\n")
        assert transport.sent == []

    asyncio.run(main())
    assert transport.sent == [b"HTTP/1.1 200 OK\r\n\r\n"]
