"""How often one address may do what needs no login; counted in memory, by each process for itself."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Mapping

from limits import RateLimitItem, parse

from api.windows import Windows
from gis.base.errors import TooMany


def read_rate(value: str) -> RateLimitItem:
    """`30/minute`, `5 per second`: a number and a span; ValueError for anything else."""
    return parse(value)


def client_key(address: str) -> str:
    """The address; of IPv6 its /64, which is what one household or one machine has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


REQUESTS = (
    "too_many_requests",
    "请求过于频繁，请稍后再试",
    "Too many requests from your address, please try again later",
)
WORDS = {
    "refused commands": (
        "too_many_refused",
        "短时间内被拒绝的命令过多，暂不接受新命令；请先看“被拒的命令”中的原因，稍后再试",
        "Too many commands were refused, so none is taken for now; see why they were, and try again later",
    )
}


class Rates:
    """Moving windows by the name of a rate and the address."""

    def __init__(self, rates: Mapping[str, str]) -> None:
        self._items = {name: read_rate(value) for name, value in rates.items()}
        self._windows = Windows()

    def allows(self, name: str, address: str) -> bool:
        """Count one, and say whether the window had room for it."""
        return self._windows.hit(*self._asked(name, address))

    def hit(self, name: str, address: str) -> None:
        """Count one; TooMany when the window is full."""
        if not self.allows(name, address):
            raise self._too_many(name, self._windows.wait_s(*self._asked(name, address)))

    def require_room(self, name: str, address: str) -> None:
        """TooMany when the window is full; counts nothing."""
        if wait_s := self._windows.wait_s(*self._asked(name, address)):
            raise self._too_many(name, wait_s)

    def _asked(self, name: str, address: str) -> tuple[str, int, int]:
        rate = self._items[name]
        return f"{name} {client_key(address)}", rate.amount, rate.get_expiry()

    def _too_many(self, name: str, wait_s: float) -> TooMany:
        return TooMany(*WORDS.get(name, REQUESTS), retry_after_s=max(1, math.ceil(wait_s)))
