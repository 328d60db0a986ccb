"""Rejects of a request: the body that cannot be read, and each event's index in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from footfall.errors import InvalidEvents
from footfall.intake.ledger import MAX_RAW
from footfall.intake.payload import RejectItem


def unreadable(body: bytes, error: InvalidEvents) -> RejectItem:
    """The reject that keeps a body which could not be read as a whole."""
    return RejectItem(0, error.code, error.message, body[: MAX_RAW + 1])


def indexed(
    rejects: list[RejectItem], indices: Sequence[int], refused: Iterable[RejectItem]
) -> list[RejectItem]:
    """All rejects of a request by their indices in it, each with one of its own.

    `indices` are those of its events where they are not simply counted, `refused` the parts
    that never became events.

    >>> one, two = (RejectItem(0, "no_name", "", b"") for _ in range(2))
    >>> [item.index for item in indexed([one], [4], [two])]
    [0, 4]
    """
    for item in rejects:
        item.index = indices[item.index] if indices else item.index
    found = sorted([*rejects, *refused], key=lambda item: item.index)
    for before, item in pairwise(found):
        # The ledger tells rejects of a request apart by their indices.
        item.index = max(item.index, before.index + 1)
    return found
