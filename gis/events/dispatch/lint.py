"""What is wrong with a rule set: rules that never decide or cannot, that contradict each other, and what none is for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any, Final

from gis.events.dispatch.conditions import in_force
from gis.events.dispatch.decide import PLACE, fill, levels_in
from gis.events.dispatch.model import OWNERS, UNSENT, Rule
from gis.events.dispatch.reading import AUTO_TARGET
from gis.events.dispatch.sentence import circumstances
from gis.events.dispatch.space import Box, Part, Space, TooWide, World, left_of, meet

ERROR, WARNING = "error", "warning"
MOST_NAMED: Final = 8
MOST_GAPS: Final = 100
FOUR_YEARS: Final = 366 + 3 * 365


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. With an `error` a set is not put into force; `others` are rules it is about besides."""

    kind: str
    severity: str
    rule: str | None
    zh: str
    en: str
    others: tuple[str, ...] = ()
    example: Mapping[str, Any] | None = None

    def as_dict(self) -> dict[str, Any]:
        """The finding as plain values."""
        return asdict(self)


def lint(rules: Sequence[Rule], world: World) -> list[Finding]:
    """Everything wrong with a set of rules: errors first, then by kind and rule."""
    rules = sorted(rules, key=lambda one: one.code)
    found = [finding for rule in rules for finding in _alone(rule, world)]
    space = Space(rules, world)
    boxes = {rule.code: space.box(rule) for rule in rules}
    hopeless = {one.rule for one in found}
    for rule in rules:
        if rule.code not in hopeless and not all(boxes[rule.code]):
            empty = next(name for name, mask in zip(space.names, boxes[rule.code], strict=True) if not mask)
            found.append(_unreachable(rule, empty))
            hopeless.add(rule.code)
    alive = [rule for rule in rules if all(boxes[rule.code])]
    parts = [part for rule in alive for part in space.parts(rule)]
    try:
        found += _shadowed(alive, parts)
        found += _contradicting(parts, space)
        found += _gaps(boxes, space)
    except TooWide:
        found.append(Finding("too_wide", WARNING, None, "规则组合过多，重叠与空白未查完",
                             "too many combinations: overlaps and gaps are not told in full"))  # fmt: skip
    return sorted(found, key=lambda one: (one.severity != ERROR, one.kind, one.rule or "", one.others))


def _alone(rule: Rule, world: World) -> Iterator[Finding]:
    """What is wrong with a rule whatever the others say."""
    known = {step for path in world.categories.values() for step in path}
    categories = [one for one in rule.categories if one not in known]
    for kind, zh, en, given in (
        ("unknown_category", "没有这个事项类别", "there is no such category", categories),
        ("unknown_area", "没有这个区域", "there is no such area", [a for a in rule.areas if a not in world.areas]),
        ("unknown_source", "没有这个来源", "there is no such source", [s for s in rule.sources if s not in world.sources]),
        ("unknown_department", "没有这个部门", "there is no such department", _departments_missing(rule, world)),
    ):  # fmt: skip
        if given:
            named = ", ".join(given[:MOST_NAMED]) + (f" …（{len(given)}）" if len(given) > MOST_NAMED else "")
            yield Finding(kind, ERROR, rule.code, f"{zh}：{named}", f"{en}: {named}")
    if rule.auto and rule.target.kind in UNSENT:
        yield Finding("auto_target", ERROR, rule.code, *AUTO_TARGET)
    if rule.valid_to is not None and rule.valid_to <= world.today:
        yield Finding(
            "expired", WARNING, rule.code, f"已于 {rule.valid_to} 失效", f"not in force since {rule.valid_to}"
        )
    elif not _has_a_day(rule, world.today):
        yield _unreachable(rule, "day")


