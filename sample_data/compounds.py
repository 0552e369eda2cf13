"""Compounds, their walls, gates and inner paths, in the flat plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sample_data.blocks import RESIDENTIAL, Words
from sample_data.layout import LANE, NONE, SETBACK_CM, TERTIARY, Layout
from sample_data.spec import rng_for
from sample_data.subdivide import BOTTOM, LEFT, RIGHT, TOP, Ints

STRIP_CM = 1200  # depth of a row of shops in front of a wall
RING_SIDE_CM, RING_END_CM = 1150, 380  # inner path from the wall: left and right, below and above
OPEN = "open"  # a way into a compound without a wall
WINDOW_CM = 450  # kept free of buildings on each side of a gate
WALLED = {
    "closed_highrise": 1.0, "work_unit": 1.0, "renovated_old": 0.5, "resettlement": 0.6, "open_courtyard": 0.0,
    "one_storey": 0.0, "school": 1.0, "industrial": 1.0, "depot": 1.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Compounds:
    """Compounds in the flat plane; `block_part` is what each block contributes."""

    kind: Words
    walled: npt.NDArray[np.bool_]
    box: Ints  # (compounds, 4) the wall
    street_box: Ints  # (compounds, 4) the middle of the streets around
    side: Ints  # (compounds, 4) rank of the street on each side
    of_block: Ints  # (blocks,) compound of each block, -1 none
    block_part: Ints  # (blocks, 4) the part of the compound in each block
    inset: Ints  # (blocks, 4) the block within its setbacks
    strips: npt.NDArray[np.bool_]  # (blocks, 2) shops below, above
    openings: pd.DataFrame  # compound, side, x, y, access, hours; OPEN where there is no wall

    @property
    def gates(self) -> pd.DataFrame:
        """The openings that are gates in a wall, numbered anew."""
        return self.openings[self.openings["access"] != OPEN].reset_index(drop=True)


def _insets(layout: Layout) -> Ints:
    back = np.where(layout.block_side == NONE, 0, SETBACK_CM[layout.block_side])
    return np.asarray(layout.block_box + back * np.array([1, 1, -1, -1]))


def make_compounds(layout: Layout, use: Words, seed: int) -> Compounds:
    """Compounds of the blocks whose `use` has one; neighbouring grids may share one."""
    rng = rng_for(seed, "compounds")
    n = len(use)
    inset = _insets(layout)
    lived_in = np.isin(use.astype(str), list(RESIDENTIAL))
    head = np.where(layout.partner >= 0, np.minimum(layout.partner, np.arange(n)), np.arange(n))
    luck = rng.random((n, 2))[head]
    rank = layout.block_side[:, [BOTTOM, TOP]]
    deep = ((inset[:, TOP] - inset[:, BOTTOM]) > 5200)[:, None]
    with_shops = (lived_in & (use != "one_storey"))[:, None]
    strips = with_shops & (rank <= TERTIARY) & (luck < 0.8) & deep
    part = inset.copy()
    part[:, BOTTOM] += np.where(strips[:, 0], STRIP_CM + 150, 0)
    part[:, TOP] -= np.where(strips[:, 1], STRIP_CM + 150, 0)
    has = np.isin(use.astype(str), list(WALLED)) & (part[:, 2:] - part[:, :2] > 2500).all(axis=1)
    heads = np.flatnonzero(has & (head == np.arange(n)))
    of_block = np.full(n, -1, dtype=np.int64)
    of_block[heads] = np.arange(len(heads))
    followers = np.flatnonzero(has & (head != np.arange(n)))
    of_block[followers] = of_block[head[followers]]
    mate = np.where(layout.partner[heads] >= 0, layout.partner[heads], heads)
    box = _union(part[heads], part[mate])
    street_box = _union(layout.block_box[heads], layout.block_box[mate])
    side = np.minimum(layout.block_side[heads], layout.block_side[mate])
    kind = use[heads]
    walled = rng.random(len(heads)) < np.array([WALLED[k] for k in kind])
    openings = _openings(kind, walled, box, side, rng)
    return Compounds(kind, walled, box, street_box, side, of_block, part, inset, strips, openings)


def _union(a: Ints, b: Ints) -> Ints:
    return np.column_stack([np.minimum(a[:, :2], b[:, :2]), np.maximum(a[:, 2:], b[:, 2:])])


def _openings(
    kind: Words, walled: npt.NDArray[np.bool_], box: Ints, side: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """One to three ways into a compound, on different sides that face a street: gates where it is walled."""
    rows = np.flatnonzero(walled | np.isin(kind.astype(str), list(RESIDENTIAL)))
    taste = rng.random((len(rows), 4)) + np.where(side[rows] <= LANE, 0.0, 5.0)
    taste += np.array([0.0, 0.35, 0.0, 0.35])  # ends before fronts, which shops take
    order = np.argsort(taste, axis=1)
    usable = (side[rows] <= LANE).sum(axis=1)
    want = 1 + (rng.random(len(rows)) < 0.82).astype(int) + (rng.random(len(rows)) < 0.3)
    want = np.where(walled[rows], want, np.maximum(want, 2))
    count = np.minimum(want, usable)
    owner = np.repeat(rows, count)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    which = order[np.repeat(np.arange(len(rows)), count), nth]
    share = rng.uniform(0.3, 0.7, len(owner))
    b = box[owner]
    x = np.rint(b[:, LEFT] + share * (b[:, RIGHT] - b[:, LEFT])).astype(np.int64)
    y = np.rint(b[:, BOTTOM] + share * (b[:, TOP] - b[:, BOTTOM])).astype(np.int64)
    x = np.select([which == LEFT, which == RIGHT], [b[:, LEFT], b[:, RIGHT]], x)
    y = np.select([which == BOTTOM, which == TOP], [b[:, BOTTOM], b[:, TOP]], y)
    access, hours = _rules(kind[owner], nth, rng.random(len(owner)))
    wall = walled[owner]
    return pd.DataFrame(
        {
            "compound": owner, "side": which, "x": x, "y": y,
            "access": np.where(wall, np.array(access, dtype=object), OPEN),
            "hours": np.where(wall, np.array(hours, dtype=object), np.array(None)),
        }
    )  # fmt: skip


def _rules(kind: Words, nth: Ints, luck: npt.NDArray[np.float64]) -> tuple[list[str], list[str | None]]:
    """Who may pass the nth gate of a compound of `kind`, and when."""
    access: list[str] = []
    hours: list[str | None] = []
    for k, i, p in zip(kind, nth, luck, strict=True):
        rule: tuple[str, str | None]
        if k in {"industrial", "depot"}:
            rule = ("staff", "24/7")
        elif k == "school":
            rule = ("public", "Mo-Fr 06:30-18:00") if i == 0 else ("staff", "Mo-Fr 06:00-20:00")
        elif i == 0:
            rule = ("resident", "24/7") if k == "closed_highrise" and p < 0.25 else ("public", "24/7")
        elif k == "closed_highrise":
            rule = ("resident", "Mo-Su 06:00-22:00") if p < 0.7 else ("closed", None)
        elif k == "work_unit":
            rule = ("closed", None) if p < 0.35 else ("public", "Mo-Su 05:30-23:00")
        else:
            rule = ("public", "24/7") if p < 0.8 else ("closed", None)
        access.append(rule[0])
        hours.append(rule[1])
    return access, hours
