from __future__ import annotations

import pytest

from footfall.errors import NotFound
from footfall.workspace.workspace import Workspace


def test_a_key_belongs_to_one_source(workspace: Workspace) -> None:
    web = workspace.keys.create("web", "backend")
    shop = workspace.keys.create("shop", "app")
    found = workspace.keys.recognize(web.secret)
    assert found is not None
    assert found.source == "web"
    assert [key.label for key in workspace.keys.list("shop")] == ["app"]
    assert [key.source for key in workspace.keys.list()] == ["web", "shop"]
    assert web.secret.startswith("ffw_")
    assert shop.info.prefix == shop.secret[:12]


def test_a_revoked_key_sends_nothing_any_more(workspace: Workspace) -> None:
    issued = workspace.keys.create("web", "old")
    kept = workspace.keys.create("web", "new")
    revoked = workspace.keys.revoke(issued.info.prefix)
    assert revoked.revoked_at is not None
    assert workspace.keys.recognize(issued.secret) is None
    assert workspace.keys.recognize(kept.secret) is not None


def test_all_keys_of_a_source_are_revoked(workspace: Workspace) -> None:
    first, second = (workspace.keys.create("web", label) for label in ("a", "b"))
    other = workspace.keys.create("shop", "c")
    workspace.keys.revoke(first.info.prefix)
    assert workspace.keys.revoke_all("web") == 1
    assert workspace.keys.revoke_all("web") == 0
    assert workspace.keys.recognize(second.secret) is None
    assert workspace.keys.recognize(other.secret) is not None


def test_a_token_is_no_key_and_a_key_no_token(workspace: Workspace) -> None:
    key = workspace.keys.create("web", "k").secret
    token = workspace.tokens.create("t", ["admin"]).secret
    assert workspace.keys.recognize(token) is None
    assert workspace.tokens.recognize(key) is None


def test_revoking_an_unknown_key_says_so(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="no write key 'ffw_nothing'"):
        workspace.keys.revoke("ffw_nothing")
