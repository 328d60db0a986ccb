"""Lines as the vendors' documentation shows them, and how one line is read."""

from __future__ import annotations

from typing import Any

from footfall.capture.logfiles import open_format
from footfall.capture.presets import preset
from footfall.capture.records import Format, Parsed
from footfall.model.source import Source

SECRET = b"k" * 32

CLOUDFRONT_HEADER = (
    "#Version: 1.0\n"
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    "cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id "
    "x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher "
    "x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port "
    "time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len "
    "sc-range-start sc-range-end\n"
)
CLOUDFRONT = "\t".join(
    [
        *("2019-12-04", "21:02:31", "LAX1", "392", "192.0.2.100", "GET"),
        *("d111111abcdef8.cloudfront.net", "/index.html", "200", "-"),
        "Mozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64)%20AppleWebKit/537.36%20"
        "(KHTML,%20like%20Gecko)%20Chrome/78.0.3904.108%20Safari/537.36",
        *("utm_source=news", "-", "Hit"),
        "SOX4xwn4XV6Q4rgb7XiVGOHms_BGlTAC4KyHmureZmBNrjGdRLiNIQ==",
        *("shop.example", "https", "23", "0.001", "-", "TLSv1.2"),
        *("ECDHE-RSA-AES128-GCM-SHA256", "Hit", "HTTP/2.0", "-", "-", "11040", "0.001"),
        *("Hit", "text/html", "78", "-", "-"),
    ]
)
ALB = (
    "https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 "
    "192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "
    '"GET https://www.example.com:443/a?b=1 HTTP/1.1" "curl/7.46.0" '
    "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 "
    "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
    '"Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" '
    '"arn:aws:acm:us-east-2:123456789012:certificate/12345678" 1 2018-07-02T22:22:48.364000Z '
    '"authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234'
)
S3 = (
    "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 "
    "[06/Feb/2019:00:00:38 +0000] 192.0.2.3 "
    "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be 3E57427F3EXAMPLE "
    'REST.GET.OBJECT a/b.pdf "GET /a/b.pdf?versioning HTTP/1.1" 200 - 113 4406583 7 5 "-" '
    '"S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV= '
    "SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader "
    "amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 - Yes"
)
IIS_HEADER = (
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
    "#Date: 2019-04-12 00:00:00\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip "
    "cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"
)
IIS = (
    "2019-04-12 00:00:22 10.0.0.5 GET /home/index.htm id=7 80 anna 203.0.113.9 "
    "Mozilla/5.0+(Windows+NT+10.0;+Win64;+x64) https://www.example.com/a 200 0 64 1500"
)
NGINX_ERROR = (
    '2019/05/20 12:34:56 [error] 1234#5678: *90 open() "/srv/www/x" failed (2: No such file or '
    'directory), client: 192.0.2.7, server: shop.example, request: "GET /x?y=1 HTTP/1.1", '
    'upstream: "http://127.0.0.1:9000/x", host: "shop.example", referrer: "https://shop.example/"'
)
LEARNING = (
    "1 | 01/03/2024 08:00:00 | anna | 192.0.2.7 | Mozilla/5.0 (X11; Linux)\n"
    "3 | 01/03/2024 08:05:00 | anna | 192.0.2.7 | network | dns-basics | lab7 | c0ffee123456 | "
    "Mozilla/5.0 (X11; Linux)\n"
    "5 | the container did not answer\n"
    "4 | 01/03/2024 08:35:30 | anna | 192.0.2.7 | network | dns-basics | lab7 | c0ffee123456\n"
    "2 | 01/03/2024 09:00:00 | anna | 192.0.2.7\n"
)

LINES: dict[str, tuple[str, str]] = {
    "cloudfront": (CLOUDFRONT_HEADER, CLOUDFRONT),
    "iis": (IIS_HEADER, IIS),
    "alb": ("", ALB),
    "s3": ("", S3),
    "nginx_error": ("", NGINX_ERROR),
    "learning": ("", LEARNING.splitlines()[1]),
}


def source_of(name: str, timezone: str = "UTC") -> Source:
    chosen = preset(name)
    return Source("web", timezone=timezone, mapping=chosen.mapping, properties=chosen.declare)


def form_of(name: str, head: str = "", timezone: str = "UTC") -> Format:
    return open_format(source_of(name, timezone), SECRET, head.encode())


def parse(name: str, text: str | bytes, timezone: str = "UTC") -> Parsed:
    data = text if isinstance(text, bytes) else text.encode()
    form = open_format(source_of(name, timezone), SECRET, data)
    start = form.begin(data)
    return form.parse(form.records(data[start:], 1))


def rows(parsed: Parsed) -> list[dict[str, Any]]:
    """Events without what is null."""
    return [
        {key: value for key, value in row.items() if value is not None}
        for row in parsed.table.to_pylist()
    ]


def one(name: str, line: str, header: str | None = None, timezone: str = "UTC") -> dict[str, Any]:
    start = LINES[name][0] if header is None and name in LINES else header or ""
    parsed = parse(name, start + line + "\n", timezone)
    assert parsed.faults == []
    (row,) = rows(parsed)
    return row
