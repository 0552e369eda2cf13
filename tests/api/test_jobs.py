"""Jobs over HTTP: how far, what came out, paging, refusals; whoever lost the right has no result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from api import job_handlers
from gis.base.errors import Invalid
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.jobs import service
from gis.jobs.model import Handler, JobFile, JobResult
from gis.jobs.worker import Worker
from tests.clients import Entered, add_account, add_session, log_in

pytestmark = pytest.mark.db
JOBS = "/api/v1/jobs"
HERE, BELOW, ABOVE, BESIDE = "230199001001", "230199001001001", "230199", "230199001002"

NOBODYS = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def asker(district: Engine, edge: Engine) -> Iterator[Scope]:
    account = add_account(district, "planner")
    yield Scope(
        "asker", account, areas={"coverage.plan": "*"}
    )  # everything there is: the role is held at the top
    with district.begin() as connection:
        connection.execute(text("DELETE FROM job"))


@pytest.fixture
def client(app: FastAPI, district: Engine, asker: Scope) -> TestClient:
    assert asker.account_id is not None
    token = add_session(district, asker.account_id)
    return log_in(Entered(app, raise_server_exceptions=False), token)


def submit(edge: Engine, asker: Scope) -> UUID:
    with unit_of_work(scoped(edge, asker)) as session:
        return service.submit(session, "try", {}, "试一试", "a try")


def done(*_: Any) -> JobResult:
    return JobResult({"sites": 3}, JobFile("结果.pdf", "application/pdf", b"%PDF"))


def run(district: Engine, edge: Engine, handler: Handler) -> None:
    assert Worker(district, edge, {"try": handler}).work_once()


def test_a_job_from_asking_to_its_file(
    client: TestClient, district: Engine, edge: Engine, asker: Scope
) -> None:
    job = submit(edge, asker)
    waiting = client.get(f"{JOBS}/{job}").json()
    assert (waiting["state"], waiting["result"], waiting["finished_at"]) == ("queued", None, None)
    assert client.get(f"{JOBS}/{job}/file").json()["code"] == "no_file"
    run(district, edge, done)
    told = client.get(f"{JOBS}/{job}").json()
    assert (told["state"], told["result"], told["file"]) == ("done", {"sites": 3}, "结果.pdf")
    assert (told["label_zh"], told["label_en"], told["kind"]) == ("试一试", "a try", "try")
    file = client.get(f"{JOBS}/{job}/file")
    assert (file.content, file.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert "filename*=UTF-8''%E7%BB%93%E6%9E%9C.pdf" in file.headers["content-disposition"]
    assert file.headers["cache-control"] == "private, no-store"


def test_a_failure_is_a_problem_in_the_language_of_whoever_looks(
    client: TestClient, district: Engine, edge: Engine, asker: Scope
) -> None:
    def refuse(*_: Any) -> JobResult:
        raise Invalid("too_far", "太远", "too far", field="metres", most=3000)

    job = submit(edge, asker)
    run(district, edge, refuse)
    told = client.get(f"{JOBS}/{job}", headers={"Accept-Language": "en"}).json()
    assert told["state"] == "failed"
    assert told["error"] == {
        "type": "urn:wangge:problem:too_far", "title": "Invalid data", "status": 422, "code": "too_far",
        "detail": "too far", "detail_en": "too far", "field": "metres", "most": 3000,
    }  # fmt: skip
    assert client.get(f"{JOBS}/{job}").json()["error"]["detail"] == "太远"


def test_cancelling_twice_is_cancelling_once(client: TestClient, edge: Engine, asker: Scope) -> None:
    job = submit(edge, asker)
    for _ in range(2):
        answer = client.delete(f"{JOBS}/{job}")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


def test_my_jobs_by_pages(client: TestClient, edge: Engine, asker: Scope) -> None:
    jobs = [str(submit(edge, asker)) for _ in range(3)]
    first = client.get(JOBS, params={"limit": 2}).json()
    rest = client.get(JOBS, params={"limit": 2, "cursor": first["next"]}).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == jobs[::-1]
    assert rest["next"] is None
    assert client.get(JOBS, params={"cursor": "x"}).json()["code"] == "bad_cursor"


@pytest.mark.parametrize(("path", "status", "code"), [(NOBODYS, 404, "no_such_job"), ("1", 422, "not_uuid7")])
def test_what_is_not_there(client: TestClient, path: str, status: int, code: str) -> None:
    for answer in (
        client.get(f"{JOBS}/{path}"),
        client.get(f"{JOBS}/{path}/file"),
        client.delete(f"{JOBS}/{path}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(("permission", "had"), [("coverage.plan", True), ("accounts.manage", False)])
def test_a_result_needs_the_permission_of_its_kind(
    client: TestClient,
    district: Engine,
    edge: Engine,
    asker: Scope,
    monkeypatch: pytest.MonkeyPatch,
    permission: str,
    had: bool,
) -> None:
    kinds: Mapping[str, job_handlers.Kind] = {"try": job_handlers.Kind(permission, "x:y")}
    monkeypatch.setattr("api.routers.jobs.KINDS", kinds)
    job = submit(edge, asker)
    run(district, edge, done)
    told = client.get(f"{JOBS}/{job}").json()
    assert told["state"] == "done"
    assert (told["result"] is not None, told["file"] is not None) == (had, had)
    assert client.get(f"{JOBS}/{job}/file").status_code == (200 if had else 403)
    assert (client.get(JOBS).json()["items"][0]["result"] is not None) == had


@pytest.mark.parametrize(
    ("ran_with", "had"),
    [
        ({"coverage.plan": HERE, "people.read": HERE}, True),
        ({"coverage.plan": BELOW, "people.read": HERE}, True),
        ({"coverage.plan": HERE}, True),
        ({"coverage.plan": ABOVE, "people.read": HERE}, False),
        ({"coverage.plan": HERE, "people.read": ABOVE}, False),
        ({"coverage.plan": HERE, "people.read": BESIDE}, False),
        ({"coverage.plan": HERE, "people.read": "*"}, False),
        ({"coverage.plan": HERE, "people.read": 2**31 - 1}, False),
    ],
)
def test_whoever_was_moved_leaves_the_results_of_the_old_place_behind(
    app: FastAPI,
    district: Engine,
    edge: Engine,
    monkeypatch: pytest.MonkeyPatch,
    asker: Scope,
    ran_with: dict[str, Any],
    had: bool,
) -> None:
    """Who plans in one community now has what was computed with the right to it, and nothing of more."""
    monkeypatch.setattr("api.routers.jobs.KINDS", {"try": job_handlers.Kind("coverage.plan", "x:y")})
    with district.connect() as connection:
        ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM area"))}
    account = add_account(district, "planner", area=HERE)
    areas = {name: "*" if code == "*" else (ids.get(code, code),) for name, code in ran_with.items()}
    job = submit(edge, Scope("moved", account, areas=areas))
    run(district, edge, done)
    client = log_in(Entered(app, raise_server_exceptions=False), add_session(district, account))
    told = client.get(f"{JOBS}/{job}").json()
    assert (told["result"] is not None, told["file"] is not None) == (had, had)
    assert client.get(f"{JOBS}/{job}/file").status_code == (200 if had else 403)
    assert (client.get(JOBS).json()["items"][0]["result"] is not None) == had
