"""A request as a tracker sends it, and all that there are."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from urllib.parse import urlencode

KEY = "site-key"
"""What stands where a tracker's own key does."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One request.

    `protocol` is the adapter's name; `target` the path with its query; `body` bytes, or
    what is written as JSON. `shape` says how that JSON travels: "json", "form" (as the
    parameter `data`), "base64" (the same, in base64), "query" (base64 in the address).
    """

    protocol: str
    target: str
    body: Any = b""
    method: str = "POST"
    shape: str = "json"
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def with_body(self, body: Any) -> Sample:
        """The same request with another body."""
        return Sample(self.protocol, self.target, body, self.method, self.shape, self.headers)

    def address(self) -> str:
        """Path and query."""
        if self.shape != "query":
            return self.target
        mark = "&" if "?" in self.target else "?"
        return f"{self.target}{mark}{urlencode({'data': self._base64()})}"

    def content(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        if self.shape == "json":
            return self._text().encode("utf-8", "replace")
        if self.shape == "query":
            return b""
        text = self._text() if self.shape == "form" else self._base64()
        return urlencode({"data": text}, errors="replace").encode()

    def _text(self) -> str:
        return json.dumps(self.body, separators=(",", ":"))

    def _base64(self) -> str:
        return base64.b64encode(self._text().encode("utf-8", "replace")).decode()


def samples() -> list[Sample]:
    """All of them: every module of this package has its own in `SAMPLES`."""
    package = import_module("benchmarks.tracker_bodies")
    names = sorted(module.name for module in iter_modules(package.__path__))
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    return [sample for module in modules for sample in getattr(module, "SAMPLES", ())]
