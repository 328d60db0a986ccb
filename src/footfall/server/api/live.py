"""News of changed tables as a stream of server-sent events."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Final

import msgspec
from fastapi import APIRouter
from starlette.responses import StreamingResponse

from footfall.server.api.common import ERRORS, PREFIX, answer_of
from footfall.server.api.parameters import OnlySource
from footfall.server.auth import Viewer
from footfall.server.grants import SKEW, Grant
from footfall.server.live import News
from footfall.server.narrowing import check_source
from footfall.server.state import WithState

router = APIRouter(prefix=PREFIX, tags=["live"], responses=ERRORS)

# A stream ends after a while and the browser opens it anew, so that a token or session that
# was taken back meanwhile does not listen on.
LONGEST: Final = 600.0

_EXAMPLE = 'data: {"source":"web","version":42,"n_stored":3,"at":"2026-11-01T12:00:00Z"}\n\n'


@router.get(
    "/live",
    operation_id="listen",
    summary="Listen for news",
    response_class=StreamingResponse,
    responses={200: answer_of("A stream that stays open.", _EXAMPLE, "text/event-stream")},
)
async def listen(
    state: WithState,
    who: Viewer,
    source: OnlySource = None,
) -> StreamingResponse:
    """An event whenever a table has new events, within about two seconds (`EventSource`)."""
    longest = LONGEST
    if who.grant:
        source = source or who.grant.source
        check_source(source, who.grant)
        longest = min(LONGEST, (who.grant.ends - state.clock() + SKEW).total_seconds())
    if source:
        await state.work.quick(lambda: state.lake.source(source))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    heard = state.live.listen()
    # Before the answer begins: who sees that the stream is open misses nothing that comes later.
    await anext(heard)
    stream = _stream(heard, source or None, longest, who.grant)
    return StreamingResponse(stream, headers=headers, media_type="text/event-stream")


async def _stream(
    heard: AsyncGenerator[News | None],
    source: str | None,
    longest: float,
    grant: Grant | None,
) -> AsyncIterator[bytes]:
    end = time.monotonic() + longest
    yield b"retry: 2000\n\n"
    async with aclosing(heard):
        async for news in heard:
            if news is None:
                yield b": still here\n\n"
            elif source in (None, news.source):
                yield b"data: " + _told(news, grant) + b"\n\n"
            if time.monotonic() > end:
                return


def _told(news: News, grant: Grant | None) -> bytes:
    # How many events came may be told of those alone that the token shows, so it is not.
    return msgspec.json.encode({"source": news.source} if grant else news)
