"""What goes wrong below, told as an error of the lake."""

from __future__ import annotations

from footfall.errors import LakeError


class Translated:
    """Turns errors of these kinds into a `LakeError` that begins with `message`."""

    def __init__(self, message: str, *kinds: type[BaseException]) -> None:
        self._message = message
        self._kinds = kinds

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, self._kinds):
            raise LakeError(f"{self._message}: {error}.") from error
