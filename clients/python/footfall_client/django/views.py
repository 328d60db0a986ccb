"""A page of the project that shows a dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.html import escape

from footfall_client.django.embedding import frame_for, is_permitted

if TYPE_CHECKING:
    from typing import Any

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="margin:0">{frame}</body>
</html>
"""


def dashboard(request: Any, source: str = "", name: str = "") -> HttpResponse:
    """A page with the dashboard in a frame; 403 for those who may not see it.

    The token in it is made anew each time, so the page is not to be kept.
    """
    if not is_permitted(request):
        raise PermissionDenied("Dashboards are shown to staff.")
    frame = frame_for(request, source, name, height=900)
    page = _PAGE.format(title=escape(name or source or "Footfall"), frame=frame)
    response = HttpResponse(page.encode())
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    return response
