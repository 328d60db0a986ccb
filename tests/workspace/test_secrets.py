from __future__ import annotations

import hashlib

from footfall.workspace.secrets import TOKEN, WRITE_KEY, hash_secret, new_secret, recognizable


def test_secrets_carry_256_random_bits_and_differ() -> None:
    made = {new_secret(WRITE_KEY) for _ in range(100)}
    assert len(made) == 100
    # 32 bytes in base64url without padding are 43 letters.
    assert all(secret.startswith("ffw_") and len(secret) == 4 + 43 for secret in made)


def test_a_hash_is_plain_sha256() -> None:
    assert hash_secret("fft_abc") == hashlib.sha256(b"fft_abc").hexdigest()


def test_what_cannot_be_encoded_is_hashed_all_the_same() -> None:
    # A header may carry such a letter; it must be refused as unknown, not crash.
    assert len(hash_secret("\udcff")) == 64


def test_what_is_shown_leaves_more_than_200_bits_unknown() -> None:
    secret = new_secret(TOKEN)
    hidden = len(secret) - len(recognizable(secret))
    assert secret.startswith(recognizable(secret))
    assert hidden * 6 > 200
