"""Names under which programs write addresses and secrets, and names that only look like them."""

from __future__ import annotations

from typing import Any

import pytest

from footfall.intake.hidden import hides
from footfall.intake.secretive import is_hidden, without_hidden

ADDRESS = "198.51.100.7"

_ADDRESSES = """
    ip $ip ips ip_address ipAddress ipaddr clientIp client_ip clientip CLIENT_IP client.ip
    client.address client.port client.nat.ip client.socket.address source.ip source.address
    source.port related.ip network.forwarded_ip network.peer.address network.peer.port
    net.peer.ip net.sock.peer.addr network.client.ip http.client_ip
    http.request.header.x-forwarded-for http.request.header.x_forwarded_for
    http.request.headers.x-forwarded-for http.request.header.x-real-ip
    nginx.access.remote_ip_list x_forwarded_for xforwardedfor X-Forwarded-For
    x-original-forwarded-for forwarded-for x-real-ip X-Real-IP HTTP_X_FORWARDED_FOR
    HTTP_X_REAL_IP http_cf_connecting_ip cf-connecting-ipv6 Cf-Pseudo-IPv4 true-client-ip
    fastly-client-ip x-cluster-client-ip x-envoy-external-address x-azure-clientip OriginalIP
    original-ip X-Original-IP x-appengine-user-ip X-Client-Address cs(X-ProxyUser-Ip)
    cs(CF-Connecting-IP) cs(x-forwarded-for) REMOTE_ADDR remote_addr remoteAddr remoteAddress
    remote_address remoteIP remoteIp remote_ip remotePort remote_port sourceAddress sourceIp
    source_ip socket.remoteAddress request.remote_addr request.headers.X-Forwarded-For
    req.remoteAddress req.connection.remoteAddress userIp user_ip visitor_ip peer_address
    peer.ip proxy_protocol_addr proxy_protocol_port realip_remote_addr binary_remote_addr
    proxy_add_x_forwarded_for request_X-Forwarded-For request_Cf-Connecting-Ip ClientAddr
    ClientPort remoteaddress clientaddress sourceip remoteaddr ipaddress ce-client-ip
    ce-xforwardedfor device.ip geoip.ip x-vercel-forwarded-for
"""

_PERHAPS = """
    client peer remote source src forwarded http.request.header.forwarded request_Forwarded
    cs(Forwarded) clientHost remote_host peername socket.peer
"""

_SECRETS = """
    http_cookie HTTP_COOKIE cs(Cookie) sc(Set-Cookie) sent_http_set_cookie
    upstream_http_set_cookie request_Cookie downstream_Set-Cookie origin_Set-Cookie
    http.request.header.cookie http.response.header.set-cookie request.headers.Authorization
    HTTP_AUTHORIZATION set-cookie proxy-authorization req.cookies
"""

_KEPT = """
    address description shipping_address email_address billing.address email.from.address
    ip_version clip recipient peers_count client_version client.version client_id
    client.user_agent.name server.ip server.address host.ip host_ip destination.ip
    destination.address observer.ip s-ip upstream_addr upstream_ip resource_address
    resource.id user_address customer.address customer_address network.local.address
    source_file source_name open_source sources forwarded_to forwarded_by ship tip zip
    zip_code script clipboard membership skip trip equip description_ip_free cookie
    cookie_consent cookies_accepted authorization authorization_url request_id requester port
    server.port local_port remote_user clients client_os peer_review src_width header host x y
    xy ce ip_count ipad ipsum proxy_protocol_server_addr user.name user_agent url path target
    upstream server scope level message
"""
ADDRESSES, PERHAPS = _ADDRESSES.split(), _PERHAPS.split()
SECRETS, KEPT = _SECRETS.split(), _KEPT.split()


@pytest.mark.parametrize("name", ADDRESSES)
def test_names_of_addresses(name: str) -> None:
    assert hides(name) == hides(name.lower()) == "address"
    assert is_hidden(name, ADDRESS)
    assert is_hidden(name, [ADDRESS])


@pytest.mark.parametrize("name", PERHAPS)
def test_names_that_hold_an_address_at_times(name: str) -> None:
    assert hides(name) == "perhaps"
    assert is_hidden(name, ADDRESS)
    assert is_hidden(name, f"for={ADDRESS};proto=https")
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
    ],
)  # fmt: skip
def test_records_are_searched_at_any_depth(record: dict[str, Any], kept: dict[str, Any]) -> None:
    assert without_hidden(record) == kept


def test_names_of_any_shape_are_read() -> None:
    assert [hides(name) for name in ("", ".", "...", "é", "()", "x" * 10_000)] == ["nothing"] * 6
