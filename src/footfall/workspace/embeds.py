"""Embed secrets: with each a host application signs what it shows of one source.

The server has to sign as well to compare, so a hash of the secret would not do. It is made
anew each time, of the lake's own secret and a random salt; the salt alone is kept, and says
nothing without the other.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable

from sqlalchemy.orm import Session

from footfall.workspace.credentials import Issued, SourceCredential, SourceCredentialStore
from footfall.workspace.models import EmbedRow
from footfall.workspace.secrets import EMBED, RandomText, new_secret


class EmbedSecrets(SourceCredentialStore[EmbedRow, SourceCredential]):
    """The embed secrets of a workspace; `key` is the secret of the lake."""

    row = EmbedRow
    info = SourceCredential
    noun = "embed secret"

    def create(
        self, source: str, label: str, key: bytes, random_text: RandomText = secrets.token_urlsafe
    ) -> Issued[SourceCredential]:
        """A new secret for that source; it is in the answer and nowhere else."""
        salt = random_text(32)
        return self._issue(_secret(key, salt), salt=salt, source=source, label=label)

    def signer(
        self, source: str, signed: bytes, signature: bytes, key: bytes
    ) -> SourceCredential | None:
        """The live secret of that source which gives this signature (HMAC-SHA256), its use noted.

        None where there is none. A source may have several, so that one can follow another
        without a gap.
        """
        return self._use(_fits(signed, signature, key), source=source)

    def past_signer(
        self, source: str, signed: bytes, signature: bytes, key: bytes
    ) -> SourceCredential | None:
        """The same whether it is live or revoked: who signed, not what it is worth."""
        with Session(self._engine) as session:
            rows = self._rows(session, source=source)
            row = next(filter(_fits(signed, signature, key), rows), None)
            return None if row is None else self._known(row)


def _fits(signed: bytes, signature: bytes, key: bytes) -> Callable[[EmbedRow], bool]:
    def fits(row: EmbedRow) -> bool:
        expected = hmac.digest(_secret(key, row.salt).encode(), signed, "sha256")
        return hmac.compare_digest(expected, signature)

    return fits


def _secret(key: bytes, salt: str) -> str:
    made = hmac.digest(key, b"embed secret " + salt.encode(), "sha256")
    return new_secret(EMBED, lambda _: urlsafe_b64encode(made).rstrip(b"=").decode())
