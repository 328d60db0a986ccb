"""API tokens: made, listed, revoked, recognized."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from footfall.errors import NotFound
from footfall.model.time import Clock
from footfall.workspace.models import EmbedRow, TokenRow, WriteKeyRow
from footfall.workspace.rights import Rights, parse_rights, rights_text
from footfall.workspace.secrets import TOKEN, hash_secret, new_secret, recognizable

Info = TypeVar("Info", covariant=True)

# Writing the time of every use would turn each read into a write.
USE_GRAIN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Issued(Generic[Info]):
    """A secret that exists only here, and what is known of it from now on."""

    secret: str
    info: Info


@dataclass(frozen=True, slots=True)
class Token:
    """An API token, without its secret."""

    id: int
    prefix: str
    label: str
    rights: Rights
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    """The API tokens of a workspace."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, label: str, rights: Iterable[str]) -> Issued[Token]:
        """A new token with these rights; its secret is in the answer and nowhere else."""
        secret = new_secret(TOKEN)
        row = TokenRow(
            hash=hash_secret(secret),
            prefix=recognizable(secret),
            label=label,
            rights=rights_text(parse_rights(rights)),
            created_at=self._clock(),
        )
        with Session(self._engine) as session, session.begin():
            session.add(row)
            session.flush()
            return Issued(secret, _token(row))

    def list(self) -> list[Token]:
        """All tokens, revoked ones too, oldest first."""
        with Session(self._engine) as session:
            return [_token(row) for row in session.scalars(select(TokenRow).order_by(TokenRow.id))]

    def revoke(self, prefix: str) -> Token:
        """The token with that prefix, worth nothing from now on; raises `NotFound`."""
        with Session(self._engine) as session, session.begin():
            row = session.scalar(select(TokenRow).where(TokenRow.prefix == prefix))
            if row is None:
                raise NotFound(
                    f"There is no token {prefix!r}: `footfall token list` shows them.",
                    parameter="prefix",
                )
            row.revoked_at = row.revoked_at or self._clock()
            return _token(row)

    def recognize(self, secret: str) -> Token | None:
        """The live token with that secret, its use noted; None where there is none."""
        with Session(self._engine) as session:
            row = session.scalar(select(TokenRow).where(TokenRow.hash == hash_secret(secret)))
            if row is None or row.revoked_at is not None:
                return None
            token = _token(row)
            note_use(session, row, self._clock())
            return token


def note_use(session: Session, row: TokenRow | WriteKeyRow | EmbedRow, now: datetime) -> None:
    """Write down that a secret was used now, unless that was done a moment ago."""
    if row.last_used_at is None or now - row.last_used_at >= USE_GRAIN:
        row.last_used_at = now
        session.commit()


def _token(row: TokenRow) -> Token:
    return Token(
        row.id,
        row.prefix,
        row.label,
        parse_rights(row.rights.split(",")),
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
