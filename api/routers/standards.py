"""Categories and filing standards: what is in force, what older codes became, and imports with a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import JSONResponse, Response

from api.answers import tagged_answer
from api.bodies import body_of, told
from api.deps import EngineDep, media_type, read_body
from api.numbers import PlainDay, PlainInt
from api.standards_schemas import (
    CategoryChange,
    CategoryOut,
    ImportOut,
    MappedOut,
    SetList,
    StandardList,
)
from api.standards_views import category_tree, category_view, import_view, sets_view, standard_view
from gis.base.errors import Invalid, Unsupported
from gis.events.readers import read_category, read_natural_code
from gis.events.standards import service
from gis.events.standards.categories_file import HEADS as CATEGORY_HEADS
from gis.events.standards.cells import LARGEST_BYTES, MOST_ROWS
from gis.events.standards.mapping import map_code, read_edition, read_kind
from gis.events.standards.model import Merge, SetFacts
from gis.events.standards.standards_file import HEADS as STANDARD_HEADS

router = APIRouter(tags=["rules"])
TABLES: Final = {
    "text/csv": ".csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/json": ".json",
}


def table_told(*columns: Mapping[str, Any]) -> dict[str, Any]:
    """What the OpenAPI document says of a table: a file, or rows as a form sends them, of these columns."""
    row = {
        "type": "object",
        "properties": {name: {} for heads in columns for name in heads},
        "additionalProperties": False,
    }
    rows = {
        "type": "object",
        "properties": {"rows": {"type": "array", "maxItems": MOST_ROWS, "items": row}},
        "required": ["rows"],
        "additionalProperties": False,
    }
    binary = {"type": "string", "format": "binary"}
    content = {kind: {"schema": rows if suffix == ".json" else binary} for kind, suffix in TABLES.items()}
    return {"requestBody": {"required": True, "content": content}}


NO_STORE: Final = {"Cache-Control": "private, no-store"}
City = Annotated[
    str, Query(description="区域代码的前几位；空为全域 / the beginning of area codes", max_length=15)
]
DryRun = Annotated[bool, Query(description="只检查并比较，不保存 / check and compare, keep nothing")]


async def table_body(request: Request) -> tuple[bytes, str]:
    """The file, and by its Content-Type the suffix it would have."""
    kind, _ = media_type(request)
    if kind not in TABLES:
        kinds = ", ".join(TABLES)
        raise Unsupported(
            "unsupported_media_type", f"应为 {kinds}", f"Send one of {kinds}", field="Content-Type"
        )
    return await read_body(request, LARGEST_BYTES), TABLES[kind]


Table = Annotated[tuple[bytes, str], Depends(table_body)]


async def merged(
    merge: Annotated[
        bool, Query(description="未列出的照旧 / what is not named stays as it is in force")
    ] = False,
    without: Annotated[
        list[str] | None,
        Query(
            description="连同 merge：去掉的类别或编号 / with merge: categories, or codes, to leave out",
            max_length=100,
        ),
    ] = None,
) -> Merge | None:
    """Whether a table has all there is to be, or changes some of it."""
    if without and not merge:
        raise Invalid("bad_value", "without 须连同 merge", "without needs merge", field="without")
    return Merge(tuple(without or ())) if merge else None


Merged = Annotated[Merge | None, Depends(merged)]


@router.get("/categories", response_model=list[CategoryOut])
def list_categories(
    request: Request,
    engine: EngineDep,
    state: Annotated[
        Literal["in_force", "all"], Query(description="all: retired ones too, with what each was")
    ] = "in_force",
    area: Annotated[
        str | None, Query(description="those offered in the area of this code", max_length=40)
    ] = None,
) -> Response:
    """All categories as trees: families with their leaves, labels in Chinese and English, whether verified."""
    found = service.list_categories(engine)
    place = None if area is None else read_natural_code(area, "area")
    wanted = [
        one
        for one in found
        if (state == "all" or one.in_force) and (place is None or place.startswith(one.city))
    ]
    tree = category_tree(wanted, with_history=state == "all")
    return tagged_answer(request, bytes(JSONResponse(tree).body))


@router.get("/categories/map", response_model=MappedOut)
def map_category(
    request: Request,
    engine: EngineDep,
    edition: Annotated[
        str, Query(description="gbt30428.2-2013, cjt214-2007, gbt47678.5-2026", max_length=40)
    ],
    kind: Annotated[str, Query(description="component, event", max_length=16)],
    code: Annotated[str, Query(description="four digits, as 0110 or 01-10", max_length=8)],
    name: Annotated[str | None, Query(description="its name, which has to agree", max_length=80)] = None,
) -> Response:
    """What a code of an older edition is today. The edition is never guessed: the same digits differ between two."""
    made = map_code(edition, kind, code, name)
    known = {one.key: one for one in service.list_categories(engine)}
    found = None if made.key is None else known.get(str(made.key))
    answer = {
        "edition": read_edition(edition),
        "kind": read_kind(kind),
        "code": code.strip(),
        "key": None if made.key is None else str(made.key),
        "zh": found.name_zh if found else None,
        "en": found.name_en if found else None,
        "reason": made.reason or None,
        "detail": made.zh or None,
        "detail_en": made.en or None,
    }
    return tagged_answer(request, bytes(JSONResponse(answer).body))


@router.post("/categories/import", response_model=ImportOut, openapi_extra=table_told(CATEGORY_HEADS))
def import_categories(engine: EngineDep, table: Table, city: City = "", dry_run: DryRun = False) -> Response:
    """Add, change and retire categories by a CSV, XLSX or JSON table; all rows or none, every bad row named.

    A changed category keeps its id, so that events, roles and rules keep it; what it was stays in its history.
    """
    done = service.import_categories(engine, *table, city, dry_run=dry_run)
    return JSONResponse(import_view(done), headers=NO_STORE)


@router.patch("/categories/{key}", response_model=CategoryOut, openapi_extra=dict(told(CategoryChange)))
def change_category(
    engine: EngineDep,
    key: Annotated[str, Path(description="scheme:kind:code", max_length=80)],
    given: Annotated[CategoryChange, Depends(body_of(CategoryChange))],
) -> Response:
    """Retire a category from today on, or bring it back; a family goes with all in it. Events keep theirs."""
    found = service.set_in_force(engine, str(read_category(key, "key")), in_force=given.in_force)
    return JSONResponse(category_view(found), headers=NO_STORE)


@router.get("/standards", response_model=StandardList)
def list_standards(
    request: Request,
    engine: EngineDep,
    category: Annotated[
        str | None, Query(description="scheme:kind:code, a family too", max_length=80)
    ] = None,
    area: Annotated[str, Query(description="in force in the area of this code", max_length=40)] = "",
    set_: Annotated[PlainInt | None, Query(alias="set", description="all of one set", ge=1)] = None,
    q: Annotated[str | None, Query(description="in names, codes and conditions", max_length=60)] = None,
) -> Response:
    """Filing standards in force in an area; with `category`, what an event of it may be filed under there."""
    if set_ is not None and area:
        raise Invalid("bad_value", "set 与 area 只能给一个", "give one of set and area", field="set")
    found = service.list_standards(
        engine,
        area=read_natural_code(area, "area") if area else "",
        set_id=set_,
        category=None if category is None else str(read_category(category, "category")),
        search=(q or "").strip() or None,
    )
    body = JSONResponse({"items": [standard_view(one) for one in found]}).body
    return tagged_answer(request, bytes(body))


@router.get("/standard-sets", response_model=SetList)
def list_standard_sets(request: Request, engine: EngineDep) -> Response:
    """Every version of every city's standards, with what is in it and when it is in force."""
    return tagged_answer(request, bytes(JSONResponse(sets_view(service.list_sets(engine))).body))


