from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from tests.workspace.conftest import HandClock

from footfall.errors import NotAuthenticated
from footfall.workspace.rights import Right
from footfall.workspace.workspace import Workspace

MONTH = timedelta(days=30)


def test_a_login_works_once(workspace: Workspace) -> None:
    login = workspace.logins.create()
    session = workspace.logins.redeem(login, MONTH)
    assert workspace.logins.recognize(session.secret) is not None
    with pytest.raises(NotAuthenticated, match="works once, for 15 minutes"):
        workspace.logins.redeem(login, MONTH)


def test_a_login_ends_after_its_lifetime(workspace: Workspace, clock: HandClock) -> None:
    login = workspace.logins.create(lifetime=timedelta(minutes=15))
    clock.move(minutes=15)
    with pytest.raises(NotAuthenticated):
        workspace.logins.redeem(login, MONTH)


def test_a_session_ends_after_its_lifetime(workspace: Workspace, clock: HandClock) -> None:
    session = workspace.logins.redeem(workspace.logins.create(), MONTH)
    clock.move(days=29, hours=23)
    assert workspace.logins.recognize(session.secret) is not None
    clock.move(hours=1)
    assert workspace.logins.recognize(session.secret) is None


def test_logging_out_ends_one_session_only(workspace: Workspace) -> None:
    first = workspace.logins.redeem(workspace.logins.create(), MONTH)
    second = workspace.logins.redeem(workspace.logins.create(), MONTH)
    workspace.logins.end(first.secret)
    assert workspace.logins.recognize(first.secret) is None
    assert workspace.logins.recognize(second.secret) is not None


def test_a_session_has_the_rights_of_its_login(workspace: Workspace) -> None:
    login = workspace.logins.create(frozenset({Right.READ}))
    session = workspace.logins.redeem(login, MONTH)
    assert session.info.rights == {Right.READ}
    found = workspace.logins.recognize(session.secret)
    assert found is not None
    assert found.rights == {Right.READ}


def test_a_login_is_no_session(workspace: Workspace) -> None:
    login = workspace.logins.create()
    assert workspace.logins.recognize(login) is None
    session = workspace.logins.redeem(login, MONTH)
    with pytest.raises(NotAuthenticated):
        workspace.logins.redeem(session.secret, MONTH)


def test_of_many_browsers_with_one_link_only_one_gets_in(
    workspace: Workspace, tmp_path: Path
) -> None:
    login = workspace.logins.create()
    outcomes: list[bool] = []
    start = threading.Barrier(8)

    def redeem() -> None:
        with Workspace(tmp_path, lambda: workspace.logins._clock()) as own:
            start.wait()
            try:
                own.logins.redeem(login, MONTH)
            except NotAuthenticated:
                outcomes.append(False)
            else:
                outcomes.append(True)

    threads = [threading.Thread(target=redeem) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [False] * 7 + [True]


def test_whether_anybody_is_logged_in(workspace: Workspace, clock: HandClock) -> None:
    assert not workspace.logins.has_any()
    login = workspace.logins.create()
    assert not workspace.logins.has_any()
    session = workspace.logins.redeem(login, timedelta(days=1))
    assert workspace.logins.has_any()
    workspace.logins.end(session.secret)
    assert not workspace.logins.has_any()
    workspace.logins.redeem(workspace.logins.create(), timedelta(days=1))
    clock.move(days=1)
    assert not workspace.logins.has_any()


def test_what_can_never_be_used_again_is_removed(workspace: Workspace, clock: HandClock) -> None:
    kept = workspace.logins.redeem(workspace.logins.create(), MONTH)
    ended = workspace.logins.redeem(workspace.logins.create(), MONTH)
    workspace.logins.end(ended.secret)
    workspace.logins.create(lifetime=timedelta(minutes=1))
    clock.move(minutes=2)
    usable = workspace.logins.create()
    workspace.logins.forget_old()
    with workspace._engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("one_time_logins", "browser_sessions")
        ]
    assert rows == [1, 1]
    assert workspace.logins.recognize(kept.secret) is not None
    assert workspace.logins.redeem(usable, MONTH)
