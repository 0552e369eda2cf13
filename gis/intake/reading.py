"""A file to checked columns of a layer: mapping, types, codes, shapes; every bad cell a problem of its row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.base.errors import Invalid, Problem
from gis.formats.geometry import check_geometries
from gis.formats.source import SourceOptions, read_source
from gis.intake.fields import SPECS, Field, Spec
from gis.intake.model import ImportOptions, LayerKind
from gis.intake.parsing import PARSERS, WHAT, as_text, row_problems

PLACE_FIELDS = ("lon", "lat")


@dataclass(slots=True)
class Read:
    """A layer read: equally long columns, `geom` as shapely; faults by row of the file from 1.

    `file_row` (from 0) is the row of the file an entry came from: a line of several parts gives several.
    """

    columns: dict[str, Any]
    file_row: npt.NDArray[np.int64]
    rows: int
    problems: list[Problem]
    notes: list[Problem]

    def bad_rows(self) -> npt.NDArray[np.bool_]:
        """True for entries whose row has a problem."""
        named = [problem.row - 1 for problem in self.problems if problem.row is not None]
        return np.isin(self.file_row, named)

    def keep(self, mask: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """The columns of the masked rows only."""
        return {
            name: values[mask].reset_index(drop=True) if isinstance(values, pd.Series) else values[mask]
            for name, values in self.columns.items()
        }


def choose_column(frame: pd.DataFrame, item: Field, mapping: Mapping[str, str]) -> str | None:
    """The file's column for a field: mapped, else of the same name, else of a known other name, any case."""
    if item.name in mapping:
        if mapping[item.name] not in frame.columns:
            known = "、".join(map(str, frame.columns))[:200]
            raise Invalid(
                "column_missing",
                f"没有列 {mapping[item.name]}，现有：{known}",
                f"no column {mapping[item.name]}; there are: {known}",
                field=item.name,
            )
        return mapping[item.name]
    by_name = {str(column).casefold(): str(column) for column in frame.columns}
    return next((by_name[name] for name in (item.name, *item.also) if name.casefold() in by_name), None)


def _missing_column(item: Field, frame: pd.DataFrame) -> Invalid:
    known = "、".join(map(str, frame.columns.drop("geometry", errors="ignore")))[:200]
    return Invalid(
        "field_missing",
        f"找不到字段 {item.name}，请用 --map {item.name}=列名 或 --set {item.name}=值；现有列：{known}",
        f"no column for {item.name}; use --map {item.name}=COLUMN or --set {item.name}=VALUE; there are: {known}",
        field=item.name,
    )


def parse_field(item: Field, values: pd.Series[Any], shown: str) -> tuple[pd.Series[Any], list[Problem]]:
    """One field's typed column and the problems of its cells."""
    parsed, bad = PARSERS[item.type](values)
    zh, en = WHAT[item.type]
    problems = row_problems(bad, shown, "bad_value", f"不是{zh}", f"not {en}", values)
    empty = values.isna().to_numpy(dtype=bool)
    if item.required:
        problems += row_problems(empty, shown, "value_missing", "必填项为空", "a required value is missing")
    if item.choices:
        wrong = ~values.isin(item.choices).to_numpy(dtype=bool) & ~empty
        allowed = "、".join(item.choices)
        problems += row_problems(
            wrong, shown, "bad_choice", f"应为 {allowed} 之一", f"not one of {allowed}", values
        )
    if item.longest is not None:
        long = (values.fillna("").str.len() > item.longest).to_numpy(dtype=bool)
        problems += row_problems(
            long,
            shown,
            "too_long",
            f"超过 {item.longest} 个字符",
            f"longer than {item.longest} characters",
            values,
        )
    if item.least is not None:
        low = (parsed < item.least).fillna(False).to_numpy(dtype=bool)
        problems += row_problems(
            low, shown, "too_small", f"小于 {item.least:g}", f"less than {item.least:g}", values
        )
    return parsed, problems


def _fields(frame: pd.DataFrame, spec: Spec, options: ImportOptions) -> tuple[dict[str, Any], list[Problem]]:
    columns: dict[str, Any] = {}
    problems: list[Problem] = []
    unknown = (
        (set(options.mapping) | set(options.values)) - {item.name for item in spec.fields} - set(PLACE_FIELDS)
    )
    if unknown:
        names = "、".join(item.name for item in spec.fields)
        raise Invalid(
            "field_unknown",
            f"没有字段 {min(unknown)}，可用：{names}",
            f"there is no field {min(unknown)}; known: {names}",
            field=min(unknown),
        )
    for item in spec.fields:
        source = None if item.name in options.values else choose_column(frame, item, options.mapping)
        if source is not None:
            values = as_text(frame[source])
            values = values if item.default is None else values.fillna(item.default)
        elif item.name in options.values or item.default is not None:
            constant = options.values.get(item.name, item.default)
            values = pd.Series([constant] * len(frame), dtype=object)
        elif item.required:
            raise _missing_column(item, frame)
        else:
            continue
        columns[item.name], found = parse_field(item, values.reset_index(drop=True), source or item.name)
        problems += found
    return columns, problems


