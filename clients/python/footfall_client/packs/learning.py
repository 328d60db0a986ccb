"""A learning platform: sessions and exercises with their durations, visits, errors."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from footfall_client.current import capture
from footfall_client.naming import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

EVENTS = {
    "session.start": "a learner logged in",
    "session.end": "a learner logged out",
    "exercise.start": "a learner began an exercise",
    "exercise.end": "a learner ended an exercise; `duration` in seconds, if its start is known",
    "visit": "a page was looked at",
    "error": "the platform failed; `kind` is the class of the exception",
}

DONE = "201 202 204 3xx"


def rules(
    exercises: str = "/exercises",
    login: str = "/login",
    logout: str = "/logout",
    *,
    slash: str = "/",
    done: str = DONE,
) -> list[Rule]:
    """Rules for paths such as `/exercises/<exercise>/start/`; errors are recorded without one.

    A rule cannot know when the exercise was begun: for durations let the views call
    `start_exercise` and `end_exercise`, and leave out the rules of the two.
    """
    one = f"{exercises}/<exercise>"
    return [
        Rule("POST", login + slash, "session.start", status=done),
        Rule("GET POST", logout + slash, "session.end", status=f"200 {done}"),
        Rule("POST", f"{one}/start{slash}", "exercise.start", status=f"200 {done}"),
        Rule("POST", f"{one}/end{slash}", "exercise.end", status=f"200 {done}"),
        Rule("GET", "*", "visit"),
    ]


def start_exercise(
    exercise: str, *, clock: Callable[[], float] = time.time, **properties: Any
) -> float:
    """Capture the start; returns its time, for the host to keep (in its session, say)."""
    started = clock()
    capture("exercise.start", properties={"exercise": exercise, **properties})
    return started


def end_exercise(
    exercise: str,
    started: float | None = None,
    *,
    clock: Callable[[], float] = time.time,
    **properties: Any,
) -> None:
    """Capture the end, with the seconds since `started` if that is known."""
    about: dict[str, Any] = {"exercise": exercise, **properties}
    if started is not None:
        about["duration"] = round(max(clock() - started, 0.0), 3)
    capture("exercise.end", properties=about)


@contextmanager
def exercise(
    name: str, *, clock: Callable[[], float] = time.time, **properties: Any
) -> Generator[None]:
    """Capture start and end of what happens inside; `is_failed` where it raised."""
    started = start_exercise(name, clock=clock, **properties)
    try:
        yield
    except BaseException:
        end_exercise(name, started, clock=clock, is_failed=True, **properties)
        raise
    end_exercise(name, started, clock=clock, **properties)