def _departments_missing(rule: Rule, world: World) -> list[str]:
    """Codes the rule sends to or asks for that no department has, in every place it is for."""
    asked = {one for one in rule.owner if one not in OWNERS}
    if rule.target.kind == "department" and not PLACE.search(rule.target.code):
        asked.add(rule.target.code)
    elif rule.target.kind == "department":
        needed = levels_in(rule.target)
        for area, path in world.areas.items():
            places = world.places(area)
            here = not rule.areas or any(one in path for one in rule.areas)
            if here and world.is_inside(area) and all(level in places for level in needed):
                asked.add(fill(rule.target.code, places))
    return sorted(asked - set(world.departments))


def _has_a_day(rule: Rule, today: date) -> bool:
    """Whether some day from now on is in force and of its months and weekdays."""
    first = max(today, rule.valid_from or today)
    for n in range(FOUR_YEARS):
        day = first + timedelta(days=n)
        if not in_force(rule, day):
            return False
        if (not rule.months or day.month in rule.months) and (
            not rule.weekdays or day.isoweekday() in rule.weekdays
        ):
            return True
    return False


def _unreachable(rule: Rule, dimension: str) -> Finding:
    return Finding(
        "unreachable", ERROR, rule.code, f"条件永不成立（{dimension}）", f"never holds ({dimension})"
    )


def never_decides(rule: Rule, parts: Sequence[Part]) -> bool:
    """Whether wherever the rule holds another one is asked before it and holds as well."""
    for part in parts:
        if part.rule is rule:
            earlier = [one.box for one in parts if one.goes_before(part)]
            if next(left_of(part.box, earlier), None) is not None:
                return False
    return True


def _shadowed(rules: Iterable[Rule], parts: Sequence[Part]) -> Iterator[Finding]:
    for rule in rules:
        if never_decides(rule, parts):
            mine = [one for one in parts if one.rule is rule]
            by = tuple(
                sorted(
                    {
                        one.rule.code
                        for one in parts
                        if any(one.goes_before(part) and meet(one.box, part.box) for part in mine)
                    }
                )
            )
            named = ", ".join(by[:MOST_NAMED])
            yield Finding("shadowed", WARNING, rule.code, f"总被其他规则抢先：{named}",
                          f"others always decide before it: {named}", by)  # fmt: skip


def _contradicting(parts: Sequence[Part], space: Space) -> Iterator[Finding]:
    """Pairs of the same rank that send the same event to different places: only their codes decide between them."""
    ranked: dict[tuple[bool, tuple[int, ...]], list[Part]] = defaultdict(list)
    for part in parts:
        ranked[(part.component, part.order)].append(part)
    told = set()
    for (component, order), equal in ranked.items():
        earlier = [one.box for one in parts if one.component is component and one.order < order]
        for one, other in combinations(equal, 2):
            pair, box = (one.rule.code, other.rule.code), meet(one.box, other.box)
            if one.rule.target == other.rule.target or box is None or pair in told:
                continue
            free = next(left_of(box, earlier), None)
            if free is not None:
                told.add(pair)
                yield _overlap(pair, free, space)


def _overlap(pair: tuple[str, str], free: Box, space: Space) -> Finding:
    zh, en = circumstances(space.pick(free), space.world, space.narrowed(free))
    return Finding(
        "overlap",
        ERROR,
        pair[0],
        f"与 {pair[1]} 同级而派往不同去向：{zh}；请设优先级",
        f"of the same rank as {pair[1]} with another target: {en}; set a priority",
        (pair[1],),
        _plain(space.pick(free)),
    )


def _plain(picked: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in picked.items()}


def _gaps(boxes: Mapping[str, Box], space: Space) -> Iterator[Finding]:
    """Categories and areas for which, always or under some circumstances, there is no rule."""
    kinds, places = space.names.index("category"), space.names.index("area")
    sites = _sites(space)
    alive = {code: box for code, box in boxes.items() if all(box)}
    found: dict[tuple[int, Circumstances], tuple[int, Box | None]] = {}
    for categories, by_category in _alike(alive, kinds, space).items():
        here = {code: alive[code] for code in by_category}
        for areas, by_area in _alike(here, places, space).items():
            box = list(space.full)
            box[kinds], box[places] = categories, areas & sites
            left = next(left_of(tuple(box), [here[code] for code in by_area]), None) if box[places] else None
            if left is not None:
                key = (box[places], _circumstances(left, space) if by_area else ())
                found[key] = (found.get(key, (0, None))[0] | categories, left if by_area else None)
    for (areas, _), (categories, left) in sorted(found.items())[:MOST_GAPS]:
        yield _gap(categories, areas, left, space)


