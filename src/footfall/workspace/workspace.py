"""The workspace of a lake: one handle on everything that is saved beside the events."""

from __future__ import annotations

from pathlib import Path

from footfall.model.time import Clock, utc_now
from footfall.workspace.database import open_database
from footfall.workspace.embeds import EmbedSecrets
from footfall.workspace.logins import Logins
from footfall.workspace.tokens import Tokens
from footfall.workspace.write_keys import WriteKeys


class Workspace:
    """Tokens, write keys, embed secrets and logins kept in `<lake>/workspace.db`."""

    def __init__(self, folder: Path, clock: Clock = utc_now) -> None:
        self._engine = open_database(folder)
        self.tokens = Tokens(self._engine, clock)
        self.keys = WriteKeys(self._engine, clock)
        self.embeds = EmbedSecrets(self._engine, clock)
        self.logins = Logins(self._engine, clock)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
