"""The table of who may call what: complete, obeyed by every route, and told by the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import Depends, FastAPI

from api.account_schemas import LoginIn
from api.app import create_app
from api.guard import guard, require_guarded
from api.policy import OPEN, PAGES, POLICY, PUBLIC, Access, UnknownOperation, operations, require_complete
from gis.settings import Settings

OF_PLAIN_DATA = {
    "docs",
    "docs_start",
    "healthz",
    "readyz",
    "openapi",
    "report_worker",
    "report_page",
    "track_page",
}
FILES = {"vendor", "js", "css", "lang"}
QUESTIONS = {"preview_deadline"}
"""Asked by POST, keeping nothing."""


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app(Settings())


def test_every_operation_has_a_row_and_every_row_an_operation(app: FastAPI) -> None:
    assert set(operations(app)) == set(POLICY)
    assert set(POLICY) >= PAGES


def test_nothing_more_is_open_than_is_listed_here() -> None:
    assert {name for name, row in POLICY.items() if row.access is Access.OPEN} == OF_PLAIN_DATA | FILES


def test_the_program_does_not_start_with_an_operation_nobody_ruled_on() -> None:
    policy = {name: row for name, row in POLICY.items() if name != "list_events"}
    with pytest.raises(UnknownOperation, match="list_events"):
        create_app(Settings(), policy=policy)
    with pytest.raises(UnknownOperation, match="nobody"):
        create_app(Settings(), policy={**POLICY, "nobody": PUBLIC})
    require_complete(POLICY, POLICY)


def test_a_route_without_the_guard_is_noticed(app: FastAPI) -> None:
    bare = FastAPI()

    @bare.get("/bare")
    def bare_route() -> None: ...

    rows = dict.fromkeys(operations(bare), OPEN)
    with pytest.raises(UnknownOperation, match="without the guard"):
        require_guarded(bare, rows)


def test_files_cannot_be_anything_but_open() -> None:
    with pytest.raises(UnknownOperation, match="css cannot be guarded"):
        create_app(Settings(), policy={**POLICY, "css": PUBLIC})


def test_a_body_fastapi_would_read_before_the_guard_is_noticed(app: FastAPI) -> None:
    hasty = FastAPI(openapi_url=None, dependencies=[Depends(guard)], docs_url=None, redoc_url=None)

    def take(given: LoginIn) -> None: ...

    hasty.add_api_route("/hasty", take, methods=["POST"])
    with pytest.raises(UnknownOperation, match="before the guard"):
        require_guarded(hasty, dict.fromkeys(operations(hasty), PUBLIC))


def parts(schema: Any, whole: dict[str, Any], seen: set[str]) -> Iterator[dict[str, Any]]:
    """Every object schema below one, references followed."""
    if isinstance(schema, list):
        for one in schema:
            yield from parts(one, whole, seen)
    elif isinstance(schema, dict):
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from parts(whole["components"]["schemas"][name], whole, seen)
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from parts(value, whole, seen)


def test_every_body_refuses_members_nobody_reads(app: FastAPI) -> None:
    document, found = app.openapi(), 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            for kind, told in operation.get("requestBody", {}).get("content", {}).items():
                if kind != "application/json":
                    continue
                objects = list(parts(told["schema"], document, set()))
                found += len(objects)
                loose = [one.get("title") for one in objects if one.get("additionalProperties") is not False]
                assert not loose, f"{method} {path}"
    assert found >= 12
    control = {"type": "object", "title": "Loose"}
    assert [one.get("additionalProperties") for one in parts(control, document, set())] == [None]


def test_the_document_tells_who_may_call_what(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    assert paths["/api/v1/events"]["get"]["x-permission"] == "events.read"
    assert {"401", "403"} <= set(paths["/api/v1/events"]["get"]["responses"])
    assert "security" not in paths["/api/v1/reports"]["post"]
    assert "429" in paths["/api/v1/reports"]["post"]["responses"]
    for name, routes in operations(app).items():
        for route in routes:
            for method in route.methods or ():
                operation = paths.get(route.path_format, {}).get(method.lower())
                if operation is not None:
                    closed = POLICY[name].access in {Access.SELF, Access.NEED}
                    assert ("security" in operation) == closed, name


def test_every_write_that_may_be_refused_is_named_in_the_audit(app: FastAPI) -> None:
    """Every change has a name for the audit; looking has none, nor has a question too long for an address."""
    without = set()
    for name, routes in operations(app).items():
        methods = {method for route in routes for method in route.methods or ()}
        if methods & {"POST", "PUT", "PATCH", "DELETE"} and not POLICY[name].action:
            without.add(name)
    assert without == QUESTIONS
    assert all(re.fullmatch(r"[a-z]+\.[a-z]+", row.action) for row in POLICY.values() if row.action)
