"""Matomo: what the script sends, and the bulk of a log importer."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from benchmarks.tracker_bodies.sample import Sample

_PAGE = {
    "idsite": "1",
    "rec": "1",
    "action_name": "A page",
    "url": "https://shop.example/a",
    "urlref": "https://x.example/",
    "_id": "0123456789abcdef",
    "uid": "u1",
    "res": "1920x1080",
    "rand": "123456",
    "h": "12",
    "m": "0",
    "s": "1",
    "dimension1": "gold",
    "cvar": json.dumps({"1": ["plan", "pro"]}),
}
PAGE = Sample("matomo", "/matomo.php?" + urlencode(_PAGE))
FORM = Sample("matomo", "/matomo.php", urlencode(_PAGE).encode())
BULK = Sample(
    "matomo",
    "/matomo.php",
    {"requests": ["?" + urlencode({**_PAGE, "pv_id": f"p{n}"}) for n in range(20)]},
)
SAMPLES = (PAGE, FORM, BULK)
