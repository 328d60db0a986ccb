"""Numbers as files write them: with decimal commas, and with words for none among them."""

from __future__ import annotations

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from typing import Any, Final

from footfall.capture.sampled import Sampled, is_number
from footfall.errors import InvalidMapping

COMMA: Final = ","
_MARKS: Final = (".", COMMA)
_GROUPED: Final = r"[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|(?:0|[1-9][0-9]*))"
_LOCAL: Final = re.compile(_GROUPED + r"(?:,[0-9]+)?")
_MAX_WORDS: Final = 3


def decimal_mark(options: Dictionary[str, Any]) -> str:
    """The character before the decimals by a mapping's option; raises `InvalidMapping`."""
    mark = options.get("decimal", ".")
    if mark not in _MARKS:
        raise InvalidMapping(
            f"Option decimal is {mark!r}: it is the character before the decimals of numbers, "
            "'.' (unless given) or ','.",
            parameter="options.decimal",
        )
    return mark


def with_point(text: str) -> str:
    """A number with a decimal comma as one with a point; raises `ValueError` for other texts.

    `12.5` is another, because `12.500` would be a thousand times as much.

    >>> with_point("1.234,50"), with_point("12")
    ('1234.50', '12')
    """
    plain = text.strip()
    if not _LOCAL.fullmatch(plain):
        raise ValueError(f"{text!r} has no decimal comma")
    return plain.replace(".", "").replace(COMMA, ".")


def with_commas(fields: Sequence[Sampled]) -> list[str]:
    """Paths of the texts that are numbers with decimal commas.

    `1,234` alone may be a number of thousands: some value must have other than three decimals.
    """
    return [field.path for field in fields if field.kind == "text" and _has_commas(field)]


def has_points(fields: Sequence[Sampled]) -> bool:
    """Whether some field has numbers with decimal points, so that no comma can be the mark."""
    return any(field.kind == "float" for field in fields)


def spoiled(field: Sampled) -> tuple[int, list[str]] | None:
    """How many values keep a field of numbers from being one, and what they are.

    They are few different words, such as `n/a`; what begins with a digit belongs to a field
    of texts.
    """
    texts = [str(value) for value in field.present]
    others = [text for text in texts if not is_number(text)]
    words = list(dict.fromkeys(others))
    is_spoiled = field.kind == "text" and 0 < len(words) <= _MAX_WORDS
    if not is_spoiled or 2 * len(others) > len(texts):
        return None
    return None if any(re.match(r"[+-]?[0-9]", word) for word in words) else (len(others), words)


def _has_commas(field: Sampled) -> bool:
    texts = [str(value).strip() for value in field.present]
    decimals = [text.partition(COMMA)[2] for text in texts]
    return all(map(_LOCAL.fullmatch, texts)) and any(len(each) not in (0, 3) for each in decimals)
