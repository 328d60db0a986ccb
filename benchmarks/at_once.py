"""A server that reads each request and answers at once: `python -m benchmarks.at_once PORT`.

It runs on the same HTTP server with the same settings as Footfall's and keeps nothing, so
it shows what receiving and answering alone cost.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

Message = dict[str, Any]

_ANSWER = b'{"stored":1,"duplicates":0,"rejected":[]}'
_START: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_ANSWER)).encode()),
    ],
}
_BODY: Message = {"type": "http.response.body", "body": _ANSWER}


async def answer(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Read the whole body, then say that all is well."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send(_START)
    await send(_BODY)


def main(port: int) -> None:
    uvicorn.run(
        answer,
        host="127.0.0.1",
        port=port,
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
