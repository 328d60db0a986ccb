"""One-time logins, and the browser sessions that they turn into."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, func, or_, select, update
from sqlalchemy.orm import Session

from footfall.errors import NotAuthenticated
from footfall.model.time import Clock
from footfall.workspace.credentials import Issued
from footfall.workspace.models import LoginRow, SessionRow
from footfall.workspace.rights import ALL, Rights
from footfall.workspace.secrets import LOGIN, SESSION, hash_secret, new_secret

LOGIN_LIFETIME: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """A browser that has logged in, without its secret."""

    id: int
    rights: Rights
    created_at: datetime
    expires_at: datetime


class Logins:
    """The logins and browser sessions of a workspace."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, rights: Rights = ALL, lifetime: timedelta = LOGIN_LIFETIME) -> str:
        """Secret of a login that works once, within `lifetime`."""
        secret, now = new_secret(LOGIN), self._clock()
        with Session(self._engine) as session, session.begin():
            session.add(
                LoginRow(
                    hash=hash_secret(secret),
                    rights=rights,
                    created_at=now,
                    expires_at=now + lifetime,
                )
            )
        return secret

    def redeem(self, secret: str, lifetime: timedelta) -> Issued[BrowserSession]:
        """A session that lasts `lifetime`, in exchange for an unused login.

        Raises `NotAuthenticated` where the login is unknown, used or too old.
        """
        now = self._clock()
        with Session(self._engine) as session, session.begin():
            # One statement, so that of two browsers with the same link only one gets in.
            rights = session.scalar(
                update(LoginRow)
                .where(
                    LoginRow.hash == hash_secret(secret),
                    LoginRow.used_at.is_(None),
                    LoginRow.expires_at > now,
                )
                .values(used_at=now)
                .returning(LoginRow.rights)
            )
            if rights is None:
                raise NotAuthenticated(
                    "This login link is not valid any more: it works once, for "
                    f"{LOGIN_LIFETIME // timedelta(minutes=1)} minutes. "
                    "Run `footfall serve --login`, or `footfall token login`, for another."
                )
            return _add_session(session, rights, now, lifetime)

    def recognize(self, secret: str) -> BrowserSession | None:
        """The live session with that secret; None where there is none."""
        now = self._clock()
        with Session(self._engine) as session:
            row = session.scalar(select(SessionRow).where(SessionRow.hash == hash_secret(secret)))
            if row is None or row.ended_at is not None or row.expires_at <= now:
                return None
            return _browser_session(row)

    def end(self, secret: str) -> None:
        """Log out: the session with that secret is worth nothing from now on."""
        with Session(self._engine) as session, session.begin():
            session.execute(
                update(SessionRow)
                .where(SessionRow.hash == hash_secret(secret), SessionRow.ended_at.is_(None))
                .values(ended_at=self._clock())
            )

    def has_any(self) -> bool:
        """Whether a browser is logged in now."""
        query = select(func.count(SessionRow.id)).where(
            SessionRow.ended_at.is_(None), SessionRow.expires_at > self._clock()
        )
        with Session(self._engine) as session:
            return bool(session.scalar(query))

    def forget_old(self) -> None:
        """Remove logins and sessions that can never be used again."""
        now = self._clock()
        with Session(self._engine) as session, session.begin():
            session.execute(
                delete(LoginRow).where(or_(LoginRow.used_at <= now, LoginRow.expires_at <= now))
            )
            session.execute(
                delete(SessionRow).where(
                    or_(SessionRow.ended_at <= now, SessionRow.expires_at <= now)
                )
            )


def _add_session(
    session: Session, rights: Rights, now: datetime, lifetime: timedelta
) -> Issued[BrowserSession]:
    secret = new_secret(SESSION)
    row = SessionRow(
        hash=hash_secret(secret), rights=rights, created_at=now, expires_at=now + lifetime
    )
    session.add(row)
    session.flush()
    return Issued(secret, _browser_session(row))


def _browser_session(row: SessionRow) -> BrowserSession:
    return BrowserSession(row.id, row.rights, row.created_at, row.expires_at)
