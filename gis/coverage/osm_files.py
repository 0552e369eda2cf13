"""Layers for `wangge coverage`, `circles` and `siting` straight from an OpenStreetMap extract."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import geopandas as gpd
import shapely

from gis.base.errors import Invalid
from gis.formats.osm import Extract, read_osm

ENDINGS = (".pbf", ".osm", ".osm.bz2", ".osm.gz")


def is_osm(path: Path) -> bool:
    """Whether a file is named as an OpenStreetMap extract."""
    return path.name.lower().endswith(ENDINGS)


def osm_layer(name: str, path: Path) -> gpd.GeoDataFrame:
    """A layer of an extract in lon/lat, `code` as `id` too; outlines that are no valid shape are left out, as in an import.

    `attrs["notes"]` says how many. Raises what `read_osm` raises, and Invalid `no_such_layer` for compounds, which the
    map does not tell.
    """
    changed = path.stat() if path.is_file() else None
    extract = _extract(path, None if changed is None else (changed.st_mtime_ns, changed.st_size))
    if name not in extract.layers:
        known = ", ".join(sorted(extract.layers))
        raise Invalid(
            "no_such_layer",
            f"OpenStreetMap 文件没有此图层，请另给文件；有的是：{known}",
            f"an OpenStreetMap file has no such layer, give another file; it has {known}",
            field=name,
        )
    layer = extract.layers[name]
    good = shapely.is_valid(layer.geometry.to_numpy())
    kept = layer[good].reset_index(drop=True)
    kept["id"] = kept["code"]
    if not good.all():
        lost = int((~good).sum())
        zh = f"{path.name}：{lost} 个对象的图形无效，未使用"
        kept.attrs["notes"] = [(zh, f"{path.name}: {lost} objects without a valid shape are left out")]
    return kept


@lru_cache(maxsize=1)
def _extract(path: Path, _changed: tuple[int, int] | None) -> Extract:
    """The extract, read once for all layers that are asked of it; `_changed` tells one version of it from the next."""
    return read_osm(path)
