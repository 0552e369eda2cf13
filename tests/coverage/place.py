"""A place small enough to check by hand: one street, a river beside it, five buildings, four stations.

The street runs 1,000 m east along y = 0 from the origin, split every 250 m. Buildings stand 20 m north of it,
their centroids at x = 100, 300, 500, 700, 900; each is a square of 20 m, so that a leg is 10 m. Building 5
(x = 900) has no street within 150 m: it stands 400 m north. Grid 1 holds x < 400, grid 2 the rest.
"""

from __future__ import annotations

import numpy as np
import shapely
from geoalchemy2 import WKBElement
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gis.areas.tables import Area
from gis.base.crs import LONLAT, metric_crs, transformer
from gis.db.engine import unit_of_work
from gis.register.people import refresh_people
from gis.register.tables import Barrier, Building, BuildingPeople, Station
from gis.walking.tables import Street

ORIGIN = (126.62, 45.76)
PEOPLE = (10, 20, 30, 40, 50)
GRIDS = ("230199001001001", "230199001001002")


def at(geometry: shapely.Geometry) -> WKBElement:
    """Metres from the origin as a stored geometry."""
    crs = metric_crs(ORIGIN[0])
    east, north = transformer(LONLAT, crs).transform(*ORIGIN)
    back = transformer(crs, LONLAT)
    moved = shapely.transform(
        geometry, lambda xy: np.column_stack(back.transform(xy[:, 0] + east, xy[:, 1] + north))
    )
    return WKBElement(shapely.to_wkb(moved), srid=LONLAT)


def square(x: float, y: float, half: float = 10.0) -> shapely.Polygon:
    return shapely.box(x - half, y - half, x + half, y + half)


def count(session: Session, building: Building, **people: int) -> None:
    """Add a building with counts of its people."""
    session.add(building)
    session.flush()
    session.add(BuildingPeople(building_id=building.id, **people))


def load_place(engine: Engine) -> None:
    """Store the place and commit."""
    with unit_of_work(engine) as session:
        whole = shapely.MultiPolygon([shapely.box(-500, -500, 1500, 900)])
        halves = [shapely.MultiPolygon([shapely.box(a, -500, b, 900)]) for a, b in ((-500, 400), (400, 1500))]
        above: list[int] = []
        for code, level in (
            ("230199", "district"),
            ("230199001", "subdistrict"),
            ("230199001001", "community"),
        ):
            area = Area(
                code=code, level=level, name=level, path=[], geom=at(whole), parent_id=(above or [None])[-1]
            )
            session.add(area)
            session.flush()
            above.append(area.id)
            area.path = list(above)
        grids = []
        for code, half in zip(GRIDS, halves, strict=True):
            grid = Area(code=code, level="grid", name=code, path=[], geom=at(half), parent_id=above[-1])
            session.add(grid)
            session.flush()
            grid.path = [*above, grid.id]
            grids.append(grid.id)
        for i in range(4):
            line = shapely.LineString([(250 * i, 0), (250 * (i + 1), 0)])
            session.add(Street(code=f"s{i}", kind="residential", geom=at(line)))
        for i, (x, actual) in enumerate(zip((100, 300, 500, 700, 900), PEOPLE, strict=True)):
            home = Building(
                code=f"b{i}", name=f"{i}号楼", use="residential", grid_id=grids[x > 400],
                geom=at(square(x, 400 if i == 4 else 20)),
            )  # fmt: skip
            count(
                session, home, actual=actual, households=actual // 3,
                age_0_14=1, age_15_59=actual - 4, age_60_79=2, age_80=1,
            )  # fmt: skip
        garage = Building(code="b9", name="车库", use="garage", geom=at(square(200, 25, 5)))
        count(session, garage, actual=0, households=0)
        for code, kind, status, x in (
            ("st0", "party_mass_center", "existing", 0),
            ("st1", "party_mass_center", "planned", 700),
            ("st2", "micro_station", "existing", 500),
            ("st3", "party_mass_hq", "existing", 1000),
        ):
            session.add(
                Station(
                    code=code,
                    type=kind,
                    name=code,
                    status=status,
                    grid_id=grids[x > 400],
                    geom=at(shapely.Point(x, 0)),
                )
            )
        refresh_people(session)
        session.add(Barrier(code="river", kind="river", geom=at(shapely.box(-500, -300, 1500, -5))))
