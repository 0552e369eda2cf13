"""The reading child: limits itself, reads one file, writes Arrow tables, ends. Run by `sandbox.run_reader`."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, NoReturn

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
NOT_NEEDED = ("geopandas", "pandas", "pyproj", "shapely")
"""pyogrio takes these along when it finds them: a second of importing, and none of it reads into Arrow tables."""


def refuse(code: str, zh: str, en: str) -> NoReturn:
    """Tell the parent why and end."""
    sys.stderr.write("\n" + json.dumps({"code": code, "zh": zh, "en": en}) + "\n")
    sys.stderr.flush()
    os._exit(3)


def confine(limits: dict[str, int]) -> None:
    """Bound memory, CPU time, output size and open files; leave the network where the system allows."""
    for kind, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["cpu_s"]),
        (resource.RLIMIT_FSIZE, limits["output_bytes"]),
        (resource.RLIMIT_NOFILE, 128),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bound, bound))
    libc = ctypes.CDLL(None)
    if libc.unshare(CLONE_NEWNET) != 0:
        libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)


def _write(table: Any, out: str, number: int) -> None:
    import pyarrow as pa

    path = Path(out) / f"table-{number}.arrow"
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _vector(order: dict[str, Any]) -> Any:
    """One layer through GDAL, of exactly the driver the parent chose."""
    sys.modules.update(dict.fromkeys(NOT_NEEDED))  # type: ignore[arg-type]  # None bars a module
    import pyogrio
    from pyogrio.errors import DataLayerError, DataSourceError

    extra = set(pyogrio.list_drivers()) - set(order["drivers"])
    if extra:
        refuse("driver_not_allowed", "读取组件含有不允许的驱动", f"drivers not allowed: {sorted(extra)[:3]}")
    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(order["path"])]
        layer = order["layer"] or (layers[0] if len(layers) == 1 else None)
        if layer is None or layer not in layers:
            names = "、".join(layers)[:200]
            refuse("layer_unknown", f"请用 --layer 指定图层：{names}", f"name a layer with --layer: {names}")
        meta, table = pyogrio.read_arrow(order["path"], layer=layer, encoding=order["encoding"])
    except DataLayerError as error:
        refuse("layer_unknown", "图层无法读取", f"the layer cannot be read: {error}"[:300])
    except DataSourceError as error:
        refuse("file_unreadable", "文件损坏或格式不符，无法读取", f"the file cannot be read: {error}"[:300])
    name = meta["geometry_name"] or "wkb_geometry"
    facts = {"crs": meta["crs"] or "", "geometry": name if name in table.column_names else ""}
    return table.replace_schema_metadata({key: str(value) for key, value in facts.items()})


def _parquet(order: dict[str, Any]) -> Any:
    """GeoParquet: the primary geometry column as WKB, its reference system from the `geo` metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(order["path"])
    except (pa.ArrowException, OSError) as error:
        refuse("file_unreadable", "文件损坏或格式不符，无法读取", f"the file cannot be read: {error}"[:300])
    geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
    name = geo.get("primary_column", "")
    column = geo.get("columns", {}).get(name, {})
    if not column or column.get("encoding") != "WKB":
        refuse("not_geoparquet", "不是 WKB 编码的 GeoParquet", "not a GeoParquet file with WKB geometry")
    crs = column.get("crs", "OGC:CRS84")
    return table.replace_schema_metadata(
        {"crs": json.dumps(crs) if isinstance(crs, dict) else (crs or ""), "geometry": name}
    )


def _xlsx(order: dict[str, Any]) -> Any:
    """One sheet as text columns, header in the first row."""
    import openpyxl
    import pyarrow as pa

    book = openpyxl.load_workbook(order["path"], read_only=True, data_only=True)
    if order["layer"] and order["layer"] not in book.sheetnames:
        names = "、".join(book.sheetnames)[:200]
        refuse("layer_unknown", f"没有这个工作表，可用：{names}", f"no such sheet; there are: {names}")
    sheet = book[order["layer"]] if order["layer"] else book.worksheets[0]
    rows = sheet.iter_rows(values_only=True)
    header = [str(value).strip() if value is not None else "" for value in next(rows, ())]
    cells: list[list[str]] = [[] for _ in header]
    for row in rows:
        if any(value is not None for value in row):
            for filled, value in zip(cells, row, strict=False):
                filled.append("" if value is None else _cell(value))
    titles = [name or f"column_{number}" for number, name in enumerate(header, start=1)]
    return pa.Table.from_arrays([pa.array(column, pa.string()) for column in cells], names=titles)


def _cell(value: Any) -> str:
    """A cell as text: whole numbers without `.0`, dates as ISO 8601."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def main() -> None:
    """Read the order from standard input and obey it."""
    order = json.load(sys.stdin)
    confine(order["limits"])
    try:
        table = {"vector": _vector, "parquet": _parquet, "xlsx": _xlsx}[order["reader"]](order)
        _write(table, order["out"], 0)
    except MemoryError:
        os._exit(4)


if __name__ == "__main__":
    main()
