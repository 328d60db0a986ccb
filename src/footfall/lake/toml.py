"""Plain values as TOML text, laid out for people to edit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(values: Mapping[str, Any]) -> str:
    """TOML of nested mappings of text, numbers, booleans and lists; None is left out.

    >>> print(to_toml({"a": 1, "b": {"c d": ["x"]}}), end="")
    a = 1
    <BLANKLINE>
    [b]
    "c d" = ["x"]
    """
    return "\n".join(_section((), values)) + "\n"


def _section(path: tuple[str, ...], values: Mapping[str, Any]) -> list[str]:
    tables = {k: v for k, v in values.items() if _is_tables(v)}
    plain = {
        k: v
        for k, v in values.items()
        if v is not None and k not in tables and not isinstance(v, Mapping)
    }
    lines = [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    if path and (lines or not values):
        lines.insert(0, f"[{'.'.join(map(_key, path))}]")
    for key, value in values.items():
        if isinstance(value, Mapping):
            below = _section((*path, key), value)
            lines += ["", *below] if lines else below
        for item in tables.get(key, ()):
            below = _table((*path, key), item)
            lines += ["", *below] if lines else below
    return lines


def _is_tables(value: Any) -> bool:
    """Whether it is a list of tables, which people can add another to."""
    is_list = isinstance(value, Sequence) and not isinstance(value, str) and len(value) > 0
    return is_list and all(isinstance(item, Mapping) for item in value)


def _table(path: tuple[str, ...], values: Mapping[str, Any]) -> list[str]:
    """One table of a list of tables."""
    name = ".".join(map(_key, path))
    lines = _section(path, values)
    return [f"[[{name}]]", *(lines[1:] if lines[:1] == [f"[{name}]"] else lines)]


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no place in TOML: {value!r}")


def _text(text: str) -> str:
    # A JSON string is a TOML string too, but for one control character that JSON allows.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
