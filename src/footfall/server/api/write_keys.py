"""Write keys of a source."""

from __future__ import annotations

from footfall.server.api.credentials import CredentialKind, Labeled, credential_router

router = credential_router(
    CredentialKind(
        path="/sources/{name}/keys",
        tag="sources",
        name="key",
        noun="write key",
        field="key",
        example={"prefix": "ffw_Zp0sV7bn", "label": "backend", "source": "web"},
        wanted=Labeled,
        list=lambda state, source: state.workspace.keys.list(source),
        create=lambda state, source, wanted: state.workspace.keys.create(source, wanted.label),
        revoke=lambda state, source, prefix: state.workspace.keys.revoke(prefix, source),
    )
)
