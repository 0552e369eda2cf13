"""How lists of events are read when there are many: by an index, page first, and with exact edges."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from gis.db.api_role import OVERLAPS, leakproof_marked, mark_leakproof
from gis.db.cluster import Cluster
from gis.db.engine import unit_of_work
from gis.db.scope import Scope, scoped
from gis.db.visible import scope_of_session
from gis.events.asked import asked_area, near
from gis.events.filters import BBox, EventFilter, statement
from gis.events.reading import event_features, event_summary, list_events
from tests.database import api_engine
from tests.district import EAST, GRIDS, NORTH, SOUTH, WEST, district_engine

pytestmark = pytest.mark.db
ROWS = 20_000
SMALL = (126.61, 45.76, 126.6103, 45.7603)
WHOLE = (WEST - 0.1, SOUTH - 0.1, EAST + 0.1, NORTH + 0.1)
FILL = """
INSERT INTO event (id, number, tracking_code, status, category_id, text, geom, grid_id, scope_area_id, grid_method,
  opened_at)
SELECT gen_random_uuid(), 'N' || n, 'T' || n, 'reported', (SELECT id FROM category ORDER BY id OFFSET n % 200 LIMIT 1),
  'x', ST_SetSRID(ST_MakePoint(126.6 + 0.04 * (n % 997) / 997, 45.75 + 0.02 * (n % 991) / 991), 4326), grid.id,
  grid.id, 'inside', timestamptz '2026-01-01' + n * interval '1 minute'
