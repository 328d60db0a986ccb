"""What goes wrong below, told as an error of the lake."""

from __future__ import annotations

import errno
import re
from typing import Final

from footfall.errors import LakeError, StorageFull

_FULL: Final = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})
# Errors of deltalake have no number but in their text; 112 and 39 are those of Windows.
_FULL_TEXT: Final = re.compile(r"No space left on device|os error (28|39|112|122)\b")


class Translated:
    """Turns errors of these kinds into a `LakeError` that begins with `message`.

    Where the disk is full, into a `StorageFull`.
    """

    def __init__(self, message: str, *kinds: type[BaseException]) -> None:
        self._message = message
        self._kinds = kinds

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, self._kinds):
            return
        if is_full(error):
            raise StorageFull(
                f"{self._message}: no space is left on the disk. What was stored before is kept; "
                "make room, then do the same again.",
                retry_after=10,
            ) from error
        raise LakeError(f"{self._message}: {reason(error)}.") from error


def reason(error: BaseException) -> str:
    """The first line of an error's text; those of deltalake go on with a trace."""
    return str(error).partition("\n")[0].rstrip(" :.")


def is_full(error: BaseException) -> bool:
    """Whether it went wrong because no space is left."""
    number = error.errno if isinstance(error, OSError) else None
    return number in _FULL or _FULL_TEXT.search(str(error)) is not None
