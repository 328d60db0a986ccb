"""UserALE.js: a batch of records."""

from __future__ import annotations

from benchmarks.tracker_bodies.sample import KEY, Sample

BATCH = Sample(
    "userale",
    "/userale",
    [
        {
            "target": "button#buy",
            "path": ["button#buy", "div#main", "body", "html"],
            "pageUrl": "https://shop.example/a",
            "pageTitle": "A",
            "pageReferrer": "https://x.example/",
            "browser": {"browser": "chrome", "version": "91.0.4472"},
            "clientTime": 1793534398250 + n,
            "microTime": 0.8,
            "location": {"x": 10, "y": n},
            "scrnRes": {"width": 1920, "height": 1080},
            "type": "click",
            "logType": "raw",
            "userAction": True,
            "userId": "u1",
            "sessionID": "session_1",
            "toolName": KEY,
            "toolVersion": "2.4.0",
        }
        for n in range(20)
    ],
)
SAMPLES = (BATCH,)
