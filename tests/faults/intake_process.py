"""A process that takes events in over a plain socket: the intake without the server."""

from __future__ import annotations

import asyncio
import json
from multiprocessing.connection import Connection
from pathlib import Path

from footfall.errors import ExposedError
from footfall.intake.intake import Intake
from footfall.intake.worker import Worker
from footfall.lake.folder import LakeFolder


def serve(root: Path, ready: Connection, *, is_apart: bool = False) -> None:
    """Answer each line, a JSON array of events, with a line that holds the receipt.

    Where `is_apart`, a process of its own moves the events, as it does for a server.
    """
    asyncio.run(_serve(root, ready, Worker(root) if is_apart else None))


async def _serve(root: Path, ready: Connection, worker: Worker | None) -> None:
    intake = Intake.open(LakeFolder.open(root), carriage=worker)
    intake.start()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            try:
                answer = (await intake.accept("web", line)).to_dict()
            except ExposedError as error:
                answer = {"error": error.code}
            writer.write(json.dumps(answer).encode() + b"\n")

    server = await asyncio.start_server(handle, "127.0.0.1", 0, limit=2**20)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()
