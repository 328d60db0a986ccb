"""What Django is told of the app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register


class FootfallConfig(AppConfig):
    """`footfall_client.django` in INSTALLED_APPS."""

    name = "footfall_client.django"
    label = "footfall"
    verbose_name = "Footfall"

    def ready(self) -> None:
        """Register the checks of the settings."""
        from footfall_client.django.checks import check_settings

        register(check_settings)
