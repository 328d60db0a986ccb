"""Structured logs on standard error: lines for people at a terminal, JSON otherwise."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, TextIO, cast

import structlog
from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor, WrappedLogger

from footfall.intake.issued import without_secrets

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)

_ADVICE = ("Unsupported upgrade request", "No supported WebSocket library")


def configure_logs(*, as_json: bool | None = None, stream: TextIO | None = None) -> None:
    """Send this process' logs to `stream` (standard error).

    JSON where `as_json`, or, unless that is given, where `FOOTFALL_LOG=json` or the stream
    is not a terminal.
    """
    target = cast("TextIO", sys.stderr) if stream is None else stream
    if as_json is None:
        as_json = os.environ.get("FOOTFALL_LOG", "") == "json" or not target.isatty()
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    _route_standard_logging(target, as_json)


def _route_standard_logging(stream: TextIO, as_json: bool) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_SHARED),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderer(as_json, stream),
                _masked,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # Our own line per request says more; starting and stopping is told by `serve`.
    for name in ("uvicorn", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_of_use)


def _is_of_use(record: logging.LogRecord) -> bool:
    """Not the advice to install WebSockets, which some trackers try on every page."""
    return not record.getMessage().startswith(_ADVICE)


def _masked(_logger: WrappedLogger, _name: str, line: Any) -> str:
    """The line that was written, without write keys and tokens: an address may name one."""
    return without_secrets(str(line).encode("utf-8", "surrogatepass")).decode(
        "utf-8", "surrogatepass"
    )


def _renderer(as_json: bool, stream: TextIO) -> list[Processor]:
    # Never with local variables: they hold tokens and people's data.
    if as_json:
        tracebacks = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        return [tracebacks, structlog.processors.JSONRenderer()]
    colors = stream.isatty() and "NO_COLOR" not in os.environ
    return [ConsoleRenderer(colors=colors, exception_formatter=plain_traceback)]
