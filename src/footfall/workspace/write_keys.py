"""Write keys: each lets a sender send events of one source, and nothing else."""

from __future__ import annotations

from footfall.workspace.credentials import Issued, SourceCredential, SourceCredentialStore
from footfall.workspace.models import WriteKeyRow
from footfall.workspace.secrets import WRITE_KEY, hash_secret, new_secret


class WriteKeys(SourceCredentialStore[WriteKeyRow, SourceCredential]):
    """The write keys of a workspace."""

    row = WriteKeyRow
    info = SourceCredential
    noun = "write key"

    def create(self, source: str, label: str) -> Issued[SourceCredential]:
        """A new key for that source; its secret is in the answer and nowhere else."""
        secret = new_secret(WRITE_KEY)
        return self._issue(secret, hash=hash_secret(secret), source=source, label=label)

    def recognize(self, secret: str) -> SourceCredential | None:
        """The live key with that secret, its use noted; None where there is none."""
        return self._use(hash=hash_secret(secret))
