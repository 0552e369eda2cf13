"""The walking profiles as data: speeds, slope table, steps. `docs/walking_rules.md` publishes the same numbers.

The slope factors are Tobler's hiking function relative to level ground, exp(3.5 |s + 0.05|) / exp(3.5 * 0.05),
taken at the steeper end of each class and never below 1: slope is a penalty, going downhill earns nothing.
Up to 3 % nothing is added: street data is not better than that.
"""

from __future__ import annotations

from math import inf

from gis.base.errors import Invalid
from gis.walking.model import METRES, Profile, StreetKind

SLOPE_PERMILLE: tuple[tuple[float, int], ...] = (
    (-15.0, 1419),
    (-10.0, 1191),
    (3.0, 1000),
    (5.0, 1191),
    (8.0, 1323),
    (10.0, 1419),
    (15.0, 1690),
    (20.0, 2014),
    (inf, 2400),
)
"""Rise in per cent up to which (walking direction, downhill negative) a factor in permille holds."""

ICY_SLOPE_PERMILLE: tuple[tuple[float, int], ...] = (
    (-10.0, 1800),
    (-6.0, 1500),
    (-3.0, 1250),
    (3.0, 1000),
    (6.0, 1500),
    (10.0, 1800),
    (inf, 3000),
)
"""On packed snow and ice going down is as slow as going up."""

_NEVER = frozenset({int(StreetKind.ICE)})  # nobody is sent over the frozen river, in any season

PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile("standard", "标准", "standard", 1000, SLOPE_PERMILLE, 2000, _NEVER),
        Profile("adult", "成年人", "adult", 1250, SLOPE_PERMILLE, 1800, _NEVER),
        Profile("elderly", "老年人", "elderly", 800, SLOPE_PERMILLE, 3000, _NEVER),
        Profile("child", "儿童", "child", 900, SLOPE_PERMILLE, 2000, _NEVER),
        Profile("winter", "冬季冰雪", "winter", 800, ICY_SLOPE_PERMILLE, 3000, _NEVER),
    )
}


def profile(name: str) -> Profile:
    """The profile called `name` (`metres` included); `unknown_profile` names the known ones."""
    if name == METRES.name:
        return METRES
    if name not in PROFILES:
        known = ", ".join((*PROFILES, METRES.name))
        raise Invalid(
            "unknown_profile",
            f"没有名为“{name}”的步行档案，可用：{known}",
            f"there is no walking profile “{name}”; known: {known}",
            field="profile",
        )
    return PROFILES[name]
