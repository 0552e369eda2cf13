"""Recursive cutting of rectangles, a whole generation at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
LEFT, BOTTOM, RIGHT, TOP = 0, 1, 2, 3
VERTICAL, HORIZONTAL = 0, 1


@dataclass(frozen=True, slots=True)
class Segments:
    """Axis-parallel segments: `axis` 0 vertical or 1 horizontal, at `at`, from `low` to `high` (cm)."""

    axis: Ints
    at: Ints
    low: Ints
    high: Ints
    rank: Ints  # street rank, see layout.RANKS

    def __len__(self) -> int:
        return len(self.at)

    def take(self, keep: npt.NDArray[np.bool_] | Ints) -> Segments:
        """The segments chosen by a mask or by positions."""
        return Segments(self.axis[keep], self.at[keep], self.low[keep], self.high[keep], self.rank[keep])


def join(parts: list[Segments]) -> Segments:
    """All segments of `parts` in one."""
    return Segments(
        *(np.concatenate([getattr(p, f) for p in parts]) for f in ("axis", "at", "low", "high", "rank"))
    )


@dataclass(frozen=True, slots=True)
class Cells:
    """Rectangles (n, 4) left, bottom, right, top in cm, the rank of each side, and what they were cut from."""

    box: Ints
    side: Ints  # (n, 4) street rank of each side
    parent: Ints  # (n,) position in the cells that were cut
    twin: Ints  # (n,) position of the other half of the last cut, -1 when the parent was not cut


def snap(at: Ints, reach: Ints, lines: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Move `at` onto the nearest of the sorted `lines` where it lies within `reach`."""
    right = np.clip(np.searchsorted(lines, at), 1, len(lines) - 1)
    nearest = np.where(at - lines[right - 1] <= lines[right] - at, lines[right - 1], lines[right])
    hit = np.abs(nearest - at) <= reach
    return np.where(hit, nearest, at), hit


def _place(
    box: Ints, upright: npt.NDArray[np.bool_], share: npt.NDArray[np.float64], lines: tuple[Ints, Ints]
) -> tuple[Ints, Ints, Ints]:
    low = np.where(upright, box[:, LEFT], box[:, BOTTOM])
    high = np.where(upright, box[:, RIGHT], box[:, TOP])
    span = high - low
    at = (np.rint((low + span * share) / 10) * 10).astype(np.int64)
    reach = (span * 0.13).astype(np.int64)
    snapped_x, hit_x = snap(at, reach, lines[0])
    snapped_y, hit_y = snap(at, reach, lines[1])
    moved = np.where(upright, snapped_x, snapped_y)
    hit = np.where(upright, hit_x, hit_y)
    inside = (moved - low > 0.2 * span) & (high - moved > 0.2 * span)
    return np.where(hit & inside, moved, at), low, high


def subdivide(
    box: Ints, side: Ints, counts: Ints, rank: int, lines: tuple[Ints, Ints], rng: np.random.Generator
) -> tuple[Cells, Segments]:
    """Cut each rectangle into `counts` (n,) parts of about equal area.

    Cuts go across the longer side and snap to the global `lines` (sorted x, sorted y) where one is near, so
    that streets run on from one part to the next. Returns the parts, in an order in which parts of one
    rectangle are neighbours, and the cuts, ranked `rank`.
    """
    parent = np.arange(len(box), dtype=np.int64)
    twin_of = np.full(len(box), -1, dtype=np.int64)
    counts = counts.astype(np.int64).copy()
    cuts: list[Segments] = []
    serial = 0
    while (counts > 1).any():
        active = np.flatnonzero(counts > 1)
        b, n = box[active], counts[active]
        width, height = b[:, RIGHT] - b[:, LEFT], b[:, TOP] - b[:, BOTTOM]
        upright = width > height * rng.uniform(0.85, 1.18, len(active))
        first = np.clip(np.rint(n * rng.uniform(0.4, 0.6, len(active))), 1, n - 1).astype(np.int64)
        share = np.clip(first / n * rng.uniform(0.92, 1.08, len(active)), 0.22, 0.78)
        at, _, _ = _place(b, upright, share, lines)
        cuts.append(
            Segments(
                np.where(upright, VERTICAL, HORIZONTAL), at,
                np.where(upright, b[:, BOTTOM], b[:, LEFT]), np.where(upright, b[:, TOP], b[:, RIGHT]),
                np.full(len(active), rank),
            )
        )  # fmt: skip
        halves = np.ones(len(box), dtype=np.int64)
        halves[active] = 2
        source = np.repeat(np.arange(len(box)), halves)
        start = np.cumsum(halves) - halves
        box, side = box[source], side[source].copy()
        parent, counts, twin_of = parent[source], counts[source], twin_of[source]
        one, two = start[active], start[active] + 1
        box[one, np.where(upright, RIGHT, TOP)] = at
        box[two, np.where(upright, LEFT, BOTTOM)] = at
        side[one, np.where(upright, RIGHT, TOP)] = rank
        side[two, np.where(upright, LEFT, BOTTOM)] = rank
        counts[one], counts[two] = first, n - first
        twin_of[one] = twin_of[two] = serial + np.arange(len(active))
        serial += len(active)
    return Cells(box, side, parent, _twins(twin_of)), join(cuts) if cuts else _none()


def _none() -> Segments:
    empty = np.empty(0, dtype=np.int64)
    return Segments(empty, empty, empty, empty, empty)


def _twins(serial: Ints) -> Ints:
    """Positions of the cells that share the serial of their last cut, when both halves stayed whole."""
    twin = np.full(len(serial), -1, dtype=np.int64)
    near = np.flatnonzero((serial[1:] == serial[:-1]) & (serial[1:] >= 0))
    twin[near], twin[near + 1] = near + 1, near
    return twin
