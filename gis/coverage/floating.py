"""Two-step floating catchment: how much of the stations' capacity falls on each resident.

Step 1, for every station: its capacity over all people within the limit of it. Step 2, for every building: the sum of
these ratios over the stations within the limit of it (W. Luo and F. Wang, 2003, Environment and Planning B 30: 865).
A score is places per resident: summed over all people who reach a station it gives the capacity that anybody reaches.

Catchments are walked, by the pairs of `gis.walking.pairs`. Only stations whose capacity is known take part: floor area
is no number of places, and a guess would be a capacity nobody can check. How many are left out is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.walking.model import Bools
from gis.walking.pairs import Pairs

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Floating:
    """Places per resident: `ratio` (s) of each station, NaN without a known capacity or without people in reach;
    `score` (b) of each building, 0 where no station with a known capacity is within the limit."""

    ratio: Floats
    score: Floats


def two_steps(demand: npt.ArrayLike, capacity: npt.ArrayLike, pairs: Pairs) -> Floating:
    """2SFCA of stations with `capacity` (s, NaN unknown) for buildings with `demand` (b) people.

    `pairs` are all within the limit, in rows of stations; sums over pairs, no loop over buildings or stations.
    """
    people, places = np.asarray(demand, np.float64), np.asarray(capacity, np.float64)
    station, building = pairs.station, pairs.building
    reached = np.bincount(station, weights=people[building], minlength=len(places))
    ratio = np.full(len(places), np.nan)
    np.divide(places, reached, out=ratio, where=(reached > 0) & np.isfinite(places))
    share = np.where(np.isnan(ratio), 0.0, ratio)
    score: Floats = np.bincount(building, weights=share[station], minlength=len(people)).astype(np.float64)
    return Floating(ratio, score)


def seen_whole(seen: npt.ArrayLike, demand: npt.ArrayLike, pairs: Pairs, known: Bools) -> tuple[Bools, Bools]:
    """What may be told to who may read the people of the buildings `seen` (b): ratios (s), and scores (b).

    A ratio counts everybody within the limit of a station, a score all of those of its stations: with one hidden home
    among them the number would tell how many live there. `known` (s) are the stations with a capacity.
    """
    station, building = pairs.station, pairs.building
    hidden = ~np.asarray(seen, np.bool_) & (np.asarray(demand) > 0)
    partly = np.zeros(len(known), np.bool_)
    partly[station[hidden[building]]] = True
    blurred = hidden.copy()
    blurred[building[(partly & known)[station]]] = True
    return ~partly, ~blurred
