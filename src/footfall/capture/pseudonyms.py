"""Actors without names: keyed hashes of what would tell who somebody is."""

from __future__ import annotations

from hashlib import blake2b


def address_id(address: str, secret: bytes) -> str:
    """Pseudonym of a network address: the same address has the same, in one lake only.

    >>> address_id("192.0.2.1", b"key") == address_id("192.0.2.1", b"key")
    True
    """
    return "a_" + keyed_hash(address, secret, purpose=b"address")


def value_id(value: str, secret: bytes) -> str:
    """Pseudonym of any other value that a mapping marks as hashed."""
    return "h_" + keyed_hash(value, secret, purpose=b"value")


def keyed_hash(text: str, secret: bytes, *, purpose: bytes) -> str:
    """20 hexadecimal digits that only who has the secret can find again from a guess."""
    return blake2b(text.encode(), digest_size=10, key=secret[:64], person=purpose).hexdigest()
