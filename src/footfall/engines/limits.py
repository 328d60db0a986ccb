"""What is said when a query used up its time, memory or rows, or was cancelled."""

from __future__ import annotations

from footfall.errors import Cancelled, LimitExceeded


def cancelled() -> Cancelled:
    """Somebody set the token."""
    return Cancelled("The query was cancelled before it ended.")


def too_slow(seconds: float) -> LimitExceeded:
    """Time is used up."""
    return LimitExceeded(
        f"The query ran longer than {seconds:g} seconds. Ask for a shorter time range or fewer "
        "dimensions, or raise [query] timeout in footfall.toml.",
        parameter="timeout",
    )


def too_large(memory: str) -> LimitExceeded:
    """Memory is used up."""
    return LimitExceeded(
        f"The query needs more than the {memory or 'memory'} it may use. Ask for a shorter time "
        "range or fewer dimensions, or raise [query] memory in footfall.toml.",
        parameter="memory",
    )


def too_many_rows(rows: int) -> LimitExceeded:
    """Rows are used up."""
    return LimitExceeded(
        f"The answer has more than {rows} rows. Add a LIMIT or a condition, "
        "or raise [query] max_rows in footfall.toml.",
        parameter="max_rows",
    )