Circumstances = tuple[tuple[str, str], ...]


def _circumstances(left: Box, space: Space) -> Circumstances:
    picked = space.pick(left)
    return tuple(
        (name, str(picked[name])) for name in space.narrowed(left) if name not in {"category", "area"}
    )


def _sites(space: Space) -> int:
    """The areas that events can be in themselves, as a mask."""
    sites = space.world.sites or space.world.areas
    return sum(1 << at for at, code in enumerate(space.atoms["area"]) if code in sites)


def _alike(boxes: Mapping[str, Box], at: int, space: Space) -> dict[int, tuple[str, ...]]:
    """The atoms of one dimension, as masks, by the rules that are for them."""
    classes: dict[tuple[str, ...], int] = defaultdict(int)
    for bit in range(len(space.atoms[space.names[at]])):
        classes[tuple(code for code, box in boxes.items() if box[at] >> bit & 1)] |= 1 << bit
    return {mask: codes for codes, mask in classes.items()}


def _gap(categories: int, areas: int, left: Box | None, space: Space) -> Finding:
    box = list(left or space.full)
    box[space.names.index("category")], box[space.names.index("area")] = categories, areas
    world = space.world
    kinds, kinds_alone = whole(space.listed(tuple(box), "category"), world.categories, world.categories)
    own = {code: path for code, path in world.areas.items() if world.is_inside(code)}
    places, places_alone = whole(space.listed(tuple(box), "area"), own, world.sites or world.areas)
    said = f"{_named(kinds, kinds_alone, world)} × {_named(places, places_alone, world)}"
    about = {
        "categories": kinds,
        "categories_alone": kinds_alone,
        "areas": places,
        "areas_alone": places_alone,
    }
    if left is None:
        return Finding(
            "gap", WARNING, None, f"没有任何规则：{said}", f"no rule at all: {said}", example=about
        )
    narrow = [name for name in space.narrowed(left) if name not in {"category", "area"}]
    zh, en = circumstances(space.pick(left), world, narrow)
    return Finding("gap", WARNING, None, f"有时没有规则：{said}（例：{zh}）", f"sometimes no rule: {said} (as: {en})",
                   example=_plain(space.pick(left)) | about)  # fmt: skip


def tops(codes: Iterable[str], paths: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The codes that have none of the others above them."""
    found = set(codes)
    return sorted(one for one in found if not any(step in found for step in paths[one][:-1]))


def whole(
    codes: Iterable[str], paths: Mapping[str, tuple[str, ...]], sites: Iterable[str]
) -> tuple[list[str], list[str]]:
    """The highest of a tree all of whose sites are among the codes, and the codes meant without what is below them."""
    found = set(codes)
    below: dict[str, set[str]] = defaultdict(set)
    for site in sites:
        for step in paths[site]:
            if step in paths:
                below[step].add(site)
    full = tops([one for one, inside in below.items() if inside <= found], paths)
    alone = found - {site for one in full for site in below[one]}
    return full, sorted(alone)


def _named(codes: Sequence[str], alone: Sequence[str], world: World) -> str:
    shown = [world.names.get(one, one.rsplit(":", 1)[-1]) for one in codes]
    shown += [f"{world.names.get(one, one.rsplit(':', 1)[-1])}（本级）" for one in alone]
    return "、".join(shown[:MOST_NAMED]) + (f" …（{len(shown)}）" if len(shown) > MOST_NAMED else "")
