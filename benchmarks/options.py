"""Sizes of a run; the defaults are those of the figures in `docs/benchmarks.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What a benchmark needs to know.

    `work` keeps generated data, which later runs use again; `log` is an access log to
    make the long one of, in place of a generated one; `seconds` is the length of one
    load run; `commits` stand for a day of one commit a second; `questions` are those to ask,
    by name, all if there are none.
    """

    work: Path
    events: int = 20_000_000
    lines: int = 2_000_000
    log: Path | None = None
    seconds: float = 10.0
    connections: int = 64
    repeats: int = 5
    commits: int = 5_000
    commit_events: int = 200
    starts: int = 10
    own_load: bool = False
    questions: Sequence[str] = ()
