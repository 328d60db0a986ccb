from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.workspace.conftest import HandClock

from footfall.errors import InvalidInput, NotFound
from footfall.workspace.database import FILE_NAME
from footfall.workspace.rights import Right
from footfall.workspace.workspace import Workspace


def test_a_token_is_recognized_by_its_secret_alone(workspace: Workspace) -> None:
    issued = workspace.tokens.create("notebook", ["read"])
    other = workspace.tokens.create("other", ["read"])
    found = workspace.tokens.recognize(issued.secret)
    assert found is not None
    assert found.prefix == issued.info.prefix != other.info.prefix
    assert workspace.tokens.recognize(issued.secret + "x") is None
    assert workspace.tokens.recognize(issued.info.prefix) is None
    assert workspace.tokens.recognize("") is None


def test_admin_brings_every_right_and_read_only_itself(workspace: Workspace) -> None:
    admin = workspace.tokens.create("a", ["admin"]).info
    read = workspace.tokens.create("r", ["read"]).info
    assert admin.rights == {Right.READ, Right.WRITE, Right.ADMIN}
    assert read.rights == {Right.READ}


@pytest.mark.parametrize(
    ("rights", "message"),
    [
        (
            ["raed"],
            r"Right 'raed' is not known; there are read, write, admin\. Did you mean 'read'",
        ),
        ([], "No right was given"),
    ],
)
def test_rights_that_do_not_exist_are_refused(
    workspace: Workspace, rights: list[str], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        workspace.tokens.create("x", rights)
    assert workspace.tokens.list() == []


def test_a_revoked_token_is_worth_nothing_and_stays_listed(
    workspace: Workspace, clock: HandClock
) -> None:
    issued = workspace.tokens.create("gone", ["read"])
    clock.move(hours=1)
    workspace.tokens.revoke(issued.info.prefix)
    clock.move(hours=1)
    again = workspace.tokens.revoke(issued.info.prefix)
    assert workspace.tokens.recognize(issued.secret) is None
    # Revoking twice keeps the first time.
    assert again.revoked_at == datetime(2026, 11, 1, 13, 0, tzinfo=UTC)
    assert [token.label for token in workspace.tokens.list()] == ["gone"]


def test_revoking_what_is_not_there_says_so(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="no token 'fft_nothing'"):
        workspace.tokens.revoke("fft_nothing")


def test_use_is_noted_at_most_once_a_minute(workspace: Workspace, clock: HandClock) -> None:
    secret = workspace.tokens.create("used", ["read"]).secret
    seen: list[datetime | None] = []
    for _ in range(4):
        workspace.tokens.recognize(secret)
        seen.append(workspace.tokens.list()[0].last_used_at)
        clock.move(seconds=40)
    noon = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    # Uses at 0, 40, 80 and 120 s: noted at 0 and at 80.
    assert [None if at is None else int((at - noon).total_seconds()) for at in seen] == [
        0,
        0,
        80,
        80,
    ]


def test_no_secret_is_in_the_file(workspace: Workspace, tmp_path: Path) -> None:
    secrets = [
        workspace.tokens.create("t", ["admin"]).secret,
        workspace.keys.create("web", "k").secret,
        workspace.logins.create(),
    ]
    workspace.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE_NAME}*"))
    assert b"web" in kept
    for secret in secrets:
        assert secret.encode() not in kept
        assert secret[4:].encode() not in kept


def test_two_processes_share_a_workspace(workspace: Workspace, tmp_path: Path) -> None:
    with Workspace(tmp_path) as other:
        secret = other.tokens.create("elsewhere", ["read"]).secret
        assert workspace.tokens.recognize(secret) is not None
        other.tokens.revoke(other.tokens.list()[0].prefix)
        assert workspace.tokens.recognize(secret) is None


def test_a_whole_secret_names_its_token_and_a_longer_text_does_not(workspace: Workspace) -> None:
    issued = workspace.tokens.create("leaked", ["read"])
    with pytest.raises(NotFound):
        workspace.tokens.revoke(issued.secret + "x")
    assert workspace.tokens.recognize(issued.secret) is not None
    assert workspace.tokens.revoke(issued.secret).prefix == issued.info.prefix
    assert workspace.tokens.recognize(issued.secret) is None
