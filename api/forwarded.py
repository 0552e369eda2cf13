"""Who really called, and how: the proxy's word is taken only where the operator named the proxy."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_networks(value: str) -> tuple[Network, ...]:
    """Addresses and networks, comma separated; ValueError for what is neither."""
    return tuple(
        ipaddress.ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip()
    )


def is_trusted(address: str, proxies: Sequence[Network]) -> bool:
    """Whether an address is one of the operator's proxies."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = getattr(found, "ipv4_mapped", None) or found
    return any(found in network for network in proxies)


def client_of(peer: str, forwarded_for: str, proxies: Sequence[Network]) -> str:
    """The nearest address that is not a proxy of ours; what stands left of it anybody may have written."""
    address = peer
    for claimed in reversed([part.strip() for part in forwarded_for.split(",")]):
        if not is_trusted(address, proxies):
            break
        try:
            address = str(ipaddress.ip_address(claimed))
        except ValueError:
            break
    return address


class Forwarded:
    """Puts the client's address and the scheme of its request into the scope."""

    def __init__(self, app: ASGIApp, proxies: Sequence[Network], *, is_https: bool = False) -> None:
        self.app = app
        self.proxies = proxies
        self.is_https = is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            peer, port = scope.get("client") or ("", 0)
            if self.is_https:
                scope["scheme"] = "https"
            if is_trusted(peer, self.proxies):
                headers = Headers(scope=scope)
                scope["client"] = (
                    client_of(peer, ",".join(headers.getlist("x-forwarded-for")), self.proxies),
                    port,
                )
                if headers.get("x-forwarded-proto", "").rpartition(",")[2].strip().lower() == "https":
                    scope["scheme"] = "https"
        await self.app(scope, receive, send)
