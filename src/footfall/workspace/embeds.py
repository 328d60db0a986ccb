"""Embed secrets: with each a host application signs what it shows of one source.

The server has to sign as well to compare, so a hash of the secret would not do. It is made
anew each time, of the lake's own secret and a random salt; the salt alone is kept, and says
nothing without the other.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, Select, select
from sqlalchemy.orm import Session

from footfall.errors import NotFound
from footfall.model.time import Clock
from footfall.workspace.models import EmbedRow
from footfall.workspace.secrets import EMBED, RandomText, new_secret, recognizable
from footfall.workspace.tokens import Issued, note_use


@dataclass(frozen=True, slots=True)
class EmbedSecret:
    """An embed secret, without the secret."""

    id: int
    prefix: str
    source: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class EmbedSecrets:
    """The embed secrets of a workspace; `key` is the secret of the lake."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(
        self, source: str, label: str, key: bytes, random_text: RandomText = secrets.token_urlsafe
    ) -> Issued[EmbedSecret]:
        """A new secret for that source; it is in the answer and nowhere else."""
        salt = random_text(32)
        secret = _secret(key, salt)
        row = EmbedRow(
            salt=salt,
            prefix=recognizable(secret),
            source=source,
            label=label,
            created_at=self._clock(),
        )
        with Session(self._engine) as session, session.begin():
            session.add(row)
            session.flush()
            return Issued(secret, _embed(row))

    def list(self, source: str | None = None) -> list[EmbedSecret]:
        """All secrets, or those of one source, revoked ones too, oldest first."""
        query = select(EmbedRow).order_by(EmbedRow.id)
        if source is not None:
            query = query.where(EmbedRow.source == source)
        with Session(self._engine) as session:
            return [_embed(row) for row in session.scalars(query)]

    def revoke(self, prefix: str, source: str | None = None) -> EmbedSecret:
        """The secret with that prefix, worth nothing from now on; raises `NotFound`.

        Where `source` is given, the secret must be one of its own.
        """
        query = select(EmbedRow).where(EmbedRow.prefix == prefix)
        if source is not None:
            query = query.where(EmbedRow.source == source)
        with Session(self._engine) as session, session.begin():
            row = session.scalar(query)
            if row is None:
                raise NotFound(
                    f"There is no embed secret {prefix!r}: `footfall token list` shows them.",
                    parameter="prefix",
                )
            row.revoked_at = row.revoked_at or self._clock()
            return _embed(row)

    def revoke_all(self, source: str) -> int:
        """Revoke every secret of a source, such as one that is removed; how many were live."""
        with Session(self._engine) as session, session.begin():
            rows = session.scalars(_live(source)).all()
            for row in rows:
                row.revoked_at = self._clock()
            return len(rows)

    def signer(
        self, source: str, signed: bytes, signature: bytes, key: bytes
    ) -> EmbedSecret | None:
        """The live secret of that source which gives this signature (HMAC-SHA256), its use noted.

        None where there is none. A source may have several, so that one can follow another
        without a gap.
        """
        with Session(self._engine) as session:
            for row in session.scalars(_live(source)):
                expected = hmac.digest(_secret(key, row.salt).encode(), signed, "sha256")
                if hmac.compare_digest(expected, signature):
                    found = _embed(row)
                    note_use(session, row, self._clock())
                    return found
        return None


def _secret(key: bytes, salt: str) -> str:
    made = hmac.digest(key, b"embed secret " + salt.encode(), "sha256")
    return new_secret(EMBED, lambda _: urlsafe_b64encode(made).rstrip(b"=").decode())


def _live(source: str) -> Select[EmbedRow]:
    return select(EmbedRow).where(EmbedRow.source == source, EmbedRow.revoked_at.is_(None))


def _embed(row: EmbedRow) -> EmbedSecret:
    return EmbedSecret(
        row.id,
        row.prefix,
        row.source,
        row.label,
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
