"""The report as a PDF: what it says, its fonts in it, nothing fetched, hostile names as plain text."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zlib
from contextlib import suppress
from typing import Any
from uuid import UUID

import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from gis.base.errors import Forbidden, Invalid
from gis.base.progress import silent
from gis.coverage.model import ask
from gis.coverage.report import service
from gis.coverage.report.map import MOST_SHAPES, Ground, draw
from gis.coverage.report.pdf import html_of, pdf_bytes
from gis.coverage.world import current_world
from gis.db.api_role import api_url
from gis.db.engine import make_job_engine
from gis.db.scope import Scope, scoped
from gis.jobs.model import JobCancelled
from gis.jobs.service import file, get
from gis.jobs.worker import Worker
from gis.settings import Settings
from tests.clients import add_account

QUESTION = ask(["party_mass_center"], minutes=10)
NONE = np.empty(0, dtype=object)


@pytest.fixture
def told(town_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The values of the report, and its HTML, with no PDF made."""
    kept: dict[str, Any] = {}

    def keep(values: dict[str, Any]) -> str:
        kept["values"], kept["html"] = values, html_of(values)
        return str(kept["html"])

    monkeypatch.setattr(service, "html_of", keep)
    monkeypatch.setattr(service, "pdf_bytes", lambda _: b"%PDF")
    service.report(town_engine, QUESTION, silent, lambda: False)
    return kept


@pytest.mark.db
def test_it_says_what_was_asked_and_what_was_not_counted(told: dict[str, Any], town_engine: Engine) -> None:
    html = told["html"]
    world = current_world(town_engine)
    for said in (
        "步行覆盖报告", "虚构示例·非真实区划", "社区党群服务中心", "步行 10分钟", "“标准”步行档案",
        "未覆盖的原因", "距离过远", "公平性", "口径与版本", world.version,
        "少于 10 的人口数", "在建、规划、关停站点不计入", "counter(pages)",
    ):  # fmt: skip
        assert said in html, said
    assert all(str(name) in html for name in world.areas.loc[world.areas["level"] == "community", "name"])


@pytest.mark.db
def test_the_whole_place_has_a_name_and_the_worst_community_stands_first(
    told: dict[str, Any], town_engine: Engine
) -> None:
    areas = current_world(town_engine).areas
    top = areas[areas["path"].map(len) == areas["path"].map(len).min()]
    assert told["values"]["place"] == (top["name"].iloc[0] if len(top) == 1 else "全部区域")
    rates = [area.shares["buildings"].rate for area in told["values"]["communities"]]
    assert len(set(rates)) > 2
    assert rates == sorted(rates)


def unpacked(content: bytes) -> bytes:
    """A PDF with what is compressed in it opened."""
    parts = [content]
    for packed in re.findall(rb"stream\r?\n(.*?)\nendstream", content, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompress(packed))
    return b"".join(parts)


@pytest.mark.db
def test_the_pages_have_their_fonts_in_them_and_fetch_nothing(told: dict[str, Any]) -> None:
    content = pdf_bytes(told["html"])
    assert content.startswith(b"%PDF-")
    inside = unpacked(content)
    assert b"/FontFile" in inside
    names = set(re.findall(rb"/FontName ?/([A-Z]{6}\+[A-Za-z-]+)", inside))
    assert names, "subsets have names of their own"
    assert len(content) < 2_000_000, "whole fonts are larger"
    assert "http://" not in told["html"].replace("http://www.w3.org/2000/svg", "")
    with pytest.raises(RuntimeError, match="the report asked for"):
        pdf_bytes(told["html"].replace("</body>", '<img src="https://example.com/a.png"></body>'))
    with pytest.raises(RuntimeError, match="the report asked for"):
        pdf_bytes(told["html"].replace("</body>", '<img src="file:///etc/passwd"></body>'))


@pytest.mark.db
def test_names_are_plain_text(told: dict[str, Any]) -> None:
    values = told["values"] | {
        "place": "<script>x</script><img src=file:///etc/passwd>",
        "footer": '"}</style><b>',
    }
    html = html_of(values)
    assert "<script" not in html
    assert "<img" not in html
    assert html.count("</style>") == 1


def square(x: float, y: float, size: float = 10) -> shapely.Geometry:
    return shapely.box(x, y, x + size, y + size)


@pytest.mark.parametrize("count", [1, 30, MOST_SHAPES + 1])
def test_the_map_is_well_formed_and_reads_without_colour(count: int) -> None:
    homes = np.array([square(20 * (i % 100), 20 * (i // 100)) for i in range(count)], dtype=object)
    verdict = np.arange(count) % 3
    spots = np.array([shapely.Point(50, 50)], dtype=object)
    ground = Ground(homes, verdict, spots, square(-50, -50, 400), NONE, NONE, square(-60, -60, 2100))
    drawn = draw(ground)
    assert drawn.gathered == (count > MOST_SHAPES)
    found = ET.fromstring(str(drawn.svg))
    assert "北" in str(drawn.svg)
    assert "米" in str(drawn.svg)
    if count == 30:
        marks = [one for one in found.iter() if one.get("d", "").endswith("m0 -4l-4 4")]
        assert len(marks) == 10, "a cross in each home that is not covered"


def test_a_map_of_nothing_is_a_map() -> None:
    ET.fromstring(str(draw(Ground(NONE, np.empty(0, np.int64), NONE, None, NONE, NONE, None)).svg))


@pytest.mark.db
def test_a_cancelled_report_ends(town_engine: Engine) -> None:
    with pytest.raises(JobCancelled):
        service.report(town_engine, QUESTION, silent, lambda: True)


@pytest.mark.db
def test_from_asking_to_the_file(town_engine: Engine) -> None:
    """As a job, in the scope of a planner of one community: no other's name is in it."""
    with town_engine.connect() as connection:
        code, top = connection.execute(
            text("SELECT code, id FROM area WHERE level = 'community' ORDER BY code LIMIT 1")
        ).one()
    account = add_account(town_engine, "planner", area=code)
    held = dict.fromkeys(("coverage.read", "coverage.export", "coverage.plan", "people.read"), (top,))
    planner = Scope("planner", account, roles=("planner",), areas=held)
    web = make_job_engine(api_url(Settings(), town_engine.url.render_as_string(hide_password=False)))
    mine = scoped(web, planner)
    asked = {"types": ["party_mass_center"], "metres": 500.0, "area": code}
    try:
        with pytest.raises(Invalid, match="unknown_station_type"):
            service.submit_report(mine, asked | {"types": ["x"]}, None)
        elsewhere = Scope("planner", account, areas={"coverage.export": (0,)})
        with pytest.raises(Forbidden, match="outside_scope"):
            service.submit_report(scoped(web, elsewhere), asked, None)
        job: UUID = service.submit_report(mine, asked, None)
        assert Worker(town_engine, web, {"report": service.report_handler(None)}).work_once()
        seen = get(mine, job)
        assert (seen.state, seen.error) == ("done", None)
        made = file(mine, job)
        assert made.content.startswith(b"%PDF-")
        assert made.name == "步行覆盖报告_社区党群服务中心_500米_虚构示例.pdf"
        with town_engine.connect() as connection:
            row = connection.execute(
                text(
                    "SELECT actor, details FROM audit WHERE action = 'coverage.export' ORDER BY id DESC LIMIT 1"
                )
            ).one()
        assert (row.actor, row.details["format"]) == ("planner", "pdf")
    finally:
        web.dispose()
        with town_engine.begin() as connection:
            connection.execute(text("DELETE FROM job"))
