"""Files as the caller names them: patterns, and opening without being in anybody's way."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from footfall.errors import FileMissing, InvalidEvents

STDIN = "-"


def expand(names: Iterable[str], *, may_be_missing: bool = False) -> list[str]:
    """Paths meant by names and patterns, each once, in order; `-` stands for itself.

    Patterns are expanded here as well because not every shell does. Raises `FileMissing`
    for a name that nothing has, unless it may still appear, and for a folder.
    """
    paths: dict[str, None] = {}
    for name in names:
        found = _matches(name)
        if not found and not may_be_missing:
            raise FileMissing(
                f"No file {name!r}: check the path, or write '-' for standard input.",
                parameter="files",
            )
        paths |= dict.fromkeys(found)
    return list(paths)


def _matches(name: str) -> list[str]:
    if name == STDIN or Path(name).is_file() or _is_pipe(name):
        return [name]
    if Path(name).is_dir():
        raise FileMissing(
            f"{name!r} is a folder: name its files, such as {str(Path(name) / '*.log')!r}.",
            parameter="files",
        )
    # A name with brackets in it may be a file, too: that was looked at first.
    found = glob.glob(name, recursive=True) if glob.has_magic(name) else []  # noqa: PTH207 - takes absolute ones
    return sorted(path for path in found if Path(path).is_file())


def _is_pipe(name: str) -> bool:
    path = Path(name)
    return path.exists() and not path.is_dir()


def open_file(path: Path) -> BinaryIO:
    """The file, opened like by `open_shared`.

    Raises `FileMissing`, and `InvalidEvents` where it may not be read.
    """
    try:
        return open_shared(path)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise FileMissing(f"No file {str(path)!r}.", parameter="files") from error
    except OSError as error:
        raise InvalidEvents(
            f"{path} cannot be opened: {error.strerror}. See that this user may read it.",
            parameter="files",
        ) from error


def open_shared(path: Path) -> BinaryIO:
    """The file, opened so that others may rename and delete it meanwhile.

    Everywhere but on Windows that goes without saying.
    """
    if sys.platform == "win32":
        return open(path, "rb", opener=_open_on_windows)
    return path.open("rb")


if sys.platform == "win32":

    def _open_on_windows(path: str, flags: int) -> int:
        import ctypes
        import msvcrt
        from ctypes import wintypes

        create = ctypes.WinDLL("kernel32", use_last_error=True).CreateFileW
        create.restype = wintypes.HANDLE
        create.argtypes = [
            wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, wintypes.LPVOID,
            wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE,
        ]  # fmt: skip
        read, share_all, open_existing, normal = 0x80000000, 0x1 | 0x2 | 0x4, 3, 0x80
        handle = create(str(path), read, share_all, None, open_existing, normal, None)
        if handle == wintypes.HANDLE(-1).value:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, flags)
