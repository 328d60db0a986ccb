from __future__ import annotations

import hmac
import sqlite3
from pathlib import Path

import pytest
from tests.workspace.conftest import HandClock

from footfall.errors import NotFound
from footfall.workspace.credentials import SourceCredential
from footfall.workspace.database import FILE_NAME
from footfall.workspace.workspace import Workspace

LAKE = b"k" * 32


def signed_by(
    workspace: Workspace, secret: str, source: str = "web", lake: bytes = LAKE
) -> SourceCredential | None:
    signature = hmac.digest(secret.encode(), b"f1.payload", "sha256")
    return workspace.embeds.signer(source, b"f1.payload", signature, lake)


def test_a_secret_signs_for_its_source_alone(workspace: Workspace) -> None:
    web = workspace.embeds.create("web", "intranet", LAKE)
    shop = workspace.embeds.create("shop", "partner", LAKE)
    assert web.secret.startswith("ffe_")
    assert len(web.secret) == 47  # 4 letters and 256 bits in base64url
    found = signed_by(workspace, web.secret)
    assert found is not None
    assert (found.prefix, found.label) == (web.secret[:12], "intranet")
    assert signed_by(workspace, shop.secret) is None
    assert signed_by(workspace, web.secret, "shop") is None
    assert signed_by(workspace, "ffe_" + "x" * 43) is None
    assert [each.label for each in workspace.embeds.list("shop")] == ["partner"]


def test_one_secret_follows_another_without_a_gap(workspace: Workspace) -> None:
    old = workspace.embeds.create("web", "old", LAKE)
    new = workspace.embeds.create("web", "new", LAKE)
    assert signed_by(workspace, old.secret)
    assert signed_by(workspace, new.secret)
    assert workspace.embeds.revoke(old.info.prefix).revoked_at is not None
    assert signed_by(workspace, old.secret) is None
    assert signed_by(workspace, new.secret)


def test_who_signed_is_known_of_revoked_secrets_too(workspace: Workspace, clock: HandClock) -> None:
    issued = workspace.embeds.create("web", "old", LAKE)
    signature = hmac.digest(issued.secret.encode(), b"f1.payload", "sha256")

    def past(source: str) -> SourceCredential | None:
        return workspace.embeds.past_signer(source, b"f1.payload", signature, LAKE)

    assert past("web") == issued.info
    revoked = workspace.embeds.revoke(issued.info.prefix)
    clock.move(hours=1)
    assert past("web") == revoked  # its use is not noted
    assert past("shop") is None


def test_the_secret_is_not_in_the_workspace_and_needs_the_lakes(
    workspace: Workspace, tmp_path: Path
) -> None:
    issued = workspace.embeds.create("web", "", LAKE)
    with sqlite3.connect(tmp_path / FILE_NAME) as database:
        (row,) = database.execute("SELECT * FROM embed_secrets").fetchall()
    database.close()
    assert issued.secret not in str(row)
    assert issued.secret[12:] not in str(row)
    assert signed_by(workspace, issued.secret, lake=b"other" * 8) is None
    # The salt says all that is random: the same one makes the same secret again.
    again = workspace.embeds.create("web", "", LAKE, lambda n_bytes: "s" * n_bytes)
    assert again.secret != issued.secret


def test_use_is_noted(workspace: Workspace, clock: HandClock) -> None:
    issued = workspace.embeds.create("web", "", LAKE)
    assert workspace.embeds.list()[0].last_used_at is None
    clock.move(hours=1)
    signed_by(workspace, issued.secret)
    assert workspace.embeds.list()[0].last_used_at == clock.now


def test_all_secrets_of_a_source_are_revoked(workspace: Workspace) -> None:
    first, second = (workspace.embeds.create("web", label, LAKE) for label in ("a", "b"))
    other = workspace.embeds.create("shop", "c", LAKE)
    workspace.embeds.revoke(first.info.prefix)
    assert workspace.embeds.revoke_all("web") == 1
    assert signed_by(workspace, second.secret) is None
    assert signed_by(workspace, other.secret, "shop")


def test_revoking_an_unknown_secret_says_so(workspace: Workspace) -> None:
    prefix = workspace.embeds.create("web", "", LAKE).info.prefix
    with pytest.raises(NotFound, match="no embed secret 'ffe_nothing'"):
        workspace.embeds.revoke("ffe_nothing")
    with pytest.raises(NotFound):
        workspace.embeds.revoke(prefix, "shop")


def test_a_whole_secret_names_itself(workspace: Workspace) -> None:
    issued = workspace.embeds.create("web", "", LAKE)
    with pytest.raises(NotFound):
        workspace.embeds.revoke(issued.secret, "shop")
    assert workspace.embeds.revoke(issued.secret, "web").revoked_at is not None
    assert signed_by(workspace, issued.secret) is None
