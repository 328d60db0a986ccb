"""Embed secrets of a source."""

from __future__ import annotations

from footfall.server.api.credentials import CredentialKind, Labeled, credential_router

router = credential_router(
    CredentialKind(
        path="/sources/{name}/embeds",
        tag="sources",
        name="embed",
        noun="embed secret",
        field="secret",
        example={"prefix": "ffe_8hQz3LwK", "label": "intranet", "source": "web"},
        wanted=Labeled,
        list=lambda state, source: state.workspace.embeds.list(source),
        create=lambda state, source, wanted: state.workspace.embeds.create(
            source, wanted.label, state.lake.secret
        ),
        revoke=lambda state, source, prefix: state.workspace.embeds.revoke(prefix, source),
    )
)
