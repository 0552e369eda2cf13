"""How often one address may do what needs no login; counted in memory, by each process for itself."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

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
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def allows(self, name: str, address: str) -> bool:
        """Count one, and say whether the window had room for it."""
        return self._limiter.hit(self._items[name], name, client_key(address))

    def hit(self, name: str, address: str) -> None:
        """Count one; TooMany when the window is full."""
        if not self.allows(name, address):
            raise self._too_many(name, address)

    def require_room(self, name: str, address: str) -> None:
        """TooMany when the window is full; counts nothing."""
        if not self._limiter.test(self._items[name], name, client_key(address)):
            raise self._too_many(name, address)

    def _too_many(self, name: str, address: str) -> TooMany:
        free_at = self._limiter.get_window_stats(self._items[name], name, client_key(address)).reset_time
        return TooMany(*WORDS.get(name, REQUESTS), retry_after_s=max(1, math.ceil(free_at - time.time())))