def _with_codes(frame: gpd.GeoDataFrame, item: Field, options: ImportOptions) -> gpd.GeoDataFrame:
    """Codes with the prefix asked for; rows of a file without codes are numbered from 1."""
    if not options.code_prefix:
        return frame
    source = choose_column(frame, item, options.mapping)
    codes = (
        as_text(frame[source])
        if source
        else pd.Series(range(1, len(frame) + 1), index=frame.index).astype(str)
    )
    return frame.assign(**{source or item.name: options.code_prefix + codes})


def duplicate_codes(codes: pd.Series[Any]) -> list[Problem]:
    """A problem for every row whose code an earlier row has."""
    twice = codes.duplicated() & codes.notna()
    return row_problems(twice, "code", "duplicate_code", "编号重复", "an earlier row has this code", codes)


def _shapes(kind: LayerKind, frame: gpd.GeoDataFrame) -> tuple[Any, list[Problem]]:
    spec = SPECS[kind]
    checked = check_geometries(frame.geometry, kinds=spec.kinds, required=False)
    shapes = checked.geometries
    single = (shapely.get_type_id(shapes) > 3) & (shapely.get_num_geometries(shapes) == 1)
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    problems = [problem for problem in checked.problems if problem.code == "geometry_kind"]
    if spec.promote:
        plain = shapely.get_type_id(shapes) == 3
        shapes[plain] = [shapely.MultiPolygon([shape]) for shape in shapes[plain]]
    elif kind is not LayerKind.BARRIERS:
        parts = np.isin(shapely.get_type_id(shapes), (4, 5))
        problems += row_problems(
            parts, "geometry", "geometry_parts", "几何有多个部件", "the geometry has several parts"
        )
    return shapes, problems


def _parts(
    frame: gpd.GeoDataFrame, code: str | None
) -> tuple[gpd.GeoDataFrame, npt.NDArray[np.int64], list[Problem]]:
    """Lines of several parts as several rows with numbered codes; the row each came from; a note for each."""
    shapes = frame.geometry.to_numpy()
    many = shapely.get_num_geometries(shapes) > 1
    if not many.any() or code is None:
        return frame, np.arange(len(frame), dtype=np.int64), []
    pieces, owner = shapely.get_parts(shapes, return_index=True)
    missing = np.flatnonzero(shapely.is_missing(shapes))
    pieces = np.concatenate((pieces, np.full(len(missing), None, dtype=object)))
    rows = np.concatenate((owner, missing)).astype(np.int64)
    out = frame.iloc[rows].reset_index(drop=True)
    number = (pd.Series(rows).groupby(rows).cumcount() + 1).astype(str)
    codes = as_text(out[code])
    out[code] = codes.where(~many[rows] | codes.isna(), codes + "." + number)
    notes = row_problems(
        many, "geometry", "split_parts", "多部件线拆成多行", "a line of several parts became several rows"
    )
    return out.set_geometry(gpd.GeoSeries(pieces, index=out.index, crs=frame.crs)), rows, notes


def read_layer(kind: LayerKind, path: Path, options: ImportOptions) -> Read:
    """Read `path` as a layer of `kind`. Faults of the file as a whole raise; faults of rows are collected."""
    source = read_source(
        path,
        SourceOptions(
            crs=options.crs,
            coord_sys=options.coord_sys,
            layer=options.layer,
            encoding=options.encoding,
            lon=options.mapping.get("lon"),
            lat=options.mapping.get("lat"),
            strict_winding=options.strict_winding,
        ),
    )
    return from_frame(kind, source.frame, options, source.problems, source.notes)


def from_frame(
    kind: LayerKind,
    frame: gpd.GeoDataFrame,
    options: ImportOptions,
    problems: list[Problem],
    notes: list[Problem],
) -> Read:
    """Checked columns of a layer from a frame in lon/lat whose row problems so far are given."""
    spec, rows = SPECS[kind], len(frame)
    frame = _with_codes(frame, spec.fields[0], options)
    file_row, split = np.arange(rows, dtype=np.int64), list[Problem]()
    if kind is LayerKind.STREETS:
        frame, file_row, split = _parts(frame, choose_column(frame, spec.fields[0], options.mapping))
    shapes, wrong = _shapes(kind, frame)
    columns, found = _fields(frame, spec, options)
    found += wrong + duplicate_codes(columns["code"])
    found = [
        replace(problem, row=int(file_row[problem.row - 1]) + 1 if problem.row else None) for problem in found
    ]
    columns["geom"] = shapes
    ordered = sorted(problems + found, key=lambda problem: problem.row or 0)
    return Read(columns, file_row, rows, ordered, notes + split)
