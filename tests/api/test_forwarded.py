"""Whose word on the address and the scheme is taken."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.forwarded import client_of, is_trusted, read_networks
from api.rates import client_key
from gis.settings import Settings

PROXIES = read_networks("127.0.0.1, 10.0.0.0/8, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not our proxy: its word is nothing
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # what stands left anybody may have written
        ("127.0.0.1", "1.2.3.4, 198.51.100.1, 10.1.1.1", "198.51.100.1"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "not an address", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1:80", "127.0.0.1"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("testclient", "198.51.100.1", "testclient"),
    ],
)
def test_the_nearest_address_that_is_not_a_proxy_of_ours(peer: str, forwarded: str, client: str) -> None:
    assert client_of(peer, forwarded, PROXIES) == client


@given(st.text(max_size=60), st.ip_addresses(v=4))
def test_whatever_is_claimed_a_stranger_stays_who_they_are(claimed: str, peer: ipaddress.IPv4Address) -> None:
    found = client_of(str(peer), claimed, PROXIES)
    assert found == str(peer) or is_trusted(str(peer), PROXIES)


@given(st.text(max_size=60))
def test_the_client_is_an_address_whatever_is_claimed(claimed: str) -> None:
    ipaddress.ip_address(client_of("127.0.0.1", claimed, PROXIES))


def test_households_of_ipv6_count_as_one() -> None:
    assert client_key("2001:db8:1:2:3:4:5:6") == client_key("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    assert client_key("2001:db8:1:3::1") != client_key("2001:db8:1:2::1")
    assert client_key("198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"trusted_proxies": "anybody"},
        {"rate_reports": "many"},
        {"rate_logins": "0/minute"},
        {"public_url": "https://host/path"},
        {"public_url": "ftp://host"},
    ],
)
def test_wrong_settings_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # type: ignore[arg-type]
