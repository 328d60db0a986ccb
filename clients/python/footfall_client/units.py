"""Durations and sizes written as text."""

from __future__ import annotations

from footfall_client.errors import SettingError

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "B": 1}


def seconds(parameter: str, text: str) -> float:
    """Seconds of a duration; raises `SettingError`.

    >>> seconds("every", "500ms"), seconds("timeout", "2m")
    (0.5, 120.0)
    """
    return _read(parameter, text, _SECONDS, 'a duration such as "500ms", "10s" or "5m"')


def size(parameter: str, text: str) -> int:
    """Bytes of a size; raises `SettingError`.

    >>> size("spool_size", "64MiB")
    67108864
    """
    return int(_read(parameter, text, _BYTES, 'a size such as "512KiB" or "64MiB"'))


def _read(parameter: str, text: str, units: dict[str, float] | dict[str, int], what: str) -> float:
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzKMGB") if isinstance(text, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance]
    unit = text[len(number) :].strip() if number else ""
    try:
        value = float(number) * units[unit]
    except (KeyError, ValueError):
        raise SettingError(parameter, f"{text!r} is not {what}.") from None
    if not 0 < value < float("inf"):
        raise SettingError(parameter, f"{text!r} is not above zero; give {what}.")
    return value
