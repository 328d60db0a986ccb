"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from footfall.workspace.models import UtcTime

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """From ${down_revision} to ${up_revision}."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """From ${up_revision} back to ${down_revision}."""
    ${downgrades if downgrades else "pass"}
