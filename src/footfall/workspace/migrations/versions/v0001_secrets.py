"""Tokens, write keys, one-time logins and browser sessions."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from footfall.workspace.models import UtcTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From nothing to 0001."""
    op.create_table(
        "api_tokens",
        *_identity(),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("rights", sa.String(50), nullable=False),
        *_times("last_used_at", "revoked_at"),
    )
    op.create_table(
        "write_keys",
        *_identity(),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("source", sa.String(63), nullable=False, index=True),
        sa.Column("label", sa.String(200), nullable=False),
        *_times("last_used_at", "revoked_at"),
    )
    op.create_table(
        "one_time_logins",
        *_identity(),
        sa.Column("rights", sa.String(50), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        *_times("used_at"),
    )
    op.create_table(
        "browser_sessions",
        *_identity(),
        sa.Column("rights", sa.String(50), nullable=False),
        sa.Column("expires_at", UtcTime(), nullable=False),
        *_times("last_used_at", "ended_at"),
    )


def downgrade() -> None:
    """From 0001 to nothing."""
    for table in ("browser_sessions", "one_time_logins", "write_keys", "api_tokens"):
        op.drop_table(table)


def _identity() -> tuple[sa.Column[int], sa.Column[str]]:
    return (
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )


def _times(*optional: str) -> tuple[sa.Column[datetime], ...]:
    created = sa.Column("created_at", UtcTime(), nullable=False)
    return (created, *(sa.Column(name, UtcTime()) for name in optional))
