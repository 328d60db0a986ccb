"""Tables of the workspace. A secret is never in them, only its hash or what it is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from footfall.workspace.rights import Rights, parse_rights, rights_text


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC: SQLite itself forgets the zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 - given by SQLAlchemy
        """Naive UTC, as stored."""
        return value if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self,
        value: Any | None,
        dialect: Dialect,  # noqa: ARG002 - given by SQLAlchemy
    ) -> datetime | None:
        """Aware UTC, as used."""
        return value if value is None else value.replace(tzinfo=UTC)


class RightsText(TypeDecorator[Rights]):
    """Rights, kept as their names with commas between."""

    impl = String(50)
    cache_ok = True

    def process_bind_param(self, value: Rights | None, dialect: Dialect) -> Any:  # noqa: ARG002 - given by SQLAlchemy
        """Names, as stored."""
        return value if value is None else rights_text(value)

    def process_result_value(
        self,
        value: Any | None,
        dialect: Dialect,  # noqa: ARG002 - given by SQLAlchemy
    ) -> Rights | None:
        """Rights, as used."""
        return value if value is None else parse_rights(value.split(","))


class Base(DeclarativeBase):
    """What all tables share."""

    type_annotation_map = {datetime: UtcTime(), Rights: RightsText()}  # noqa: RUF012 - read by SQLAlchemy


class CredentialRow(Base):
    """What the tables of credentials share: of the secret, the first letters alone."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(String(16))
    label: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SourceCredentialRow(CredentialRow):
    """What the tables of credentials for one source share."""

    __abstract__ = True

    source: Mapped[str] = mapped_column(String(63), index=True)


class TokenRow(CredentialRow):
    """A token for the API, with the rights it carries."""

    __tablename__ = "api_tokens"

    hash: Mapped[str] = mapped_column(String(64), unique=True)
    rights: Mapped[Rights]


class WriteKeyRow(SourceCredentialRow):
    """A key with which events of one source are sent."""

    __tablename__ = "write_keys"

    hash: Mapped[str] = mapped_column(String(64), unique=True)


class EmbedRow(SourceCredentialRow):
    """A secret that a host application signs with; `salt` and the lake's secret make it."""

    __tablename__ = "embed_secrets"

    salt: Mapped[str] = mapped_column(String(64), unique=True)


class PassingRow(Base):
    """What the tables of secrets share that end by themselves."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    rights: Mapped[Rights]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginRow(PassingRow):
    """A one-time login that has been handed out."""

    __tablename__ = "one_time_logins"

    used_at: Mapped[datetime | None]


class SessionRow(PassingRow):
    """A browser that has logged in."""

    __tablename__ = "browser_sessions"

    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
