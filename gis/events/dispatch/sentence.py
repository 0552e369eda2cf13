"""A rule in one sentence, in Chinese and English: what the page shows and a person checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from gis.events.dispatch.decide import PLACE, fill, levels_in
from gis.events.dispatch.model import DAY, Rule
from gis.events.dispatch.space import World

TIMES: Final = {
    "work": ("工作时间", "in working time"),
    "off": ("非工作时间", "outside working time"),
    "workday": ("工作日", "on working days"),
    "day_off": ("休息日", "on days off"),
    "off_hours": ("工作日下班后", "on a working day, after hours"),
}
LEVELS: Final = {
    "province": ("所在省", "the province"),
    "city": ("所在市", "the city"),
    "district": ("所在区", "the district"),
    "subdistrict": ("所在街道", "the subdistrict"),
    "community": ("所在社区", "the community"),
    "grid": ("所在网格", "the grid"),
}
URGENCIES: Final = {
    "normal": ("一般", "normal"),
    "urgent": ("紧急", "urgent"),
    "emergency": ("突发", "emergency"),
}
OWNERS: Final = {
    "known": ("权属单位已知", "its owner is known"),
    "unknown": ("权属不明", "its owner is not known"),
}
WEEKDAYS_ZH: Final = "一二三四五六日"
WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST: Final = 4
Pair = tuple[str, str]


def sentence(rule: Rule, world: World, places: Mapping[str, str] | None = None) -> Pair:
    """What the rule says, in Chinese and in English; of an event in `places`, the department there by its name."""
    parts = _conditions(rule, world)
    rest = (
        ("权属单位已知的", "what has a known owner")
        if rule.target.kind == "owner"
        else ("其余一切", "everything else")
    )
    zh = "，".join(part[0] for part in parts) or rest[0]
    en = ", ".join(part[1] for part in parts) or rest[1]
    to = _target(rule, world, places)
    how = ("自动派遣到", "dispatched by itself to") if rule.auto else ("建议派往", "proposed to")
    return f"{zh}：{how[0]}{to[0]}", f"{en}: {how[1]} {to[1]}"


def _conditions(rule: Rule, world: World) -> list[Pair]:
    found: list[Pair] = []
    if rule.categories:
        found.append(_list(rule.categories, world))
    if rule.areas:
        zh, en = _list(rule.areas, world)
        found.append((f"在{zh}", f"in {en}"))
    if rule.urgencies:
        found.append(_words(rule.urgencies, URGENCIES))
    if rule.sources:
        found.append((f"来源 {'、'.join(rule.sources)}", f"from {', '.join(rule.sources)}"))
    return found + _moments(rule) + _known(rule, world)


def _moments(rule: Rule) -> list[Pair]:
    found: list[Pair] = []
    if rule.time:
        found.append(TIMES[rule.time])
    if rule.weekdays:
        found.append(("周" + "、".join(WEEKDAYS_ZH[n - 1] for n in rule.weekdays),
                      "on " + ", ".join(WEEKDAYS_EN[n - 1] for n in rule.weekdays)))  # fmt: skip
    if rule.months:
        listed = "、".join(map(str, rule.months))
        found.append((f"{listed} 月", f"in month {', '.join(map(str, rule.months))}"))
    if rule.hours:
        spans = "、".join(f"{clock(a)}–{clock(b)}" for a, b in rule.hours)
        found.append((spans, f"at {spans}"))
    return found


def _known(rule: Rule, world: World) -> list[Pair]:
    found = [
        (f"{key} 为 {'或'.join(values)}", f"{key} is {' or '.join(values)}") for key, values in rule.answers
    ]
    if rule.owner:
        named = [
            OWNERS.get(one, (f"权属单位为 {_name(one, world)}", f"owned by {_name(one, world)}"))
            for one in rule.owner
        ]
        found.append(("或".join(one[0] for one in named), " or ".join(one[1] for one in named)))
    return found


def _target(rule: Rule, world: World, places: Mapping[str, str] | None) -> Pair:
    kind, code = rule.target.kind, rule.target.code
    if kind == "owner":
        return "部件的权属（养护）单位", "the owner or keeper of the component"
    if kind == "worker":
        return "本网格网格员", "the grid's worker"
    if kind == "community":
        return "所在社区", "the community"
    if places is not None and all(level in places for level in levels_in(rule.target)):
        code = fill(code, places)
    named = PLACE.search(code)
    if named is None:
        return _both(f"{_name(code, world)}")
    zh, en = LEVELS.get(named[1], ("", ""))
    office = _office(code, named[1], world)
    return (
        (f"{zh}{office}（{code}）", f"{office} of {en} ({code})")
        if office
        else (f"{zh}的部门（{code}）", f"{en}'s department ({code})")
    )


def _office(code: str, level: str, world: World) -> str:
    """What the department that the pattern means is called somewhere, without the name of the place."""
    for area in world.areas:
        places = world.places(area)
        if all(one in places for one in PLACE.findall(code)):
            made = fill(code, places)
            if made in world.departments:
                name = world.departments[made]
                return name.removeprefix(world.names.get(places[level], "")) or name
    return ""


def clock(minute: int) -> str:
    """A minute of the day as 08:30."""
    return f"{minute // 60:02d}:{minute % 60:02d}" if minute < DAY else "24:00"


def _both(text: str) -> Pair:
    return text, text


def _words(given: Iterable[str], known: Mapping[str, Pair]) -> Pair:
    found = [known.get(one, _both(one)) for one in given]
    return "、".join(one[0] for one in found), ", ".join(one[1] for one in found)


def _name(code: str, world: World) -> str:
    return world.departments.get(code) or world.names.get(code) or code.rsplit(":", 1)[-1]


def _list(codes: tuple[str, ...], world: World) -> Pair:
    more = len(codes) > MOST
    zh = "、".join(_name(one, world) for one in codes[:MOST])
    en = ", ".join(world.names_en.get(one) or _name(one, world) for one in codes[:MOST])
    return zh + (f" 等 {len(codes)} 项" if more else ""), en + (f" … ({len(codes)})" if more else "")


def circumstances(picked: Mapping[str, Any], world: World, names: Iterable[str]) -> Pair:
    """The atoms of one event in words, in the dimensions named."""
    zh, en = [], []
    for name in names:
        value = picked[name]
        if name in {"category", "area"}:
            pair = (_name(value, world), world.names_en.get(value) or _name(value, world))
        elif name == "hours":
            pair = _both(clock(value))
        elif name == "weekday":
            pair = (f"周{WEEKDAYS_ZH[value - 1]}", WEEKDAYS_EN[value - 1])
        elif name == "month":
            pair = (f"{value} 月", f"month {value}")
        elif name == "time":
            pair = TIMES[value]
        elif name == "urgency":
            pair = URGENCIES[value]
        elif name == "owner":
            pair = OWNERS["unknown"] if value is None else _both(f"owner {value}")
        else:
            pair = _both(f"{name.removeprefix('answers.')} {value}")
        zh.append(pair[0])
        en.append(pair[1])
    return "、".join(zh), ", ".join(en)
