"""The ground of the invented world: areas, departments, a street, stations, buildings and how many live there."""

from __future__ import annotations

from sqlalchemy import Connection, text

from gis.areas.tables import LEVELS
from tests.matrix.places import AREAS, DEPARTMENTS, GRIDS, HOUSES
from tests.matrix.world import World, box_of


def lay_ground(connection: Connection, made: World) -> None:
    """Put in every place there is."""
    _areas(connection, made)
    _departments(connection, made)
    _ground(connection, made)


def _areas(connection: Connection, made: World) -> None:
    for key, (code, level, parent) in AREAS.items():
        above = made.areas.get(parent or "")
        west, south, east, north = box_of(key)
        made.areas[key] = connection.scalar(
            text(
                "INSERT INTO area (code, level, name, kind, parent_id, path, geom) VALUES (:code,"
                " cast(:level AS text), :name,"
                " CASE WHEN cast(:level AS text) = 'grid' THEN 'comprehensive' END, :parent, '{}',"
                " ST_Multi(ST_MakeEnvelope(:west, :south, :east, :north, 4326))) RETURNING id"
            ),
            {"code": code, "level": level, "name": f"{level} {key}", "parent": above,
             "west": west, "south": south, "east": east, "north": north},
        )  # fmt: skip
        connection.execute(
            text(
                "UPDATE area SET path = coalesce((SELECT path FROM area AS up WHERE up.id = area.parent_id), '{}')"
                " || id WHERE id = :id"
            ),
            {"id": made.areas[key]},
        )
    assert tuple(dict.fromkeys(level for _, level, _ in AREAS.values())) == LEVELS
    connection.execute(
        text(
            "INSERT INTO service_area (name, area_id, geom) SELECT 'everywhere', :city,"
            " ST_Multi(ST_Expand(geom, 0.1)) FROM area WHERE id = :all"
        ),
        {"city": made.areas["a"], "all": made.areas["p"]},
    )


def _departments(connection: Connection, made: World) -> None:
    for key, parent in DEPARTMENTS.items():
        made.departments[key] = connection.scalar(
            text("INSERT INTO department (code, name, parent_id) VALUES (:key, :name, :parent) RETURNING id"),
            {"key": key, "name": f"department {key}", "parent": made.departments.get(parent or "")},
        )
        connection.execute(
            text(
                "UPDATE department SET path = coalesce((SELECT path FROM department AS up"
                " WHERE up.id = department.parent_id), '{}') || id WHERE id = :id"
            ),
            {"id": made.departments[key]},
        )


def _ground(connection: Connection, made: World) -> None:
    """One street through all grids, and in each grid a station and two buildings beside it."""
    for i, grid in enumerate(GRIDS):
        west, south, east, _ = box_of(grid)
        values = {"west": west, "east": east, "south": south, "lat": south + 0.005, "code": grid, "i": i,
                  "grid": made.areas[grid], "station": f"ST-{grid}", "named": f"station {grid}",
                  "lon": (west + east) / 2}  # fmt: skip
        connection.execute(
            text(
                "INSERT INTO street (code, kind, geom) VALUES (:code, 'residential', ST_SetSRID(ST_MakeLine("
                "ST_MakePoint(:west, :lat), ST_MakePoint(:east, :lat)), 4326))"
            ),
            values,
        )
        connection.execute(
            text(
                "INSERT INTO station (code, type, name, status, grid_id, geom) VALUES (:station,"
                " 'party_mass_center', :named, 'existing', :grid,"
                " ST_SetSRID(ST_MakePoint(:lon, :lat + 0.0001), 4326))"
            ),
            values,
        )
        for j, code in enumerate(code for code, house in HOUSES.items() if house.grid == grid):
            connection.execute(
                text(
                    "INSERT INTO building (code, name, address, grid_id, geom) VALUES (:house, :house_name,"
                    " :house_name, :grid, ST_Expand(ST_SetSRID("
                    "ST_MakePoint(:lon + :off, :lat + 0.0002), 4326), 0.00005))"
                ),
                values | {"house": code, "house_name": f"house {code}", "off": 0.0005 * (j + 1)},
            )
            _people(connection, code)


def _people(connection: Connection, code: str) -> None:
    counts = HOUSES[code].counts
    names = ", ".join(counts)
    connection.execute(
        text(
            f"INSERT INTO building_people (building_id, scope_area_id, {names})"
            f" SELECT id, grid_id, {', '.join(':' + name for name in counts)} FROM building WHERE code = :code"
        ),
        {"code": code} | counts,
    )
