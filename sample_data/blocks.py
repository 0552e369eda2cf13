"""What each block is used for, by where it lies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sample_data.layout import Layout
from sample_data.spec import rng_for
from sample_data.subdivide import BOTTOM, LEFT, RIGHT, TOP

Words = npt.NDArray[np.object_]
# Shares of compounds; see the reference of the sample district.
RESIDENTIAL = {
    "one_storey": 0.03,
    "resettlement": 0.07,
    "work_unit": 0.12,
    "closed_highrise": 0.26,
    "renovated_old": 0.22,
    "open_courtyard": 0.30,
}
OTHER = ("park", "depot", "industrial", "commercial", "school", "civic", "vacant")


def _centre(layout: Layout) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    box = layout.block_box
    return (box[:, LEFT] + box[:, RIGHT]) / 200.0, (box[:, BOTTOM] + box[:, TOP]) / 200.0


def _free_for_other(layout: Layout, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """Blocks that need not be lived in: never the largest of a grid, rarely the only one, never a shared one."""
    box, grid = layout.block_box, layout.block_grid
    area = (box[:, RIGHT] - box[:, LEFT]) * (box[:, TOP] - box[:, BOTTOM])
    order = np.lexsort((np.arange(len(area)), -area, grid))
    head = np.ones(len(order), dtype=bool)
    head[1:] = grid[order][1:] != grid[order][:-1]
    largest = np.zeros(len(area), dtype=bool)
    largest[order[head]] = True
    alone = np.bincount(grid)[grid] == 1
    allowed = np.where(alone, rng.random(len(area)) < 0.10, ~largest)
    return np.asarray(allowed & (layout.partner < 0))


def land_use(layout: Layout, seed: int) -> Words:
    """The use of every block (blocks,): a residential kind or one of OTHER."""
    rng = rng_for(seed, "land use")
    x, y = _centre(layout)
    n = len(x)
    scale = (layout.outer[3, RIGHT] - layout.outer[2, LEFT]) / 100.0
    to_rail = np.abs(x - layout.rail_x / 100.0)
    to_river = np.abs(y - layout.river[0] / 100.0)
    to_middle = np.hypot(x - layout.rail_x / 100.0, y - layout.river[0] / 100.0 * 0.75)
    central = np.exp(-((to_middle / (0.22 * scale)) ** 2))
    odds = np.column_stack(
        [
            0.04 + 0.22 * (to_river < 220),
            np.where(to_rail < 160, 0.16, 0.0),
            np.where(to_rail < 260, 0.14, 0.02) * (1 - 0.6 * central),
            0.07 + 0.30 * central,
            np.full(n, 0.055),
            0.07 + 0.10 * central,
            np.full(n, 0.03),
        ]
    )
    wanted = _free_for_other(layout, rng)
    pick = (rng.random(n)[:, None] > np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
    other = wanted & (rng.random(n) < 0.58)
    use = np.full(n, None, dtype=object)
    use[other] = np.array(OTHER, dtype=object)[np.minimum(pick[other], len(OTHER) - 1)]
    _residential(use, layout, to_rail, to_river, to_middle / scale, rng)
    return use


def _residential(
    use: Words,
    layout: Layout,
    to_rail: npt.NDArray[np.float64],
    to_river: npt.NDArray[np.float64],
    remote: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> None:
    """Hand out the residential kinds by their shares, each to the blocks that suit it best."""
    head = np.where(layout.partner >= 0, np.minimum(layout.partner, np.arange(len(use))), np.arange(len(use)))
    free = np.flatnonzero((head == np.arange(len(use))) & (use == None))  # noqa: E711 (elementwise)
    total = len(free)
    paired = layout.partner >= 0
    wish = {
        "one_storey": -remote * 4 + 9.0 * paired,
        "resettlement": -remote * 2 + 2.0 * paired,
        "work_unit": to_rail / 1500 - 0.3 * paired,
        "closed_highrise": to_river / 2500 - 0.8 * paired,
        "renovated_old": remote * 2,
    }
    for kind, score in wish.items():
        noisy = score[free] + rng.gumbel(0.0, 0.35, len(free))
        chosen = free[np.argsort(noisy, kind="stable")[: round(RESIDENTIAL[kind] * total)]]
        use[chosen] = kind
        free = np.setdiff1d(free, chosen)
    use[free] = "open_courtyard"
    follow = np.flatnonzero(head != np.arange(len(use)))
    use[follow] = use[head[follow]]
