"""Sends events to Footfall: no dependency, no wait in the host's request, nothing lost.

from footfall_client import Client

client = Client("http://127.0.0.1:8790", "ffw_…")
client.capture("signup", distinct_id="u1", properties={"plan": "pro"})
"""

from footfall_client.client import Client
from footfall_client.current import capture, captures, name_request, named, set_user, use
from footfall_client.errors import ClientError, MissingPackage, SettingError, TokenError
from footfall_client.reports import Problem
from footfall_client.stats import Stats

__version__ = "0.1.0"

__all__ = [
    "Client",
    "ClientError",
    "MissingPackage",
    "Problem",
    "SettingError",
    "Stats",
    "TokenError",
    "__version__",
    "capture",
    "captures",
    "name_request",
    "named",
    "set_user",
    "use",
]
