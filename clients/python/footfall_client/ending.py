"""Ends and forks of the process: every client flushes at exit, and begins anew in a child."""

from __future__ import annotations

import atexit
import os
import sys
import weakref

from footfall_client.transport import IMPORTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from footfall_client.client import Client

_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def watch(client: Client) -> None:
    """Look after a client for as long as it is in use."""
    _clients.add(client)


def at_end(client: Client) -> None:
    """Make sure that a client closes in a process that runs no exit functions.

    A child that `multiprocessing` forked leaves by `os._exit`, after its own finalizers.
    """
    processes = sys.modules.get("multiprocessing.process")
    if processes is not None and processes.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(client, client.close, exitpriority=0)


def _close_all() -> None:
    for client in list(_clients):
        client.close()


def _begin_anew() -> None:
    IMPORTS.release()
    for client in list(_clients):
        client.after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=IMPORTS.acquire, after_in_parent=IMPORTS.release, after_in_child=_begin_anew
    )
