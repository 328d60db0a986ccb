"""What went wrong, told to the log and to the host's own hook, and not over and over."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

LOGGER = "footfall_client"


class Problem:
    """Something that went wrong, for the hook `on_error`.

    `code` is stable: "full" (bucket or spool full, events dropped), "unfit" (not an event),
    "away" (the server cannot be reached, events wait), "refused" (the server will not take
    them, events dropped), "rejected" (kept by the server as rejects), "spool" (the spool
    cannot be used), "hook" (a hook of the host raised), "internal" (a defect).
    """

    __slots__ = ("code", "message", "n_events")

    def __init__(self, code: str, message: str, n_events: int = 0) -> None:
        self.code = code
        self.message = message
        self.n_events = n_events

    def __repr__(self) -> str:
        return f"Problem({self.code!r}, {self.message!r}, n_events={self.n_events})"


class Reports:
    """Tells the hook of each problem, and the log of the first of its kind.

    After `settle` the next one is logged again.
    """

    def __init__(self, on_error: Callable[[Problem], object] | None = None) -> None:
        self._on_error = on_error
        self._said: set[str] = set()

    def say(self, code: str, message: str, n_events: int = 0) -> None:
        """Report a problem; never raises."""
        if code not in self._said:
            self._said.add(code)
            _log(f"{message} (told once until it is mended)")
        if self._on_error is None:
            return
        try:
            self._on_error(Problem(code, message, n_events))
        except Exception as error:
            if "on_error" not in self._said:
                self._said.add("on_error")
                _log(f"The hook on_error raised {error!r}.")

    def settle(self, *codes: str) -> None:
        """Take note that it is well again."""
        self._said.difference_update(codes)


def events(n_events: int, one: str, more: str) -> str:
    """How many events, with the verb for one or for more.

    >>> events(1, "is", "are"), events(2, "is", "are")
    ('1 event is', '2 events are')
    """
    return f"1 event {one}" if n_events == 1 else f"{n_events} events {more}"


def _log(message: str) -> None:
    # Taking in `logging` costs as much time as all the rest, and hosts mostly have it anyway.
    import logging

    logging.getLogger(LOGGER).warning("%s", message)
