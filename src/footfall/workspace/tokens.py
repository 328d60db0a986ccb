"""API tokens: with each a program asks questions or makes changes, as its rights allow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from footfall.workspace.credentials import Credential, CredentialStore, Issued
from footfall.workspace.models import TokenRow
from footfall.workspace.rights import Rights, parse_rights
from footfall.workspace.secrets import TOKEN, hash_secret, new_secret


@dataclass(frozen=True, slots=True)
class Token(Credential):
    """An API token, without its secret."""

    rights: Rights


class Tokens(CredentialStore[TokenRow, Token]):
    """The API tokens of a workspace."""

    row = TokenRow
    info = Token
    noun = "token"

    def create(self, label: str, rights: Iterable[str]) -> Issued[Token]:
        """A new token with these rights; its secret is in the answer and nowhere else."""
        secret = new_secret(TOKEN)
        return self._issue(
            secret, hash=hash_secret(secret), label=label, rights=parse_rights(rights)
        )

    def recognize(self, secret: str) -> Token | None:
        """The live token with that secret, its use noted; None where there is none."""
        return self._use(hash=hash_secret(secret))
