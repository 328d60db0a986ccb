"""Credentials: secrets that are given out, known again by their first letters, and revoked.

API tokens, write keys and embed secrets differ in what they allow; how they are kept is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final, Generic, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from footfall.errors import NotFound
from footfall.model.time import Clock
from footfall.workspace.models import CredentialRow, SourceCredentialRow
from footfall.workspace.secrets import N_WHOLE, recognizable

# Writing the time of every use would turn each read into a write.
USE_GRAIN: Final = timedelta(minutes=1)

Known = TypeVar("Known", covariant=True)


@dataclass(frozen=True, slots=True)
class Issued(Generic[Known]):
    """A secret that exists only here, and what is known of it from now on."""

    secret: str
    info: Known


@dataclass(frozen=True, slots=True)
class Credential:
    """What is known of a secret that was given out: everything but the secret."""

    prefix: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def to_dict(self) -> dict[str, Any]:
        """All of it by name, sets as sorted lists."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {k: sorted(v) if isinstance(v, frozenset) else v for k, v in found.items()}


@dataclass(frozen=True, slots=True)
class SourceCredential(Credential):
    """What is known of a secret that holds for one source."""

    source: str


Row = TypeVar("Row", bound=CredentialRow)
SourceRow = TypeVar("SourceRow", bound=SourceCredentialRow)
Info = TypeVar("Info", bound=Credential)


class CredentialStore(Generic[Row, Info]):
    """The credentials of one kind in a workspace; `noun` is what people call one."""

    row: type[Row]
    info: type[Info]
    noun: str

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def list(self) -> list[Info]:
        """All of them, revoked ones too, oldest first."""
        return self._list()

    def revoke(self, prefix: str) -> Info:
        """The one with that prefix or secret, worth nothing from now on; raises `NotFound`."""
        return self._revoke(prefix)

    def _issue(self, secret: str, **columns: Any) -> Issued[Info]:
        row = self.row(prefix=recognizable(secret), created_at=self._clock(), **columns)
        with Session(self._engine) as session, session.begin():
            session.add(row)
            session.flush()
            return Issued(secret, self._known(row))

    def _list(self, **only: str) -> list[Info]:
        with Session(self._engine) as session:
            return [self._known(row) for row in self._rows(session, **only)]

    def _revoke(self, given: str, **only: str) -> Info:
        # A whole secret names itself.
        prefix = recognizable(given) if len(given) == N_WHOLE else given
        with Session(self._engine) as session, session.begin():
            row = next(self._rows(session, prefix=prefix, **only), None)
            if row is None:
                raise NotFound(
                    f"There is no {self.noun} {prefix!r}: `footfall token list` shows them.",
                    parameter="prefix",
                )
            row.revoked_at = row.revoked_at or self._clock()
            return self._known(row)

    def _use(self, fits: Callable[[Row], bool] = lambda _: True, **only: str) -> Info | None:
        """The live one of these that fits, its use noted; None where there is none."""
        with Session(self._engine) as session:
            row = next(filter(fits, self._rows(session, revoked_at=None, **only)), None)
            if row is None:
                return None
            found, now = self._known(row), self._clock()
            if row.last_used_at is None or now - row.last_used_at >= USE_GRAIN:
                row.last_used_at = now
                session.commit()
            return found

    def _rows(self, session: Session, **only: str | None) -> Iterator[Row]:
        return iter(session.scalars(select(self.row).filter_by(**only).order_by(self.row.id)).all())

    def _known(self, row: Row) -> Info:
        return self.info(**{field.name: getattr(row, field.name) for field in fields(self.info)})


class SourceCredentialStore(CredentialStore[SourceRow, Info]):
    """The credentials of one kind that hold for one source each."""

    def list(self, source: str | None = None) -> list[Info]:
        """All of them, or those of one source, revoked ones too, oldest first."""
        return self._list(**_of(source))

    def revoke(self, prefix: str, source: str | None = None) -> Info:
        """The one with that prefix or secret, worth nothing from now on; raises `NotFound`.

        Where `source` is given, it must be one of that source's own.
        """
        return self._revoke(prefix, **_of(source))

    def revoke_all(self, source: str) -> int:
        """Revoke all of a source, such as one that is removed; how many were live."""
        with Session(self._engine) as session, session.begin():
            rows = [*self._rows(session, source=source, revoked_at=None)]
            for row in rows:
                row.revoked_at = self._clock()
            return len(rows)


def _of(source: str | None) -> dict[str, str]:
    return {} if source is None else {"source": source}
