"""One row a building with Chinese column labels: what a planner takes home."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.base.crs import LONLAT
from gis.coverage import numbers
from gis.coverage.buildings import marooned
from gis.coverage.found import Found, found, reasons
from gis.coverage.model import CoverageAnswer, Question, Share
from gis.coverage.rows import to_station
from gis.coverage.world import World
from gis.walking.model import METRES, Bools, Int64s, Quality
from gis.walking.reasons import Why

YES_NO = {True: "是", False: "否"}
REASONS = {
    Why.COVERED: "",
    Why.UNLINKED: "未接入路网",
    Why.CLOSED: "未开放",
    Why.GATE: "大门不通",
    Why.BARRIER: "障碍阻隔",
    Why.CAPACITY: "容量不足",
    Why.DISTANCE: "距离过远",
}

ISLAND_TEXT = "距离过远（道路孤立，与站点的道路不连通）"


def reason_text(name: str) -> str:
    """A reason by its English name (`gate`) in both languages."""
    return f"{REASONS[Why[name.upper()]]} / {name}"


QUALITIES = {
    Quality.NONE: "无",
    Quality.ENTRANCE: "单元门",
    Quality.FACADE: "外墙",
    Quality.CENTROID: "中心",
    Quality.POINT: "点",
    Quality.GATE: "小区大门",
}
LEVELS = {"subdistrict": "街道", "community": "社区", "grid": "网格"}
COUNTED = {
    "buildings": "楼栋",
    "households": "户数",
    "residents": "居民",
    "age_0_14": "0至14岁",
    "age_15_59": "15至59岁",
    "age_60_79": "60至79岁",
    "age_80": "80岁以上",
    "age_60_plus": "60岁以上",
}


def building_table(world: World, question: Question, words: pd.DataFrame, inside: Bools) -> gpd.GeoDataFrame:
    """Homes among the buildings `inside` (b,): place, people, nearest and second station, verdict and reason.

    `words` has name and address by code. Distances and times are null beyond 3,000 m, never a large number.
    """
    got = found(world, question)
    rows = np.flatnonzero(inside & numbers.homes(world.buildings))
    known = world.buildings.iloc[rows]
    said = words.set_index("code").reindex(known["code"])
    columns: dict[str, object] = {
        "楼栋编码": known["code"].to_numpy(),
        "名称": said["name"].to_numpy(),
        "地址": said["address"].to_numpy(),
    }
    for level, label in LEVELS.items():
        columns[label] = _area_names(world, level)[rows]
    for column, label in (
        ("actual", "居民"),
        ("households", "户数"),
        ("age_60_79", "60至79岁"),
        ("age_80", "80岁以上"),
    ):
        columns[label] = pd.array(known[column].to_numpy(), dtype="Int64")
    columns |= _distances(world, question, got, rows)
    why = reasons(world, question)[rows]
    near = got.borderline(question)[rows]
    columns["是否覆盖"] = [YES_NO[bool(w == Why.COVERED)] for w in why]
    columns["临界"] = [YES_NO[bool(b)] for b in near]
    alone = marooned(world, question)[rows] & (why == Why.DISTANCE)
    columns["未覆盖原因"] = [ISLAND_TEXT if a else REASONS[Why(w)] for w, a in zip(why, alone, strict=True)]
    columns["出发点"] = [QUALITIES[Quality(q)] for q in world.prepared().building_links.quality[rows]]
    return gpd.GeoDataFrame(columns, geometry=known.geometry.to_numpy(), crs=LONLAT)


def _or_none(values: np.ndarray) -> np.ndarray:
    """`values` with None at the end, where an index of -1 finds it."""
    longer = np.full(len(values) + 1, None, dtype=object)
    longer[:-1] = values
    return longer


def _area_names(world: World, level: str) -> np.ndarray:
    member = numbers.area_of(world.buildings, world.areas, level)
    names = _or_none(world.areas["name"].to_numpy(dtype=object))
    found: np.ndarray = names[member]
    return found


def _distances(world: World, question: Question, got: Found, rows: Int64s) -> dict[str, object]:
    """Columns of the two nearest stations; the length of the shortest walk beside the time of the quickest."""
    reached, near = got.reached, got.reached.nearest
    names = _or_none(world.stations["name"].to_numpy(dtype=object)[reached.stations])
    codes = _or_none(world.stations["code"].to_numpy(dtype=object)[reached.stations])
    columns: dict[str, object] = {
        "最近站点": names[near.station[rows]],
        "最近站点编码": codes[near.station[rows]],
    }
    metres = near.cost if question.profile.is_metres else _lengths(got)
    columns["步行距离_米"] = _nullable(metres, near.reached & (metres >= 0), 1e6, rows)
    if not question.profile.is_metres:
        columns["步行时间_分钟"] = _nullable(near.cost, near.reached, 6e7, rows)
    columns["次近站点"] = names[near.second_station[rows]]
    label, unit = ("次近距离_米", 1e6) if question.profile.is_metres else ("次近时间_分钟", 6e7)
    columns[label] = _nullable(near.second_cost, near.second_station >= 0, unit, rows)
    return columns


def _lengths(got: Found) -> Int64s:
    reached = got.reached
    ready = replace(got.place, station_links=reached.links, direct=reached.direct)
    return to_station(ready, reached.nearest.station, METRES)


def _nullable(cost: Int64s, known: Bools, unit: float, rows: Int64s) -> np.ndarray:
    values: np.ndarray = np.where(known, cost / unit, np.nan)[rows].round(2)
    return values


def area_table(answer: CoverageAnswer, level: str) -> pd.DataFrame:
    """One row an area of `level`: code, name, and covered, total and rate; areas that are not told are left out."""
    told = [area for area in answer.areas[level] if not area.suppressed]
    rows = [{"编码": area.code, "名称": area.name, **_shares(area.shares)} for area in told]
    return pd.DataFrame(rows, columns=["编码", "名称", *_shares(answer.totals)])


def total_table(answer: CoverageAnswer) -> pd.DataFrame:
    """One row for each thing counted: covered, total, rate (empty where there is nothing to divide by)."""
    return pd.DataFrame(
        [
            {"项目": COUNTED[name], "已覆盖": share.covered, "总数": share.total, "覆盖率": share.rate}
            for name, share in answer.totals.items()
        ]
    )


def _shares(shares: dict[str, Share]) -> dict[str, object]:
    columns: dict[str, object] = {}
    for name, share in shares.items():
        columns[f"{COUNTED[name]}_已覆盖"] = share.covered
        columns[f"{COUNTED[name]}_总数"] = share.total
        columns[f"{COUNTED[name]}_覆盖率"] = share.rate
    return columns
