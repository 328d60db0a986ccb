"""Secrets with which host applications sign what they embed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from footfall.workspace.models import UtcTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """From 0001 to 0002."""
    op.create_table(
        "embed_secrets",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("salt", sa.String(64), nullable=False, unique=True),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("source", sa.String(63), nullable=False, index=True),
        sa.Column("label", sa.String(200), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("last_used_at", UtcTime()),
        sa.Column("revoked_at", UtcTime()),
    )


def downgrade() -> None:
    """From 0002 to 0001."""
    op.drop_table("embed_secrets")