FROM generate_series(1, :rows) AS n
JOIN area AS grid ON grid.code = CASE WHEN n % 500 = 0 THEN :rare ELSE :common END
"""


@pytest.fixture(scope="module")
def full(cluster: Cluster) -> Iterator[Engine]:
    """Twenty thousand events all over the district; forty of them belong to the last grid."""
    with district_engine(cluster) as engine:
        with engine.begin() as connection:
            connection.execute(text(FILL), {"rows": ROWS, "rare": GRIDS[3], "common": GRIDS[0]})
            connection.execute(text("ANALYZE event"))
        yield engine


def plan(engine: Engine, wanted: EventFilter) -> str:
    with unit_of_work(engine) as session:
        scope = scope_of_session(session)
        area = asked_area(session, scope, wanted)
        near_by = near(session, scope, wanted)
        query, parameters = statement("event_page", wanted, scope, area=area, near=near_by)
        lines = session.scalars(
            text(f"EXPLAIN {query.text}"), parameters | {"row_limit": 101, "as_feature": False}
        )
        return "\n".join(lines)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (EventFilter(), "Scan Backward using ix_event_opened_at_id"),
        (EventFilter(bbox=WHOLE), "Scan Backward using ix_event_opened_at_id"),
        (EventFilter(bbox=SMALL), "ix_event_geom"),
        (EventFilter(area="23"), "Scan Backward using ix_event_opened_at_id"),
    ],
)
def test_an_index_finds_the_page(full: Engine, wanted: EventFilter, index: str) -> None:
    said = plan(full, wanted)
    assert index in said, said
    assert "Seq Scan on event e_1" not in said


@pytest.fixture(scope="module")
def edge(full: Engine) -> Iterator[Engine]:
    """The same events for the role of the web edge."""
    with api_engine(full.url.render_as_string(hide_password=False)) as engine:
        yield engine


@pytest.fixture(params=["marked", "unmarked"])
def mark(full: Engine, request: pytest.FixtureRequest) -> Iterator[str]:
    """Boxes compared before the policies, as on the private cluster, or after them, as on a managed server."""
    with full.begin() as connection:
        if request.param == "unmarked":
            connection.execute(text(f"ALTER FUNCTION {OVERLAPS} NOT LEAKPROOF"))
        assert leakproof_marked(connection) == (request.param == "marked")
    yield request.param
    with full.begin() as connection:
        mark_leakproof(connection)


def holding(full: Engine, *codes: str) -> Scope:
    with full.connect() as connection:
        ids = connection.scalars(text("SELECT id FROM area WHERE code = ANY(:codes)"), {"codes": list(codes)})
        return Scope("somebody", account_id=1, areas={"events.read": tuple(ids)})


@pytest.mark.parametrize(
    ("held", "wanted", "indexes"),
    [
        ("23", EventFilter(), "Scan Backward using ix_event_opened_at_id"),
        ("2301", EventFilter(bbox=WHOLE), "Scan Backward using ix_event_opened_at_id"),
        ("2301", EventFilter(bbox=SMALL), {"marked": "ix_event_geom", "unmarked": "ix_event_cell"}),
        ("230199", EventFilter(bbox=SMALL), {"marked": "ix_event_geom", "unmarked": "ix_event_cell"}),
        (GRIDS[3], EventFilter(), "ix_event_scope_area_id"),
        (GRIDS[3], EventFilter(bbox=WHOLE), "ix_event_scope_area_id"),
        ("23", EventFilter(area=GRIDS[3]), "ix_event_scope_area_id"),
    ],
)
def test_an_index_finds_the_page_under_the_policies(
    full: Engine, edge: Engine, mark: str, held: str, wanted: EventFilter, indexes: str | dict[str, str]
) -> None:
    index = indexes if isinstance(indexes, str) else indexes[mark]
    said = plan(scoped(edge, holding(full, held)), wanted)
    assert index in said, said
    assert "Seq Scan on event" not in said


def test_without_the_mark_the_spatial_index_alone_would_not_serve(
    full: Engine, edge: Engine, mark: str
) -> None:
    """The control: this is what the cells are for."""
    query = text(
        "EXPLAIN SELECT id FROM event WHERE geom && ST_MakeEnvelope(126.61, 45.76, 126.6103, 45.7603, 4326)"
    )
    with unit_of_work(scoped(edge, holding(full, "23"))) as session:
        said = "\n".join(session.scalars(query))
    assert ("ix_event_geom" in said) == (mark == "marked"), said


@pytest.mark.parametrize(
    "wanted", [EventFilter(), EventFilter(bbox=WHOLE), EventFilter(area="23"), EventFilter(area=GRIDS[3])]
)
def test_no_page_is_slow_however_often_it_was_asked(full: Engine, wanted: EventFilter) -> None:
    took = []
    for _ in range(9):  # from the sixth on a prepared statement may be planned without its values
        begun = time.perf_counter()
        list_events(full, wanted, limit=100)
        event_features(full, wanted, limit=1000)
        took.append(time.perf_counter() - begun)
    assert min(took[5:]) < 0.2, took


def numbers(engine: Engine, bbox: BBox) -> set[str]:
    page = list_events(engine, EventFilter(bbox=bbox), limit=100)
    return {json.loads(item)["number"] for item in page.items}


def test_edges_belong_to_the_box_and_nothing_beyond(full: Engine) -> None:
    with full.connect() as connection:
        row = connection.execute(
            text("SELECT number, ST_X(geom) AS x, ST_Y(geom) AS y FROM event WHERE number = 'N4321'")
        ).one()
    x, y = row.x, row.y
    up = (math.nextafter(x, math.inf), math.nextafter(y, math.inf))
    down = (math.nextafter(x, -math.inf), math.nextafter(y, -math.inf))
    for box in ((x, y, x, y), (x, y, *up), (*down, x, y), (x - 1e-4, y, x, y), (x, y, x, y + 1e-4)):
        assert row.number in numbers(full, box), box
    for box in (
        (up[0], y, x + 1e-4, y),
        (x - 1e-4, y, down[0], y),
        (x, up[1], x, y + 1e-4),
        (x, y - 1e-4, x, down[1]),
    ):
        assert row.number not in numbers(full, box), box


def test_pages_counts_and_features_agree(full: Engine) -> None:
    wanted = EventFilter(bbox=(126.61, 45.755, 126.63, 45.765), area="230199001001001")
    total = json.loads(event_summary(full, wanted, level="grid"))["total"]
    seen: list[uuid.UUID] = []
    page, after = None, None
    while page is None or after is not None:
        page = event_features(full, wanted, limit=1000, after=after)
        after = page.next
        seen += [json.loads(item)["id"] for item in page.items]
    assert len(seen) == len(set(seen)) == total > 1000
