"""Sends events to Footfall: no dependency, no wait in the host's request, nothing lost.

from footfall_client import Client

client = Client("http://127.0.0.1:8790", "ffw_…")
client.capture("signup", distinct_id="u1", properties={"plan": "pro"})
"""

# The module `typing` would take half as long to import as all of this package, so that the parts
# imported here do without it: checkers of types take a constant TYPE_CHECKING as true.
from footfall_client.client import Client
from footfall_client.current import (
    capture,
    captures,
    name_request,
    named,
    note_error,
    set_user,
    use,
)
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
    "note_error",
    "set_user",
    "use",
]
