"""PostHog: posthog-js today and of 2024, posthog-python, Capture V1."""

from __future__ import annotations

from typing import Any

from benchmarks.tracker_bodies.sample import KEY, Sample

_WEB: dict[str, Any] = {
    "token": KEY,
    "distinct_id": "018f-anon",
    "$session_id": "018f-session",
    "$window_id": "018f-window",
    "$current_url": "https://shop.example/cart?utm_source=mail",
    "$host": "shop.example",
    "$pathname": "/cart",
    "$referrer": "$direct",
    "$referring_domain": "$direct",
    "$browser": "Firefox",
    "$browser_version": 140,
    "$os": "Linux",
    "$device_type": "Desktop",
    "$browser_language": "de-AT",
    "$raw_user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "$screen_width": 1920,
    "$screen_height": 1080,
    "$lib": "web",
    "$lib_version": "1.449.2",
    "$device_id": "018f-device",
    "utm_source": "mail",
    "title": "Cart",
    "plan": "pro",
}


def _web(name: str, uuid: str, **more: Any) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "event": name,
        "properties": {**_WEB, **more},
        "timestamp": "2026-11-01T11:59:58.120Z",
    }


BROWSER = Sample(
    "posthog",
    "/e/?ip=0&ver=1.449.2",
    {
        "api_key": KEY,
        "batch": [
            _web("$pageview", "018f-1"),
            _web("$identify", "018f-2", distinct_id="u1", **{"$anon_distinct_id": "018f-anon"}),
            _web("added", "018f-3", revenue=12.5),
        ],
        "sent_at": "2026-11-01T12:00:00.000Z",
    },
)
OLD_BROWSER = Sample(
    "posthog",
    "/e/?compression=base64&ip=1&_=1793534400000&ver=1.130.2",
    {
        "uuid": "018f-4",
        "event": "$pageview",
        "properties": {**_WEB, "$time": 1793534398.12, "$insert_id": "abc"},
        "offset": 1500,
    },
    shape="base64",
)
PYTHON = Sample(
    "posthog",
    "/batch/",
    {
        "batch": [
            {
                "event": "paid",
                "uuid": f"018f-{n}",
                "distinct_id": "u1",
                "timestamp": "2026-11-01T11:59:59+00:00",
                "properties": {
                    "amount": 49.9,
                    "$lib": "posthog-python",
                    "$lib_version": "7.91.1",
                    "$os": "Linux",
                    "$is_server": True,
                    "$geoip_disable": True,
                },
            }
            for n in range(10, 30)
        ],
        "historical_migration": False,
        "sent_at": "2026-11-01T12:00:00+00:00",
        "api_key": KEY,
    },
)
V1 = Sample(
    "posthog_v1",
    "/i/v1/analytics/events",
    {
        "created_at": "2026-11-01T12:00:00+00:00",
        "batch": [
            {
                "event": "paid",
                "uuid": f"018f-{n}",
                "distinct_id": "u1",
                "timestamp": "2026-11-01T11:59:59+00:00",
                "session_id": "s1",
                "options": {"process_person_profile": True},
                "properties": {"amount": 49.9, "$set": {"plan": "pro"}},
            }
            for n in range(30, 50)
        ],
    },
    headers={
        "authorization": f"Bearer {KEY}",
        "posthog-sdk-info": "posthog-python/7.91.1",
        "posthog-request-timestamp": "2026-11-01T12:00:00+00:00",
    },
)
SAMPLES = (
    BROWSER,
    OLD_BROWSER,
    PYTHON,
    V1,
    Sample("posthog_flags", "/flags/?v=2", {"token": KEY, "distinct_id": "u1"}),
    Sample("posthog_config", f"/array/{KEY}/config", method="GET"),
    Sample("posthog_lists", f"/api/surveys/?token={KEY}", method="GET"),
    Sample("posthog_recordings", "/s/", {"api_key": KEY, "batch": []}),
)
