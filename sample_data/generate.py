"""One call from a size and a seed to a whole sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from sample_data import barriers, blocks, facilities, names, network, organisations, planted, register, where
from sample_data.areas import make_areas
from sample_data.blocks import Words
from sample_data.buildings import Buildings, make_buildings
from sample_data.compounds import Compounds, make_compounds
from sample_data.layout import Layout, make_layout
from sample_data.paths import inner_paths
from sample_data.plane import Plane, make_plane
from sample_data.reports import make_reports
from sample_data.spec import GENERATOR_VERSION, SPECS, Spec, rng_for
from sample_data.subdivide import Ints

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sample:
    """A generated sample: layers by file name, the planted truth, and the summary."""

    layers: dict[str, pd.DataFrame]  # GeoDataFrames where a layer has geometry
    truth: dict[str, pd.DataFrame]
    summary: dict[str, object]


@dataclass(frozen=True, slots=True)
class _Flat:
    """Everything decided in the flat plane."""

    spec: Spec
    layout: Layout
    use: Words
    compounds: Compounds
    buildings: Buildings
    net: network.Network
    label: Words
    plane: Plane


def _draw(spec: Spec, seed: int) -> _Flat:
    layout = make_layout(spec, seed)
    use = blocks.land_use(layout, seed)
    compounds = make_compounds(layout, use, seed)
    crossings, kinds = network.crossings(layout)
    buildings = make_buildings(layout, use, compounds, seed)
    paths = inner_paths(layout, compounds, buildings, seed)
    net = network.build([(layout.streets, None), (crossings, kinds), (paths, None)])
    label = network.street_names(net, seed)
    return _Flat(spec, layout, use, compounds, buildings, net, label, make_plane(spec))


def _places(
    flat: _Flat, areas: gpd.GeoDataFrame, residents: npt.NDArray[np.int64], seed: int
) -> facilities.Places:
    b, c, layout = flat.buildings, flat.compounds, flat.layout
    middle = (b.box[:, :2] + b.box[:, 2:]) / 2
    rng = rng_for(seed, "street spots")
    spots = where.streets(
        where.Scene(b, residents, b.use, b.use, flat.net, flat.label), max(2000, len(flat.net.u)), rng
    )
    walled = np.append(c.walled, False)[np.where(b.inside, c.of_block[b.block], -1)]
    level = areas["level"]
    return facilities.Places(
        building_xy=flat.plane.metres(middle), building_use=b.use, building_inside=walled,
        building_community=layout.community[layout.block_grid[b.block]],
        street_xy=flat.plane.metres(spots.xy), demand=residents.astype(np.float64),
        community_subdistrict=layout.subdistrict,
        community_name=areas.loc[level == "community", "name"].tolist(),
        subdistrict_name=areas.loc[level == "subdistrict", "name"].tolist(),
    )  # fmt: skip


def _dedicated(flat: _Flat, residents: npt.NDArray[np.int64]) -> Ints:
    """Grids nobody lives in are dedicated ones (专属网格): markets, works, offices."""
    per_grid = np.bincount(flat.layout.block_grid[flat.buildings.block], residents, len(flat.layout.grid_box))
    return np.flatnonzero(per_grid == 0)


def generate(size: str, seed: int = 1, progress: Progress | None = None) -> Sample:
    """The sample of `size` (town, district or city): the same seed gives the same sample, bit by bit.

    Raises KeyError for an unknown size. The city needs about 3 GB.
    """
    say = progress or (lambda _: None)
    spec = SPECS[size]
    say("平面与街道 / plan and streets")
    flat = _draw(spec, seed)
    layout, plane, c = flat.layout, flat.plane, flat.compounds
    streets, _ = register.make_streets(flat.net, flat.label, layout, plane)
    compound_label = names.compound_names(c.kind, rng_for(seed, "compound names"))
    compounds = register.make_compound_layer(c, compound_label, spec, plane)
    say("建筑与人口 / buildings and people")
    buildings = register.make_building_layer(layout, flat.buildings, c, compounds, streets, plane, seed)
    residents = buildings["actual"].to_numpy()
    say("区域与组织 / areas and organisations")
    vertices = np.concatenate([flat.net.node, flat.net.bends(round(spec.bend_m * 100))[0]])
    areas = make_areas(layout, vertices, plane, seed, _dedicated(flat, residents))
    party, links = organisations.make_party(areas, spec, seed)
    say("服务设施 / facilities")
    table, host = facilities.make_stations(
        spec, _places(flat, areas, residents, seed), buildings["code"].to_numpy(), seed
    )
    open_spots = plane.metres_to_lonlat(table[["x", "y"]].to_numpy(dtype=np.float64))
    stations = facilities.station_layer(table, host, buildings.geometry.to_numpy(), open_spots)
    layers: dict[str, pd.DataFrame] = {
        "areas": areas, "party_orgs": party, "party_org_areas": links,
        "departments": organisations.make_departments(areas), "compounds": compounds,
        "gates": barriers.gate_points(c, compounds["code"].to_numpy(), plane), "buildings": buildings,
        "entrances": register.make_entrances(
            spec, flat.buildings, buildings["code"].to_numpy(), np.unique(host), plane, seed
        ),
        "stations": stations, "streets": streets,
        "barriers": barriers.make_barriers(layout, flat.net, c, compound_label, plane),
    }  # fmt: skip
    say("上报与预埋真值 / reports and planted truth")
    layers["reports"], truth = _reports(flat, layers, residents, seed)
    truth["single_gate"] = barriers.single_gate(c, compounds["code"].to_numpy())
    return Sample(layers, truth, _summary(spec, seed, layers))


def _reports(
    flat: _Flat, layers: dict[str, pd.DataFrame], residents: npt.NDArray[np.int64], seed: int
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    buildings = layers["buildings"]
    label = buildings["name"].where(buildings["name"].notna(), buildings["address"]).to_numpy(dtype=object)
    scene = where.Scene(
        flat.buildings, residents, label, buildings["address"].to_numpy(dtype=object), flat.net, flat.label
    )
    bars = barriers.sandbars(flat.layout, flat.net)
    ground = planted.Ground(
        flat.layout,
        bars,
        barriers.river_polygon(flat.layout, bars, flat.plane),
        layers["streets"],
        flat.plane,
    )
    areas = layers["areas"]
    grids = areas[areas["level"] == "grid"]
    return make_reports(flat.spec, scene, ground, grids, flat.plane, seed)


def _summary(spec: Spec, seed: int, layers: dict[str, pd.DataFrame]) -> dict[str, object]:
    areas, people, party = layers["areas"], layers["buildings"], layers["party_orgs"]
    level = areas["level"].value_counts()
    return {
        "size": spec.name, "seed": seed, "generator": GENERATOR_VERSION,
        "notice": "虚构示例·非真实区划",
        "grids": int(level["grid"]), "workers": int(areas["grid_worker"].nunique()),
        "party_branches": int((party["kind"] == "branch").sum()),
        "party_groups": int((party["kind"] == "group").sum()),
        "communities": int(level["community"]), "subdistricts": int(level["subdistrict"]),
        "buildings": len(people), "residential_buildings": int((people["use"] == "residential").sum()),
        "households": int(people["households"].sum()), "residents": int(people["actual"].sum()),
        "compounds": len(layers["compounds"]), "gates": len(layers["gates"]),
        "entrances": len(layers["entrances"]), "stations": len(layers["stations"]),
        "streets": len(layers["streets"]), "reports": len(layers["reports"]),
    }  # fmt: skip