async def set_facts(
    version: Annotated[str, Query(description="letters, digits, dots, hyphens", max_length=40)],
    city: City = "",
    name: Annotated[str, Query(max_length=200)] = "",
    name_en: Annotated[str | None, Query(max_length=200)] = None,
    source: Annotated[str, Query(description="of rows that name none", max_length=200)] = "",
    valid_from: Annotated[PlainDay | None, Query(description="today when not given")] = None,
) -> SetFacts:
    """The set a file is to become."""
    return SetFacts(city, version, name, name_en, source, valid_from)


async def codes_told(
    edition: Annotated[str, Query(description="of all codes in the file", max_length=40)] = "",
    kind: Annotated[str, Query(description="of all codes in the file: component, event", max_length=16)] = "",
) -> dict[str, str]:
    """What is said of all codes in a file at once."""
    return {"edition": edition, "kind": kind}


@router.post(
    "/standard-sets",
    status_code=201,
    response_model=ImportOut,
    openapi_extra=table_told(STANDARD_HEADS),
    responses={200: {"model": ImportOut, "description": "What a dry run found"}},
)
def import_standards(
    engine: EngineDep,
    table: Table,
    given: Annotated[SetFacts, Depends(set_facts)],
    of_all: Annotated[dict[str, str], Depends(codes_told)],
    merge: Merged,
    dry_run: DryRun = False,
) -> Response:
    """Put a CSV, XLSX or JSON table in force as a city's standards; all rows or none, every bad row named.

    With `merge` it has the conditions of some categories, and those of all others stay as they are. It ends the set in
    force until then; events keep the condition they were filed under.
    """
    done = service.import_standards(engine, *table, given, dry_run=dry_run, told=of_all, merge=merge)
    return JSONResponse(import_view(done), 200 if dry_run else 201, headers=NO_STORE)
