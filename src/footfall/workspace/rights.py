"""What a token or login may do."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from footfall.errors import InvalidInput, did_you_mean


class Right(StrEnum):
    """`read` asks questions, `write` keeps sources and replays rejects, `admin` does both and
    alone handles tokens and keys.
    """

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


Rights = frozenset[Right]

ALL: Rights = frozenset(Right)


def parse_rights(names: Iterable[str]) -> Rights:
    """Rights by name; `admin` brings the others with it.

    >>> sorted(parse_rights(["read"]))
    [<Right.READ: 'read'>]
    """
    rights = frozenset(_parse(name) for name in names)
    if not rights:
        raise InvalidInput(f"No right was given; there are {', '.join(Right)}.", parameter="rights")
    return ALL if Right.ADMIN in rights else rights


def rights_text(rights: Rights) -> str:
    """Rights as stored, in a fixed order."""
    return ",".join(right for right in Right if right in rights)


def _parse(name: str) -> Right:
    try:
        return Right(name)
    except ValueError as error:
        raise InvalidInput(
            f"Right {name!r} is not known; there are {', '.join(Right)}."
            + did_you_mean(name, [right.value for right in Right]),
            parameter="rights",
        ) from error
