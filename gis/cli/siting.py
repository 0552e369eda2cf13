"""`wangge siting`: where the next stations go, by files alone or on the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from gis.coverage.siting.answer import SitingAnswer
    from gis.coverage.siting.request import SitingRequest

ENDINGS = (".geojson", ".json", ".csv")
MODELS = "coverage, set_cover, p_median, capacity, backup, min_coverage"


def register(app: typer.Typer) -> None:
    """Add `wangge siting`."""
    app.command(
        name="siting",
        help="选址：再建几个站、建在哪里，附已证明的差距 / where the next stations go, with a proven gap.",
    )(siting)


def _given(text: str, *names: str) -> Any:
    """An option that may be absent."""
    return typer.Option(None, *names, help=text)


def siting(
    out: Path = typer.Option(..., help="结果：.geojson 或 .csv / the answer"),
    sites: int | None = _given("新建几个 / how many new stations", "-p", "--sites"),
    model: str = typer.Option("coverage", help=f"模型 / model: {MODELS}"),
    candidates: str = typer.Option("streets", help="streets、streets:100（米），或点、面文件 / or a file"),
    minutes: float | None = _given("步行分钟 / minutes of walking"),
    metres: float | None = _given("步行米数 / metres of walking"),
    profile: str = typer.Option("standard", help="standard, adult, elderly, child, winter"),
    exclude: Path | None = _given("不可建的面 / polygons without stations"),
    land_use: str | None = _given("地块用地代码，逗号分隔 / land-use codes of parcels, by commas"),
    target: float | None = _given("set_cover：要覆盖的比例，默认 1 / share to cover"),
    capacity: int | None = _given("capacity：每站服务居民 / residents a station serves"),
    theta: float | None = _given("backup：第二次覆盖的权重，默认 0.3 / worth of a second cover"),
    min_coverage: float | None = _given("min_coverage：每个社区的最低比例 / least share of each community"),
    types: str | None = _given("数据库：站点类型，逗号分隔 / database: types of stations"),
    area: str | None = _given("数据库：区域编码 / database: an area's whole subtree"),
    streets: Path | None = _given("文件：街道 / files: streets"),
    buildings: Path | None = _given("文件：建筑 / files: buildings"),
    stations: Path | None = _given("文件：现有站点 / files: existing stations"),
    barriers: Path | None = _given("文件：河流、铁路、围墙 / files: rivers, railways, walls"),
    compounds: Path | None = _given("文件：封闭小区 / files: walled compounds"),
    gates: Path | None = _given("文件：小区大门 / files: their gates"),
    entrances: Path | None = _given("文件：建筑出入口 / files: entrances"),
    residents_field: str | None = _given("文件：居民数列，缺省每栋计 1 / files: column of residents"),
    community_field: str | None = _given("文件：社区列 / files: column of the community"),
    crs: str | None = _given("文件：未声明坐标系时 / files: reference system of those without one"),
) -> None:
    """选址：现有站点保留，新站只计尚未覆盖的居民 / existing stations stay, only residents not yet covered count."""
    from gis.cli.bar import bars
    from gis.coverage.siting.request import read_request

    _refuse_other_endings(out)
    by_files = streets is not None or buildings is not None or stations is not None
    given: dict[str, Any] = {
        "types": ["any"] if by_files else [name for name in (types or "").split(",") if name],
        "minutes": minutes, "metres": metres, "profile": profile, "area": area, "model": model,
        "stations": sites, "target": target, "capacity": capacity, "theta": theta,
        "min_coverage": min_coverage, "candidates": _candidates(candidates, crs),
        "exclude": None if exclude is None else _features(exclude, crs),
        "land_use": [use.strip() for use in (land_use or "").split(",") if use.strip()],
    }  # fmt: skip
    request = read_request({name: value for name, value in given.items() if value is not None})
    with bars() as progress:
        if by_files:
            layers = (streets, buildings, stations, barriers, compounds, gates, entrances, crs)
            found = _by_files(layers, types or area, request, (residents_field, community_field), progress)
        else:
            found = _by_database(request, progress)
    write(found, out)
    print_answer(found)
    typer.echo(str(out))


def _by_files(
    layers: tuple[Any, ...], database: str | None, request: SitingRequest, columns: tuple[str | None, str | None],
    progress: Any,
) -> SitingAnswer:  # fmt: skip
    from gis.base.errors import Invalid
    from gis.coverage.files import Files
    from gis.coverage.siting.service import site_files

    if None in layers[:3] or database:
        raise Invalid(
            "files_missing",
            "只用文件时请同时给出 --streets、--buildings 与 --stations；--types、--area 只用于数据库",
            "by files give --streets, --buildings and --stations together; --types and --area are of the database",
            field="streets",
        )
    return site_files(Files(*layers), request, *columns, progress=progress)


def _by_database(request: SitingRequest, progress: Any) -> SitingAnswer:
    from gis.cli.database import database
    from gis.coverage.refresh import link
    from gis.coverage.siting.service import site
    from gis.coverage.world import current_world

    with database() as (engine, cache):
        link(current_world(engine, cache), progress)
        return site(engine, request, progress, cache_dir=cache)


def _candidates(text: str, crs: str | None) -> dict[str, Any]:
    """`streets`, `streets:<metres>`, or a file: points, or parcels with a column `land_use`."""
    kind, _, spacing = text.partition(":")
    if kind == "streets":
        try:
            return {"kind": "streets", "spacing_m": float(spacing or 100)}
        except ValueError:
            return {"kind": "streets", "spacing_m": -1}
    made = _features(Path(text), crs)
    if all(feature["geometry"]["type"] == "Point" for feature in made["features"]):
        return {
            "kind": "points",
            "points": [feature["geometry"]["coordinates"][:2] for feature in made["features"]],
        }
    return {"kind": "parcels", "features": made}


def _features(path: Path, crs: str | None) -> dict[str, Any]:
    """A vector file as GeoJSON in lon/lat."""
    from gis.base.crs import LONLAT
    from gis.base.errors import InvalidFile
    from gis.formats.vector import read_vector

    layer = read_vector(path, crs=crs)
    if layer.problems:
        raise InvalidFile(layer.problems, rows=len(layer.frame))
    made: dict[str, Any] = json.loads(layer.frame.to_crs(LONLAT).to_json())
    return made


def _refuse_other_endings(out: Path) -> None:
    """Raises `Invalid` (`unknown_format`) before anything is computed."""
    from gis.base.errors import Invalid

    if out.suffix.lower() not in ENDINGS:
        known = " ".join(ENDINGS)
        raise Invalid(
            "unknown_format", f"输出文件应以 {known} 结尾", f"the output must end in {known}", field="out"
        )


def write(found: SitingAnswer, out: Path) -> None:
    """The sites as GeoJSON with the rest of the answer, or as rows of a CSV file."""
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix.lower() == ".csv":
        import pandas as pd

        rows = pd.DataFrame(
            found.as_json()["sites"], columns=["rank", "lon", "lat", "gain", "gain_residents", "street"]
        )
        out.write_bytes(rows.to_csv(index=False).encode("utf-8-sig"))
        return
    out.write_text(json.dumps(found.as_geojson(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def print_answer(found: SitingAnswer) -> None:
    """Value, bound and proven gap; before and after; the sites."""
    from rich.console import Console
    from rich.table import Table

    from gis.coverage.siting.weights import WORDS

    told, (zh, en) = found.as_json(), WORDS[found.weight]
    versions = f"规则 / rules {found.rule_version} · 路网 / network {found.network_version} · {found.method}"
    table = Table("", told["unit_zh"] + " / " + told["unit_en"], caption=versions)
    table.add_row("值 / value", f"{found.value:,}")
    table.add_row("界 / bound", f"{found.bound:,}")
    table.add_row("已证明差距 / proven gap", "0（最优 / optimal）" if found.proven else f"{found.gap:.2%}")
    table.add_row(f"{zh} / {en}", f"{found.total:,}")
    table.add_row("原覆盖 / covered before", f"{found.covered_before:,}")
    table.add_row("后覆盖 / covered after", f"{found.covered_after:,}")
    table.add_row("无法覆盖 / out of reach", f"{found.alone:,}")
    sites = Table("#", "经度 / lon", "纬度 / lat", f"新增{zh} / {en}", "街道 / street")
    for site in found.sites[:50]:
        sites.add_row(str(site.rank), f"{site.lon:.6f}", f"{site.lat:.6f}", f"{site.gain:,}", site.street)
    console = Console(stderr=True)
    console.print(table)
    console.print(sites)
    if said := told["note"]:
        console.print(f"{said['zh']} / {said['en']}")
