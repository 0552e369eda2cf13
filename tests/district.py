"""A district of four grids for tests: two in each of two communities, side by side around (126.62, 45.76)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from gis.db.cluster import Cluster
from tests.database import cloned_engine

WEST, SOUTH, EAST, NORTH = 126.60, 45.75, 126.64, 45.77
MIDDLE = 126.62
GRIDS = ("230199001001001", "230199001001002", "230199001002001", "230199001002002")
AREAS = [
    ("23", "province", "示例省", None, (WEST, EAST)),
    ("2301", "city", "示例市", "23", (WEST, EAST)),
    ("230199", "district", "江湾区", "2301", (WEST, EAST)),
    ("230199001", "subdistrict", "江沿街道", "230199", (WEST, EAST)),
    ("230199001001", "community", "第一社区", "230199001", (WEST, MIDDLE)),
    ("230199001002", "community", "第二社区", "230199001", (MIDDLE, EAST)),
    (GRIDS[0], "grid", "第一网格", "230199001001", (WEST, 126.61)),
    (GRIDS[1], "grid", "第二网格", "230199001001", (126.61, MIDDLE)),
    (GRIDS[2], "grid", "第三网格", "230199001002", (MIDDLE, 126.63)),
    (GRIDS[3], "grid", "第四网格", "230199001002", (126.63, EAST)),
]
INSERT = text("""
INSERT INTO area (code, level, name, parent_id, path, kind, geom)
SELECT cast(:code AS text), cast(:level AS text), :name, parent.id, '{}',
       CASE WHEN cast(:level AS text) = 'grid' THEN 'comprehensive' END,
       ST_Multi(ST_MakeEnvelope(:left, :bottom, :right, :top, 4326))
FROM (VALUES (1)) AS one (x) LEFT JOIN area AS parent ON parent.code = cast(:parent AS text)
""")
REST = """
UPDATE area SET path = (
  WITH RECURSIVE up AS (
    SELECT a.id, a.parent_id, 1 AS step FROM area AS a WHERE a.id = area.id
    UNION ALL SELECT p.id, p.parent_id, step + 1 FROM up JOIN area AS p ON p.id = up.parent_id
  ) SELECT array_agg(id ORDER BY step DESC) FROM up);
INSERT INTO area_post (area_id, role, post)
  SELECT id, role, post FROM area, (VALUES ('grid_lead', '网格长0001'), ('grid_worker', '网格员0001'),
    ('substitute', '网格员0002')) AS held (role, post) WHERE code = '230199001001001';
INSERT INTO compound (code, name, walled, geom)
  SELECT 'X1', '示例小区', false, geom FROM area WHERE code = '230199001001002';
INSERT INTO building (code, address, compound_id, grid_id, inhabited, geom)
  SELECT 'B1', '江沿路 1 号', c.id, a.id, true, ST_Buffer(ST_SetSRID(ST_MakePoint(126.615, 45.76), 4326), 0.0001)
  FROM compound AS c, area AS a WHERE a.code = '230199001001002';
INSERT INTO building_people (building_id, scope_area_id, households, actual, registered, floating)
  SELECT id, grid_id, 40, 90, 80, 10 FROM building WHERE code = 'B1';
INSERT INTO area_people (area_id, households, actual, registered, floating)
  SELECT a.id, CASE WHEN n THEN 40 END, CASE WHEN n THEN 90 END, CASE WHEN n THEN 80 END, CASE WHEN n THEN 10 END
  FROM (SELECT id, id = ANY(SELECT unnest(path) FROM area WHERE code = '230199001001002') AS n FROM area) AS a;
INSERT INTO area_people_public (area_id, suppressed) SELECT area_id, true FROM area_people;
INSERT INTO entrance (code, building_id, geom)
  SELECT 'E1', id, ST_SetSRID(ST_MakePoint(126.615, 45.76), 4326) FROM building;
INSERT INTO station (code, type, name, status, grid_id, geom)
  SELECT code, type, name, status, (SELECT id FROM area WHERE area.code = '230199001001002'),
         ST_SetSRID(ST_MakePoint(126.6151, 45.7601), 4326)
  FROM (VALUES ('S1', 'party_mass_center', '第一社区党群服务中心', 'existing'),
               ('S2', 'courier_stop', '驿站', 'planned')) AS made (code, type, name, status);
"""
SERVED = """
INSERT INTO service_area (name, area_id, geom)
  SELECT '江湾区及江面', id, ST_Multi(ST_Expand(geom, 0.01)) FROM area WHERE code = '230199'
"""


def fill(engine: Engine) -> None:
    """Put the district in; the service area reaches 0.01 degrees beyond it on every side."""
    with engine.begin() as connection:
        for code, level, name, parent, (left, right) in AREAS:
            values = {"code": code, "level": level, "name": name, "parent": parent}
            box = {"left": left, "right": right, "bottom": SOUTH, "top": NORTH}
            connection.execute(INSERT, values | box)
        for statement in [*REST.split(";\n"), SERVED]:
            if statement.strip():
                connection.execute(text(statement))


@contextmanager
def district_engine(cluster: Cluster) -> Iterator[Engine]:
    """An engine on a database of its own with the district in it."""
    with cloned_engine(cluster) as engine:
        fill(engine)
        yield engine
