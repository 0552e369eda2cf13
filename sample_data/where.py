"""Places of reports: by a home's door, along a street, in front of a shop; all in the flat plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sample_data.buildings import Buildings
from sample_data.network import Network
from sample_data.subdivide import BOTTOM, Ints

Words = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the reports need to know of the sample."""

    buildings: Buildings
    residents: Ints
    label: Words  # what people call each building
    address: Words
    net: Network
    street_label: Words


@dataclass(frozen=True, slots=True)
class Spots:
    """Places (n,): flat centimetres, what people call them, and the address they give."""

    xy: npt.NDArray[np.float64]
    label: Words
    address: Words


def _near_buildings(scene: Scene, rows: Ints, rng: np.random.Generator, gap_cm: tuple[int, int]) -> Spots:
    box = scene.buildings.box[rows].astype(np.float64)
    x = box[:, 0] + rng.random(len(rows)) * (box[:, 2] - box[:, 0])
    off = rng.uniform(*gap_cm, len(rows))
    below = scene.buildings.front[rows] == BOTTOM
    y = np.where(below, box[:, 1] - off, box[:, 3] + off)
    return Spots(np.column_stack([x, y]), scene.label[rows], scene.address[rows])


def homes(scene: Scene, n: int, rng: np.random.Generator) -> Spots:
    """By the doors of homes, in proportion to residents."""
    weight = scene.residents.astype(np.float64)
    rows = rng.choice(len(weight), n, p=weight / weight.sum())
    return _near_buildings(scene, rows, rng, (80, 350))


def shops(scene: Scene, n: int, rng: np.random.Generator) -> Spots:
    """In front of shops and commercial buildings."""
    rows = np.flatnonzero(np.isin(scene.buildings.use.astype(str), ["shop", "commercial"]))
    return _near_buildings(scene, rows[rng.integers(len(rows), size=n)], rng, (80, 300))


def streets(scene: Scene, n: int, rng: np.random.Generator) -> Spots:
    """Beside named streets, in proportion to length."""
    net = scene.net
    length = np.abs(net.node[net.v] - net.node[net.u]).sum(axis=1).astype(np.float64)
    named = np.array([name is not None for name in scene.street_label])
    weight = np.where(
        named & (net.crossing == 0), length * np.array([1.6, 1.3, 1.0, 0.8, 0.0])[net.rank], 0.0
    )
    edge = rng.choice(len(weight), n, p=weight / weight.sum())
    share = rng.random(n)[:, None]
    xy = net.node[net.u[edge]] * (1 - share) + net.node[net.v[edge]] * share
    off = rng.uniform(150, 480, n) * rng.choice([-1, 1], n)
    upright = (net.axis[edge] == 0)[:, None]
    xy = xy + np.where(upright, np.column_stack([off, np.zeros(n)]), np.column_stack([np.zeros(n), off]))
    label = scene.street_label[edge]
    number = rng.integers(1, 200, n)
    address = np.array([f"{s}{k}号附近" for s, k in zip(label, number, strict=True)], dtype=object)
    return Spots(xy, label, address)


def by_place(scene: Scene, place: Words, rng: np.random.Generator) -> Spots:
    """A spot for each wanted kind of place (n,): home, street or shop."""
    n = len(place)
    out = Spots(np.empty((n, 2)), np.empty(n, dtype=object), np.empty(n, dtype=object))
    for kind, draw in (("home", homes), ("street", streets), ("shop", shops)):
        rows = np.flatnonzero(place == kind)
        spots = draw(scene, len(rows), rng)
        out.xy[rows], out.label[rows], out.address[rows] = spots.xy, spots.label, spots.address
    return out
