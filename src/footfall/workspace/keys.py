"""Write keys: each lets a sender send events of one source, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from footfall.errors import NotFound
from footfall.model.time import Clock
from footfall.workspace.models import WriteKeyRow
from footfall.workspace.secrets import WRITE_KEY, hash_secret, new_secret, recognizable
from footfall.workspace.tokens import Issued, note_use


@dataclass(frozen=True, slots=True)
class WriteKey:
    """A write key, without its secret."""

    id: int
    prefix: str
    source: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class WriteKeys:
    """The write keys of a workspace."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def create(self, source: str, label: str) -> Issued[WriteKey]:
        """A new key for that source; its secret is in the answer and nowhere else."""
        secret = new_secret(WRITE_KEY)
        row = WriteKeyRow(
            hash=hash_secret(secret),
            prefix=recognizable(secret),
            source=source,
            label=label,
            created_at=self._clock(),
        )
        with Session(self._engine) as session, session.begin():
            session.add(row)
            session.flush()
            return Issued(secret, _key(row))

    def list(self, source: str | None = None) -> list[WriteKey]:
        """All keys, or those of one source, revoked ones too, oldest first."""
        query = select(WriteKeyRow).order_by(WriteKeyRow.id)
        if source is not None:
            query = query.where(WriteKeyRow.source == source)
        with Session(self._engine) as session:
            return [_key(row) for row in session.scalars(query)]

    def revoke(self, prefix: str, source: str | None = None) -> WriteKey:
        """The key with that prefix, worth nothing from now on; raises `NotFound`.

        Where `source` is given, the key must be one of its own.
        """
        query = select(WriteKeyRow).where(WriteKeyRow.prefix == prefix)
        if source is not None:
            query = query.where(WriteKeyRow.source == source)
        with Session(self._engine) as session, session.begin():
            row = session.scalar(query)
            if row is None:
                raise NotFound(
                    f"There is no write key {prefix!r}: `footfall token list` shows them.",
                    parameter="prefix",
                )
            row.revoked_at = row.revoked_at or self._clock()
            return _key(row)

    def revoke_all(self, source: str) -> int:
        """Revoke every key of a source, such as one that is removed; how many were live."""
        query = select(WriteKeyRow).where(
            WriteKeyRow.source == source, WriteKeyRow.revoked_at.is_(None)
        )
        with Session(self._engine) as session, session.begin():
            rows = session.scalars(query).all()
            for row in rows:
                row.revoked_at = self._clock()
            return len(rows)

    def recognize(self, secret: str) -> WriteKey | None:
        """The live key with that secret, its use noted; None where there is none."""
        with Session(self._engine) as session:
            row = session.scalar(select(WriteKeyRow).where(WriteKeyRow.hash == hash_secret(secret)))
            if row is None or row.revoked_at is not None:
                return None
            key = _key(row)
            note_use(session, row, self._clock())
            return key


def _key(row: WriteKeyRow) -> WriteKey:
    return WriteKey(
        row.id,
        row.prefix,
        row.source,
        row.label,
        row.created_at,
        row.last_used_at,
        row.revoked_at,
    )
