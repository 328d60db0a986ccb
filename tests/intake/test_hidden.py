"""Names under which programs write addresses and secrets, and names that only look like them."""

from __future__ import annotations

from typing import Any

import pytest

from footfall.intake.hidden import hides
from footfall.intake.secretive import MARK
from footfall.intake.unkept import is_hidden, without_hidden

ADDRESS = "198.51.100.7"

_ADDRESSES = """
    ip $ip ips ip_address ipAddress ipaddr clientIp client_ip clientip CLIENT_IP client.ip
    client.address client.nat.ip client.socket.address source.ip source.address related.ip
    network.forwarded_ip network.peer.address net.peer.ip net.sock.peer.addr network.client.ip
    http.client_ip http.request.header.x-forwarded-for http.request.header.x_forwarded_for
    http.request.headers.x-forwarded-for http.request.header.x-real-ip
    nginx.access.remote_ip_list x_forwarded_for xforwardedfor X-Forwarded-For
    x-original-forwarded-for forwarded-for x-real-ip X-Real-IP HTTP_X_FORWARDED_FOR
    HTTP_X_REAL_IP http_cf_connecting_ip cf-connecting-ipv6 Cf-Pseudo-IPv4 true-client-ip
    fastly-client-ip x-cluster-client-ip x-envoy-external-address x-azure-clientip OriginalIP
    original-ip X-Original-IP x-appengine-user-ip X-Client-Address cs(X-ProxyUser-Ip)
    cs(CF-Connecting-IP) cs(x-forwarded-for) REMOTE_ADDR remote_addr remoteAddr remoteAddress
    remote_address remoteIP remoteIp remote_ip sourceAddress sourceIp source_ip
    socket.remoteAddress request.remote_addr request.headers.X-Forwarded-For req.remoteAddress
    req.connection.remoteAddress userIp user_ip visitor_ip peer_address peer.ip
    proxy_protocol_addr realip_remote_addr binary_remote_addr proxy_add_x_forwarded_for
    request_X-Forwarded-For request_Cf-Connecting-Ip ClientAddr remoteaddress clientaddress
    sourceip remoteaddr ipaddress ce-client-ip ce-xforwardedfor device.ip geoip.ip
    x-vercel-forwarded-for cIp c-ip cs-ip xff XFF last_sign_in_ip current_sign_in_ip
    last_login_ip actor_ip InitiatorIPAddress id.orig_h ip_src browser_ip customer_ip device_ip
    public_ip from_ip session_ip principalIp saddr wl-proxy-client-ip ip_address_v4 signup_ip
    login.last_ip users_ip client_host_ip req.connection._peername.address
"""

_PORTS = """
    client.port source.port network.peer.port remotePort remote_port proxy_protocol_port
    ClientPort nat_port src_port socket.remotePort client.socket.port id.orig_p _peername.port
"""

_PERHAPS = """
    client peer remote source src forwarded http.request.header.forwarded request_Forwarded
    cs(Forwarded) clientHost remote_host peername socket.peer
"""

_SECRETS = """
    http_cookie HTTP_COOKIE cs(Cookie) sc(Set-Cookie) sent_http_set_cookie
    upstream_http_set_cookie request_Cookie downstream_Set-Cookie origin_Set-Cookie
    http.request.header.cookie http.response.header.set-cookie request.headers.Authorization
    HTTP_AUTHORIZATION set-cookie proxy-authorization req.cookies requestHeaders.cookie
    multiValueHeaders.Authorization res.headers.set-cookie
"""

_CREDENTIALS = """
    cookie Cookie cookies authorization Authorization screen.cookies result.authorization
    restaurant.cookie resources.cookies score.cookies center.cookies research.authorization
    certificate.cookies recipe.cookie sentence.cookies
"""

_KEPT = """
    address description shipping_address email_address billing.address email.from.address clip
    recipient peers_count client_version client.version client_id client.user_agent.name
    server.ip server.address host.ip host_ip destination.ip destination.address observer.ip
    s-ip upstream_addr upstream_ip resource_address resource.id user_address customer.address
    customer_address network.local.address source_file source_name open_source sources
    forwarded_to forwarded_by ship tip zip zip_code script clipboard membership skip trip equip
    description_ip_free cookie_consent cookies_accepted authorization_url request_id requester
    port server.port local_port remote_user clients client_os peer_review src_width host x y xy
    ce ipad ipsum proxy_protocol_server_addr user.name user_agent url path target upstream
    server scope level message dst_ip ip_dst ip.dst web_server.ip server_ip id.resp_h daddr xip
    ceip resip
"""
ADDRESSES, PERHAPS = _ADDRESSES.split(), _PERHAPS.split()
PORTS, CREDENTIALS = _PORTS.split(), _CREDENTIALS.split()
CREDENTIALS_THEMSELVES = (
    "Bearer abc",
    "Basic YTpi",
    "Token 9944b09199c6",
    'Digest username="a"',
    "sid=abc",
    "a=b; c=d",
    'a="b c"',
    "eyJhbGc.eyJz.x",
)
SECRETS, KEPT = _SECRETS.split(), _KEPT.split()


