"""Secrets: made at random, shown once, kept as a hash (those for embedding: not kept at all).

A secret carries 256 random bits, so that its SHA-256 cannot be searched and needs neither
salt nor slow hashing (NIST SP 800-63B, 5.1.2: look-up secrets of at least 112 bits).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from footfall.intake.issued import N_RANDOM, N_SHOWN

WRITE_KEY: Final = "ffw_"
TOKEN: Final = "fft_"  # noqa: S105 - a prefix, not a secret
LOGIN: Final = "ffl_"
SESSION: Final = "ffs_"
EMBED: Final = "ffe_"

N_KIND: Final = 4
"""Characters of a secret that tell its kind."""
N_WHOLE: Final = N_KIND + N_RANDOM
"""Characters of a whole secret."""

RandomText = Callable[[int], str]


def new_secret(kind: str, random_text: RandomText = secrets.token_urlsafe) -> str:
    """A fresh secret that starts with its kind.

    >>> new_secret(WRITE_KEY, lambda n_bytes: "x" * n_bytes)
    'ffw_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'
    """
    return kind + random_text(32)


def hash_secret(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def recognizable(secret: str) -> str:
    """The beginning by which a person tells secrets apart.

    >>> recognizable("fft_Zm9vYmFyYmF6cXV4")
    'fft_Zm9vYmFy'
    """
    return secret[: N_KIND + N_SHOWN]
