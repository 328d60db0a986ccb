"""Which `Host` headers are answered: a foreign name pointed at us gets nothing."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from footfall.settings import ServerSettings

_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_loopback(host: str) -> bool:
    """Whether an address or name can only mean this machine.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("10.0.0.1")
    (True, True, False)
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def allowed_hosts(settings: ServerSettings) -> frozenset[str] | None:
    """Names that a `Host` header may carry; None where any may.

    On loopback only loopback names and the public URL's are allowed, so that a page
    elsewhere cannot reach this server under a name of its own (DNS rebinding). Behind a
    public URL its name is allowed as well. A server told to listen to the network without
    a public URL cannot know its names.
    """
    public = public_host(settings)
    if is_loopback(settings.host) or public:
        return _LOOPBACK | {settings.host} | ({public} if public else set())
    return None


def public_host(settings: ServerSettings) -> str | None:
    """Host name of the public URL, if there is one."""
    return urlsplit(settings.public_url).hostname


def host_name(header: str) -> str:
    """Name in a `Host` header, without the port.

    >>> host_name("[::1]:8790"), host_name("Example.org:80")
    ('::1', 'example.org')
    """
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def base_url(settings: ServerSettings, port: int | None = None) -> str:
    """Address under which people reach the server, without a closing slash."""
    return settings.public_url.rstrip("/") or local_url(settings, port)


def local_url(settings: ServerSettings, port: int | None = None) -> str:
    """Address at which the server listens, as this machine reaches it."""
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104 - not bound here
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.port if port is None else port}"