@pytest.mark.parametrize("name", ADDRESSES)
def test_names_of_addresses(name: str) -> None:
    assert hides(name) == hides(name.lower()) == "address"
    assert is_hidden(name, ADDRESS)
    assert is_hidden(name, [ADDRESS])
    assert not is_hidden(name, "12 Main Street")
    assert not is_hidden(name, 3)


@pytest.mark.parametrize("name", PORTS)
def test_names_of_ports(name: str) -> None:
    assert hides(name) == hides(name.lower()) == "port"
    assert without_hidden({"client_ip": ADDRESS, name: 4711, "a": 1}) == {"a": 1}
    assert without_hidden({"client_ip": ADDRESS, name: "Rotterdam"}) == {name: "Rotterdam"}
    assert without_hidden({"client_ip": "none", name: 5}) == {"client_ip": "none", name: 5}
    assert without_hidden({name: 5}, taken=["req.ip"]) == {}
    assert is_hidden(name, f"{ADDRESS}:80")


@pytest.mark.parametrize("name", CREDENTIALS)
def test_names_of_credentials(name: str) -> None:
    assert hides(name) == "credential"
    for value in (*CREDENTIALS_THEMSELVES, ["sid=abc; Path=/"]):
        assert is_hidden(name, value)
    assert without_hidden({name: ["x", "sid=abc"]}) == {name: ["x"]}
    for kept in (
        "accepted",
        "Token economy",
        "Basic Plan",
        "digest daily",
        4,
        True,
        {"a": "b"},
        ["x"],
    ):
        assert without_hidden({name: kept}) == {name: kept}


@pytest.mark.parametrize("name", PERHAPS)
def test_names_that_hold_an_address_at_times(name: str) -> None:
    assert hides(name) == "perhaps"
    assert is_hidden(name, ADDRESS)
    assert is_hidden(name, f"for={ADDRESS};proto=https")
    mention = f"newsletter {ADDRESS} promo"
    assert without_hidden({name: mention}) == without_hidden({name: mention.replace(ADDRESS, MARK)})
    assert not is_hidden(name, "web")
    assert not is_hidden(name, True)


@pytest.mark.parametrize("name", SECRETS)
def test_names_of_secrets(name: str) -> None:
    assert hides(name) == "secret"
    assert is_hidden(name, {"sid": "x"})


@pytest.mark.parametrize("name", KEPT)
def test_names_that_stay(name: str) -> None:
    assert hides(name) == "nothing"
    assert not is_hidden(name, ADDRESS)


@pytest.mark.parametrize("name", [*ADDRESSES, *PERHAPS, *SECRETS, *KEPT])
def test_objects_within_each_other_are_as_names_joined_by_dots(name: str) -> None:
    nested: Any = ADDRESS
    for part in reversed(name.split(".")):
        nested = {part: nested}
    assert without_hidden(nested) == (nested if name in KEPT else {})


