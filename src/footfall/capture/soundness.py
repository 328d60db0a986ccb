"""Packed content is read only as far as its checksums vouch for it.

One flipped bit in a packed file makes everything behind it other bytes, or none. The checksum
stands at the end of each part (a member of gzip, a stream of bzip2, a frame of zstd), so the
file is unpacked once to compare them before anything of it is stored: what was stored could
not be taken back, and the position behind it would keep the intact file from being read.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Callable
from typing import BinaryIO, Final

from footfall.capture.reading import Content, End
from footfall.errors import InvalidEvents

_BLOCK: Final = 256 * 1024


def sound_content(
    raw: BinaryIO, name: str, is_stopped: Callable[[], bool] = lambda: False
) -> Content:
    """The content of `raw`, which ends where a part of it begins that is damaged.

    Packed content that cannot be read twice, such as that of a pipe, is put into a temporary
    file, packed as it is. Raises `InvalidEvents` where nothing of it is sound.
    """
    content = Content(raw, name)
    if not content.is_compressed:
        return content
    if _is_seekable(raw):
        return _as_far_as_sound(raw, name, is_stopped)
    kept = _kept(content)
    try:
        content = _as_far_as_sound(kept, name, is_stopped)
    except BaseException:
        kept.close()
        raise
    weakref.finalize(content, kept.close)
    return content


def _as_far_as_sound(raw: BinaryIO, name: str, is_stopped: Callable[[], bool]) -> Content:
    raw.seek(0)
    end = _sound_end(Content(raw, name), is_stopped)
    if not end.offset:
        end.check()
    raw.seek(0)
    return Content(raw, name, end)


def _sound_end(content: Content, is_stopped: Callable[[], bool]) -> End:
    try:
        while content.read(_BLOCK):
            if is_stopped():
                return End(0)
    except InvalidEvents as damage:
        return End(content.n_sound, damage)
    return End(content.n_sound)


def _is_seekable(raw: BinaryIO) -> bool:
    seekable = getattr(raw, "seekable", None)
    return seekable is not None and seekable()


def _kept(content: Content) -> BinaryIO:
    """All of the content, packed, in a file that is gone once it is closed."""
    file = tempfile.TemporaryFile(prefix="footfall-")  # noqa: SIM115 - open while it is read
    try:
        for block in content.unread():
            file.write(block)
    except BaseException:
        file.close()
        raise
    return file
