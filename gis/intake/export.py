"""Stored layers out again, by the same field names that an import reads."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.base.crs import LONLAT
from gis.base.errors import Invalid
from gis.db.engine import unit_of_work
from gis.db.sql import load
from gis.formats.write import write_layer
from gis.register.tables import COUNTS

EXPORTS = (
    "areas", "compounds", "gates", "buildings", "entrances", "stations", "streets", "barriers",
)  # fmt: skip
LABELS = {
    "code": "编号", "name": "名称", "level": "层级", "kind": "类型", "parent": "上级", "grid_lead": "网格长",
    "grid_worker": "网格员", "substitute": "替岗", "walled": "围墙", "compound": "小区", "access": "通行",
    "hours": "开放时间", "use": "用途", "storeys": "层数", "address": "地址", "grid": "网格", "building": "楼栋",
    "type": "类型", "status": "状态", "floor_area_m2": "建筑面积（平方米）", "capacity": "容量", "services": "服务项目",
    "foot_forward": "可顺向步行", "foot_backward": "可逆向步行", "steps": "台阶", "slope_pct": "坡度（%）",
    "bridge": "桥", "tunnel": "隧道", "households": "户数", "registered": "户籍人口", "actual": "实有人口",
    "floating": "流动人口", "age_0_14": "0–14 岁", "age_15_59": "15–59 岁", "age_60_79": "60–79 岁",
    "age_80": "80 岁及以上", "lon": "经度", "lat": "纬度",
}  # fmt: skip
LEVEL_LABEL = {"areas": {"level": "层级"}, "streets": {"level": "楼层"}}


def read_stored(session: Session, layer: str) -> gpd.GeoDataFrame:
    """A stored layer in lon/lat with the field names of its layer file. Raises Invalid `layer_unknown`."""
    if layer not in EXPORTS:
        known = "、".join(EXPORTS)
        raise Invalid(
            "layer_unknown", f"没有图层 {layer}，可用：{known}", f"no layer {layer}; there are: {known}"
        )
    result = session.execute(load("gis.intake", f"export_{layer}"))
    frame = pd.DataFrame(result.all(), columns=list(result.keys()))
    for name in {"storeys", "capacity", *COUNTS} & set(frame.columns):
        frame[name] = frame[name].astype("Int64")
    shapes = shapely.from_wkb([bytes(wkb) for wkb in frame.pop("wkb")])
    made = gpd.GeoDataFrame(frame, geometry=shapes, crs=LONLAT)
    made.attrs["layer"] = layer
    return made


def export_layer(
    engine: Engine, layer: str, path: str | Path, *, chinese: bool = False, crs: str | None = None
) -> int:
    """Write a stored layer to a file, with Chinese column labels where asked; returns the rows written."""
    with unit_of_work(engine) as session:
        frame = read_stored(session, layer)
    labels = LABELS | LEVEL_LABEL.get(layer, {}) if chinese else {}
    write_layer(frame, path, labels, crs)
    return len(frame)