@pytest.mark.parametrize(
    ("record", "kept"),
    [
        ({"client": {"address": ADDRESS, "ip": ADDRESS}}, {}),
        ({"client": {"address": ADDRESS, "os": "x"}}, {"client": {"os": "x"}}),
        ({"source": {"address": {"city": "Wien"}}}, {"source": {"address": {"city": "Wien"}}}),
        ({"remoteAddress": {"address": ADDRESS, "family": "IPv4"}}, {}),
        ({"hops": [{"ip": ADDRESS, "ms": 3}, "x"]}, {"hops": [{"ms": 3}, "x"]}),
        ({"server": {"ip": ADDRESS}}, {"server": {"ip": ADDRESS}}),
        ({"server": {"client_ip": ADDRESS}, "empty": {}}, {"empty": {}}),
        ({"context": [[{"remoteIP": ADDRESS}]]}, {"context": [[{}]]}),
        ({"req": {"remoteAddress": ADDRESS, "remotePort": 1, "id": 2}}, {"req": {"id": 2}}),
        ({"client": {"address": ADDRESS, "nat": {"port": 1}}}, {"client": {"nat": {"port": 1}}}),
        ({"client": {"port": 1, "nat": {"ip": ADDRESS}}}, {}),
        ({"source": f"newsletter {ADDRESS} promo"}, {"source": "newsletter [address] promo"}),
        ({"client_ips": [ADDRESS, "patent 1"]}, {"client_ips": ["patent 1"]}),
        ({"client_address": "2001:db8::1, 192.0.2.1:80"}, {}),
        ({"x_forwarded_for": f"unknown, {ADDRESS}"}, {}),
        ({"forwarded": f'for="[2001:db8::1]:80";host=a.example, for={ADDRESS}'}, {}),
    ],
)  # fmt: skip
def test_records_are_searched_at_any_depth(record: dict[str, Any], kept: dict[str, Any]) -> None:
    assert without_hidden(record) == kept


@pytest.mark.parametrize(
    "record",
    [
        {"client_address": "12 Main Street"}, {"clientAddress": "Elm St"}, {"peer": "::1x"},
        {"source_address": "warehouse 4"}, {"remote_port": "Rotterdam"}, {"forwarded_for": "bob"},
        {"original_ips": ["patent 1"]}, {"tax": {"ip": 3}}, {"match": {"ips": 2}}, {"nat_port": 5},
        {"screen": {"cookies": "accepted"}}, {"result": {"authorization": "approved"}},
        {"restaurant": {"cookies": 4}}, {"resources": {"cookie": "oat"}}, {"req": {"cookies": 2}},
        {"score": {"cookies": "x"}}, {"center": {"authorization": "x"}}, {"ip_version": "IPv4"},
        {"research": {"cookies": "x"}}, {"certificate": {"authorization": "x"}}, {"ip_count": 3},
        {"header": "Welcome: 2 offers"}, {"headers": ["Name", "Price"]}, {"headers": []},
        {"headers": [{"name": "Price", "unit": "EUR"}, ["a", "b", "c"], 3, [1, "Cookie"]]},
        {"cookie": "choc chip"}, {"authorization": "granted"}, {"client_ips": []},
    ],
)  # fmt: skip
def test_fields_of_such_names_that_hold_something_else_stay(record: dict[str, Any]) -> None:
    assert without_hidden(record) == record


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        (["Cookie", "sid=x", "X-Forwarded-For", ADDRESS, "Host", "a"], ["Host", "a"]),
        ([["cookie", "sid=x"], ["x-forwarded-for", ADDRESS], ["host", "a"]], [["host", "a"]]),
        ([{"name": "Cookie", "value": "x"}, {"name": "Host", "value": "a"}],
         [{"name": "Host", "value": "a"}]),
        ([{"key": "Authorization", "value": "x"}, {"Name": "X-Real-IP", "Value": ADDRESS}], None),
        (["Cookie: sid=x", "Host: a"], ["Cookie: [hidden]", "Host: a"]),
        (f"HTTP/1.1 200 OK\r\nSet-Cookie: sid=x; Path=/\r\nX-Real-IP: {ADDRESS}\r\nVia: a\r\n",
         "HTTP/1.1 200 OK\r\nSet-Cookie: [hidden]\r\nX-Real-IP: [address]\r\nVia: a\r\n"),
        ("cookie: a\nAuthorization:Basic b\nX-Client: x", "cookie: [hidden]\nAuthorization:[hidden]"
         "\nX-Client: x"),
        ({"Cookie": ["sid=x"], "Host": ["a"]}, {"Host": ["a"]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["headers", "header", "rawHeaders", "request.headers"])
def test_headers_are_read_in_every_form(name: str, headers: Any, kept: Any) -> None:
    assert without_hidden({name: headers}) == ({} if kept is None else {name: kept})
    assert without_hidden({"res": {name: headers}}) == (
        {} if kept is None else {"res": {name: kept}}
    )


def test_what_lies_deeper_than_events_may_goes() -> None:
    deep: dict[str, Any] = {"client_ip": ADDRESS}
    for _ in range(5000):
        deep = {"a": [deep], "remote_port": 1}
    assert ADDRESS not in repr(without_hidden(deep))


def test_names_of_any_shape_are_read() -> None:
    assert [hides(name) for name in ("", ".", "...", "é", "()", "x" * 10_000, "xY" * 10_000)] == [
        "nothing"
    ] * 7
