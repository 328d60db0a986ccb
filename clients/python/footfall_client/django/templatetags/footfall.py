"""`{% load footfall %}`: the browser's tracker, and dashboards, in templates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from footfall_client.django import conf
from footfall_client.django.embedding import frame_for, is_permitted

if TYPE_CHECKING:
    from typing import Any

register = template.Library()


@register.simple_tag(takes_context=True)  # pyright: ignore[reportUntypedFunctionDecorator]
def footfall_tracker(context: Any) -> Any:
    """The script element of the tracker; nothing without FOOTFALL['TRACKER_KEY'].

    That key stands in every page, so it should be one of its own, for a source of its own.
    """
    key = conf.value("TRACKER_KEY")
    if not key or not conf.value("IS_ENABLED", True):
        return ""
    url = conf.value("TRACKER_URL", "")
    src = conf.value("TRACKER_SRC") or f"{conf.value('URL', '').rstrip('/')}/footfall.js"
    nonce = _nonce(context)
    return format_html(
        '<script defer src="{}" data-key="{}"{}{}></script>',
        src,
        key,
        format_html(' data-url="{}"', url) if url else "",
        format_html(' nonce="{}"', nonce) if nonce else "",
    )


@register.simple_tag(takes_context=True)  # pyright: ignore[reportUntypedFunctionDecorator]
def footfall_dashboard(
    context: Any, source: str = "", dashboard: str = "", height: int = 600
) -> Any:
    """A dashboard in a frame; nothing for those who may not see it."""
    request = context.get("request")
    if request is None or not is_permitted(request):
        return ""
    frame = frame_for(request, source, dashboard, height=height)
    return mark_safe(frame)  # noqa: S308 - each part is escaped where it is put together


def _nonce(context: Any) -> str:
    """That of the page's content security policy, where the project has one."""
    nonce = context.get("csp_nonce") or getattr(context.get("request"), "csp_nonce", "")
    return str(nonce or "")
