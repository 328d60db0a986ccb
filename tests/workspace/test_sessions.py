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
    login = workspace.sessions.create_login()
    session = workspace.sessions.redeem(login, MONTH)
    assert workspace.sessions.recognize(session.secret) is not None
    with pytest.raises(NotAuthenticated, match="works once, for 15 minutes"):
        workspace.sessions.redeem(login, MONTH)


def test_a_login_ends_after_its_lifetime(workspace: Workspace, clock: HandClock) -> None:
    login = workspace.sessions.create_login(lifetime=timedelta(minutes=15))
    clock.move(minutes=15)
    with pytest.raises(NotAuthenticated):
        workspace.sessions.redeem(login, MONTH)


def test_a_session_ends_after_its_lifetime(workspace: Workspace, clock: HandClock) -> None:
    session = workspace.sessions.redeem(workspace.sessions.create_login(), MONTH)
    clock.move(days=29, hours=23)
    assert workspace.sessions.recognize(session.secret) is not None
    clock.move(hours=1)
    assert workspace.sessions.recognize(session.secret) is None


def test_logging_out_ends_one_session_only(workspace: Workspace) -> None:
    first = workspace.sessions.redeem(workspace.sessions.create_login(), MONTH)
    second = workspace.sessions.redeem(workspace.sessions.create_login(), MONTH)
    workspace.sessions.end(first.secret)
    assert workspace.sessions.recognize(first.secret) is None
    assert workspace.sessions.recognize(second.secret) is not None


def test_a_session_has_the_rights_of_its_login(workspace: Workspace) -> None:
    login = workspace.sessions.create_login(frozenset({Right.READ}))
    session = workspace.sessions.redeem(login, MONTH)
    assert session.info.rights == {Right.READ}
    found = workspace.sessions.recognize(session.secret)
    assert found is not None
    assert found.rights == {Right.READ}


def test_a_login_is_no_session(workspace: Workspace) -> None:
    login = workspace.sessions.create_login()
    assert workspace.sessions.recognize(login) is None
    session = workspace.sessions.redeem(login, MONTH)
    with pytest.raises(NotAuthenticated):
        workspace.sessions.redeem(session.secret, MONTH)


def test_of_many_browsers_with_one_link_only_one_gets_in(
    workspace: Workspace, tmp_path: Path
) -> None:
    login = workspace.sessions.create_login()
    outcomes: list[bool] = []
    start = threading.Barrier(8)

    def redeem() -> None:
        with Workspace(tmp_path, lambda: workspace.sessions._clock()) as own:
            start.wait()
            try:
                own.sessions.redeem(login, MONTH)
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
    assert not workspace.sessions.has_any()
    login = workspace.sessions.create_login()
    assert not workspace.sessions.has_any()
    session = workspace.sessions.redeem(login, timedelta(days=1))
    assert workspace.sessions.has_any()
    workspace.sessions.end(session.secret)
    assert not workspace.sessions.has_any()
    workspace.sessions.redeem(workspace.sessions.create_login(), timedelta(days=1))
    clock.move(days=1)
    assert not workspace.sessions.has_any()


def test_what_can_never_be_used_again_is_removed(workspace: Workspace, clock: HandClock) -> None:
    kept = workspace.sessions.redeem(workspace.sessions.create_login(), MONTH)
    ended = workspace.sessions.redeem(workspace.sessions.create_login(), MONTH)
    workspace.sessions.end(ended.secret)
    workspace.sessions.create_login(lifetime=timedelta(minutes=1))
    clock.move(minutes=2)
    usable = workspace.sessions.create_login()
    workspace.sessions.forget_old()
    with workspace._engine.connect() as connection:
        rows = [
            connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()
            for table in ("one_time_logins", "browser_sessions")
        ]
    assert rows == [1, 1]
    assert workspace.sessions.recognize(kept.secret) is not None
    assert workspace.sessions.redeem(usable, MONTH)
