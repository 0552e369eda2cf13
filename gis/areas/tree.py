"""The tree of areas as integers: the path from the root down to each area, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

DEEPEST = 16


@dataclass(frozen=True, slots=True)
class Tree:
    """Parents by position (-1 a root); `path[i, :depth[i]]` leads from the root to i itself, then -1."""

    parent: Ints
    path: Ints
    depth: Ints
    cyclic: Mask


def grow(parent: npt.ArrayLike) -> Tree:
    """Paths (n, deepest) of areas given by the position of their parent (n,), -1 for roots.

    Areas above which the parents run in a circle (or lie deeper than 16) are marked `cyclic`, without a path.
    """
    above = np.asarray(parent, dtype=np.int64)
    if above.size and not (above.min() >= -1 and above.max() < above.size):
        raise ValueError("a parent lies outside the areas")
    chain = [np.arange(above.size)]
    while len(chain) <= DEEPEST and (chain[-1] >= 0).any():
        last = chain[-1]
        chain.append(np.where(last >= 0, above[last], -1))
    climbed = np.stack(chain, axis=1) if above.size else np.empty((0, 1), dtype=np.int64)
    cyclic = climbed[:, -1] >= 0
    climbed[cyclic] = -1
    depth = (climbed >= 0).sum(axis=1)
    width = int(depth.max(initial=0))
    column = np.arange(width)[None, :]
    turned = np.where(column < depth[:, None], depth[:, None] - 1 - column, width)
    padded = np.concatenate([climbed[:, :width], np.full((above.size, 1), -1)], axis=1)
    return Tree(above, np.take_along_axis(padded, turned, axis=1), depth, cyclic)


def positions(codes: npt.ArrayLike, wanted: npt.ArrayLike) -> Ints:
    """Where each wanted code (None: none) stands in `codes`; -1 where it does not."""
    names, parents = np.asarray(codes, dtype=object), np.asarray(wanted, dtype=object)
    place = {code: number for number, code in enumerate(names)}
    return np.array([place.get(code, -1) for code in parents], dtype=np.int64)


def within(tree: Tree, root: int) -> Mask:
    """True for `root` and everything below it."""
    return np.asarray((tree.path == root).any(axis=1))
