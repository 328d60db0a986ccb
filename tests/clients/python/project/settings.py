"""A small community site. Footfall is in it where FOOTFALL_URL is set, and not else."""

from __future__ import annotations

import json
import os
from pathlib import Path

HERE = Path(__file__).resolve().parent
SECRET_KEY = "only for tests " * 4
ALLOWED_HOSTS = ["*"]
DEBUG = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "project.urls"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/articles/"
LOGOUT_REDIRECT_URL = "/articles/"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("PROJECT_DATABASE", ":memory:"),
    }
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "project",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
            ]
        },
    }
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "loggers": {"django.request": {"level": "CRITICAL"}},
}

if os.environ.get("FOOTFALL_URL"):
    from footfall_client.packs import community

    INSTALLED_APPS = [*INSTALLED_APPS, "footfall_client.django"]
    MIDDLEWARE = [*MIDDLEWARE, "footfall_client.django.middleware.FootfallMiddleware"]
    FOOTFALL = {
        "URL": os.environ["FOOTFALL_URL"],
        "KEY": "ffw_project",
        "SOURCE": os.environ.get("FOOTFALL_SOURCE", "site"),
        "EVERY": "50ms",
        "AT_EXIT": "60s",
        "SPOOL": os.environ.get("FOOTFALL_SPOOL", False),
        "RULES": community.rules(),
        "EXCLUDE": ["/health"],
        "TRACKER_KEY": "ffw_public",
        "EMBED_SECRET": os.environ.get("FOOTFALL_EMBED", "an embed secret of enough letters"),
        "EMBED_FILTER": json.loads(os.environ.get("FOOTFALL_FILTER", "null")),
    }
