"""`manage.py footfall_test`: send one event, and say what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

from footfall_client.client import Client
from footfall_client.django import conf
from footfall_client.errors import ClientError
from footfall_client.units import seconds

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from typing import Any

    from footfall_client.reports import Problem

EVENT = "footfall.test"


class Command(BaseCommand):
    """Sends an event as the middleware would, and waits for the answer."""

    help = "Send one event to Footfall and say what became of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long to wait."""
        parser.add_argument("--timeout", default="10s", help="how long to wait, such as 10s")

    def handle(self, *_: Any, **options: Any) -> None:
        """Raise `CommandError`, so exit with 1, unless the event is stored."""
        if not conf.is_enabled():
            raise CommandError("FOOTFALL has no URL, or IS_ENABLED is false: nothing is sent.")
        problems: list[Problem] = []
        try:
            seconds("timeout", options["timeout"])
            # Without a spool: an event that cannot be sent now is of no use later.
            given: dict[str, Any] = {**conf.client_options(), "spool": False}
            given["on_error"] = problems.append
            client = Client(**given)
        except (ClientError, TypeError) as error:
            raise CommandError(str(error)) from error
        client.capture(EVENT, "footfall_test")
        client.flush(options["timeout"])
        stats = client.stats
        client.close("500ms")
        if not stats.stored:
            reason = problems[0].message if problems else "no answer came in time."
            raise CommandError(f"The event was not stored: {reason}")
        url = conf.value("URL")
        self.stdout.write(f"{url} stored the event {EVENT!r}.")
