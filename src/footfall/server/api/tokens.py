"""API tokens, for those who may administer."""

from __future__ import annotations

import msgspec

from footfall.server.api.credentials import CredentialKind, Labeled, credential_router


class NewToken(Labeled, forbid_unknown_fields=True):
    """A token that is wanted."""

    rights: list[str] = msgspec.field(default_factory=lambda: ["read"])


router = credential_router(
    CredentialKind(
        path="/tokens",
        tag="tokens",
        name="token",
        noun="token",
        field="token",
        example={"prefix": "fft_k3J9xQ2a", "label": "notebook", "rights": ["read"]},
        wanted=NewToken,
        list=lambda state, _: state.workspace.tokens.list(),
        create=lambda state, _, wanted: state.workspace.tokens.create(wanted.label, wanted.rights),
        revoke=lambda state, _, prefix: state.workspace.tokens.revoke(prefix),
    )
)
