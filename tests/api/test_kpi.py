"""Indicators over HTTP: numbers with their base, files, places, workload; nobody's person in any of them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from tests.clients import Entered, add_account, add_session, client_as, log_in
from tests.events.workflow.helpers import crew, event_in, send

pytestmark = pytest.mark.db
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
DAYS = {"from": str(TODAY - timedelta(days=2)), "to": str(TODAY + timedelta(days=400))}
WHOLE = {"area": "230199", **DAYS}
STATES = ("reported", "accepted", "handling", "closed", "closed", "rejected", "self_handled")


@pytest.fixture(scope="module")
def worked(district: Engine) -> Engine:
    """Events in several states."""
    for state in STATES:
        event_in(district, state)
    return district


@pytest.fixture
def leader(app: FastAPI, worked: Engine) -> Iterator[TestClient]:
    with client_as(app, "leader") as made:
        yield made


def got(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_rate_has_its_base(leader: TestClient) -> None:
    found = got(leader, "kpi", **WHOLE)
    total = found["total"]
    assert total["flow"]["reported"] == len(STATES)
    assert total["flow"]["rejected"] == 1
    assert total["rates"]["valid_report_rate"] == {
        "numerator": 4, "denominator": 5, "excluded": 2, "value": 0.8,
    }  # fmt: skip
    assert total["rates"]["rework_rate"] == {"numerator": 0, "denominator": 2, "excluded": 0, "value": 0.0}
    assert total["voices"]["rated_satisfied"]["value"] is None, "nobody rated: no number, not nought"
    handle = total["stages"]["handle"]
    assert (handle["due"], handle["done"], handle["in_time"], handle["late"], handle["running"]) == (
        2,
        2,
        2,
        0,
        1,
    )
    assert found["as_of"]
    assert set(found["attribution"]) == {"flow", "stages", "voices"}
    known = {key: set(words) for key, words in found["words"].items()}
    assert known["flow"] == set(total["flow"])
    assert known["stages"] == set(total["stages"])
    assert known["rates"] == set(total["rates"])
    assert known["voices"] == set(total["voices"])


def test_told_apart_they_add_up(leader: TestClient) -> None:
    for asked in ({"level": "community"}, {"level": "grid"}, {"by": "category"}):
        found = got(leader, "kpi", **WHOLE, **asked)
        assert sum(line["flow"]["reported"] for line in found["lines"]) == len(STATES)
    units = got(leader, "kpi", **WHOLE, by="department")["lines"]
    assert [line["code"] for line in units] == ["crew"]
    alone = got(leader, "kpi", **WHOLE, department="crew")["total"]
    assert alone["stages"]["handle"] == units[0]["stages"]["handle"]
    assert {**alone["flow"], **alone["rates"], **units[0]["flow"], **units[0]["rates"]} == {}, (
        "an area's, not nought"
    )


def test_files_say_the_same(leader: TestClient) -> None:
    asked = {**WHOLE, "level": "community"}

    def table(language: str) -> list[dict[str, str]]:
        plain = leader.get(
            "/api/v1/kpi/export", params={**asked, "format": "csv"}, headers={"Accept-Language": language}
        )
        return list(csv.DictReader(io.StringIO(plain.content.decode("utf-8-sig"))))

    rows, english = table("zh-CN"), table("en")
    shown = {(row["代码"], row["指标"]): row for row in rows}
    assert shown["230199", "有效上报率"]["分母"] == "5"
    assert shown["230199", "上报"]["值"] == str(len(STATES))
    assert shown["230199", "满意率（评价）"]["值"] == ""
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+08:00", rows[0]["截至"])
    told = {(row["Code"], row["Indicator"]): row for row in english}
    assert told["230199", "Valid reports"]["Denominator"] == "5"
    assert told["230199", "Whole: due"]["How it is counted"] == (
        "due by now; attributed to the day the stage was due"
    )
    assert len(english) == len(rows)
    words = [word for row in english for name, word in row.items() if name != "Name"]
    assert not [word for word in {*english[0], *words} if not word.isascii()], "one language in one file"
    book = leader.get("/api/v1/kpi/export", params={**asked, "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(book.content)).active
    assert sheet is not None
    assert sheet.max_row == len(rows) + 1


def test_bad_questions_are_refused(leader: TestClient, app: FastAPI) -> None:
    def code(**changes: Any) -> Any:
        params = {key: value for key, value in (WHOLE | changes).items() if value is not None}
        return leader.get("/api/v1/kpi", params=params).json()["code"]

    assert code(area="nowhere") in {"unknown_area", "bad_value", "bad_code"}
    assert code(area="239999") == "unknown_area"
    assert code(**{"from": DAYS["to"], "to": DAYS["from"]}) == "bad_period"
    assert code(by="category", level="grid") == "bad_value"
    assert code(department="nobody") == "unknown_department"
    assert code(**{"from": f"{DAYS['from']}T00:00:00Z"}) == "bad_parameter", "an hour is not dropped"
    assert code(department="crew", by="category") == "bad_value"
    for name, path in (("by", "kpi"), ("level", "kpi"), ("stage", "kpi/ranking"), ("format", "kpi/export")):
        answer = leader.get(f"/api/v1/{path}", params=WHOLE | {name: "nothing"})
        told = answer.json()
        assert (answer.status_code, told["code"], told["field"]) == (422, "bad_parameter", name)
        assert told["detail_en"].startswith(f"{name}: must be one of "), "and says what there is"
    with client_as(app, "leader", area="230199001001") as local:
        answer = local.get("/api/v1/kpi", params=WHOLE)
        assert (answer.status_code, answer.json()["code"]) == (403, "outside_scope")
        assert local.get("/api/v1/kpi", params=WHOLE | {"area": "230199001001"}).status_code == 200
        for path in ("ranking", "workload", "whistles"):
            refused = local.get(f"/api/v1/kpi/{path}", params=WHOLE)
            assert (refused.status_code, refused.json()["code"]) == (403, "outside_scope"), path


def test_few_cases_have_no_place(leader: TestClient) -> None:
    found = got(leader, "kpi/ranking", **WHOLE, by="department", stage="handle", least=5)
    assert found["places"] == [
        {
            "code": "crew", "name": "crew", "name_en": "crew", "rank": None, "unranked": "too_few", "n": 3, "open": 1,
            "median_s": found["places"][0]["median_s"], "longest_s": found["places"][0]["longest_s"],
        }
    ]  # fmt: skip
    assert found["places"][0]["median_s"] >= 0


def test_enough_cases_have_one_and_open_ones_count(leader: TestClient, worked: Engine) -> None:
    with worked.begin() as connection:
        connection.execute(text("UPDATE event_clock SET started_at = started_at - interval '1 hour'"
                                " WHERE stage = 'total' AND outcome = 'done'"))  # fmt: skip
    found = got(leader, "kpi/ranking", **WHOLE, level="subdistrict", stage="total", least=5)
    only = found["places"][0]
    assert (only["rank"], only["n"]) == (1, len(STATES))
    assert only["open"] > 0
    assert only["median_s"] >= 3600


def test_workload_by_household(leader: TestClient, app: FastAPI) -> None:
    found = got(leader, "kpi/workload", **WHOLE, level="grid")
    assert sum(line["cases"] for line in found["lines"]) == len(STATES)
    assert 0.74 < found["gini_cases"] <= 0.75, "all in one grid of four"
    one = next(line for line in found["lines"] if line["cases"])
    assert one["per_1000_households"] is None or one["per_1000_households"] > 0
    with client_as(app, "admin") as blind:
        hidden = got(blind, "kpi/workload", **WHOLE, level="grid")
        assert {line["households"] for line in hidden["lines"]} == {None}
        assert hidden["gini_per_household"] is None


def test_whistles_of_an_area_without_any(leader: TestClient) -> None:
    found = got(leader, "kpi/whistles", **WHOLE)
    assert found["blown"] == 0
    assert found["answered"] == {"numerator": 0, "denominator": 0, "excluded": 0, "value": None}
    assert found["mean"] == {"n": 0, "value": None}


def test_everybody_sees_their_own_load_alone(worked: Engine, app: FastAPI) -> None:
    people = crew(worked)
    event = event_in(worked, "handling")
    send(people.handler, event, "assign", handler=people.handler_name)
    own = log_in(Entered(app), add_session(worked, people.accounts["handler"]))
    other = log_in(Entered(app), add_session(worked, add_account(worked, "grid_worker")))
    mine, theirs = got(own, "me/load"), got(other, "me/load")
    assert mine["open"] >= 1
    assert mine["finished_30_days"] >= 0
    assert {name: n for name, n in theirs.items() if name != "as_of"} == dict.fromkeys(
        ("open", "overdue", "due_today", "suspended", "to_inspect", "finished_30_days", "inspected_30_days"),
        0,
    )
    assert own.get("/api/v1/me/load", params={"account": "1"}).status_code == 422


PERSONAL = (
    "account",
    "username",
    "display_name",
    "handler",
    "worker",
    "actor",
    "person",
    "online",
    "blown_by",
)


def test_no_number_is_a_persons(leader: TestClient, app: FastAPI, worked: Engine) -> None:
    """No question has a person in it, no answer has one, and no table of sums could hold one."""
    document = app.openapi()
    asked = {path: item["get"] for path, item in document["paths"].items() if path.startswith("/api/v1/kpi")}
    assert len(asked) == 5
    for path, operation in asked.items():
        told = {one["name"] for one in operation["parameters"]}
        assert told <= {"area", "from", "to", "by", "level", "department", "stage", "least", "format"}, path
    with worked.connect() as connection:
        names = [row[0] for row in connection.execute(text("SELECT username FROM account"))]
        kept = set(connection.scalars(text(
            "SELECT column_name FROM information_schema.columns WHERE table_name IN ('kpi_cell', 'kpi_delta')"
        )))  # fmt: skip
    assert kept == {
        "id",
        "grain",
        "cube",
        "day",
        "measure",
        "area_id",
        "department_id",
        "category_id",
        "n",
    }
    for path, more in (("kpi", {"by": "department"}), ("kpi", {"level": "grid"}), ("kpi/workload", {}),
                       ("kpi/ranking", {"by": "department"}), ("kpi/ranking", {"level": "grid"}),
                       ("kpi/whistles", {})):  # fmt: skip
        whole = json.dumps(got(leader, path, **WHOLE, **more))
        assert not [name for name in names if name in whole and name != "crew"], path
        assert not [word for word in PERSONAL if f'"{word}' in whole], path
