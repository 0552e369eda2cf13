"""The invented world in a database: written by the owner, reports through the real intake."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, text

from gis.areas.tables import LEVELS
from gis.db.engine import unit_of_work
from gis.events.photos import path_of
from gis.events.service import file_report
from gis.events.validate import validate_report
from tests.events.reports import report, uuid7
from tests.matrix.places import AREAS, DEPARTMENTS, GRIDS, HOUSES, LOUD, MATTERS, PEOPLE, Held, Matter, Person

WEST, SOUTH, STEP = 126.60, 45.75, 0.01
SCHEME = "gov-s:request"
TOKEN = "matrix-session-{name}"


@dataclass(frozen=True, slots=True)
class Told:
    """What is stored of a matter; every text here is found nowhere else in the world."""

    report: str
    event: str
    number: str
    tracking_code: str
    text: str
    address: str
    name: str
    phone: str
    announced: str
    stored: str

    def secrets(self) -> dict[str, str]:
        """What may tell of the matter, by what it is; the masked contact is judged by itself."""
        return {
            "report": self.report, "event": self.event, "number": self.number, "tracking": self.tracking_code,
            "text": self.text, "address": self.address, "name": self.name, "phone": self.phone,
            "photo": self.announced, "file": self.stored,
        }  # fmt: skip


@dataclass(slots=True)
class World:
    """Ids of everything that was put in."""

    areas: dict[str, int] = field(default_factory=dict)
    departments: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    grants: dict[str, list[int]] = field(default_factory=dict)
    told: dict[str, Told] = field(default_factory=dict)
    audited: dict[str, int] = field(default_factory=dict)
    jobs: dict[str, str] = field(default_factory=dict)
    scenarios: dict[str, str] = field(default_factory=dict)
    edits: dict[str, int] = field(default_factory=dict)
    whistles: dict[str, str] = field(default_factory=dict)
    rule_sets: dict[str, int] = field(default_factory=dict)
    alarms: dict[str, int] = field(default_factory=dict)
    subscribers: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    loud: tuple[int, ...] = ()
    owner: Engine | None = None

    def spare(self, home: str) -> tuple[int, int]:
        """A new account living in an area, and its grant: for tests that change or end them."""
        assert self.owner is not None
        with self.owner.begin() as connection:
            account = connection.scalar(
                text(
                    "INSERT INTO account (username, display_name, home_area_id, must_change, password_changed_at)"
                    " VALUES ('spare-' || gen_random_uuid(), 'spare', :home, false, now()) RETURNING id"
                ),
                {"home": self.areas[home]},
            )
            grant = connection.scalar(
                text(
                    "INSERT INTO role_grant (account_id, role, area_id) VALUES (:account, 'leader', :area)"
                    " RETURNING id"
                ),
                {"account": account, "area": self.areas[home]},
            )
        assert account is not None
        assert grant is not None
        return int(account), int(grant)

    def clear_queue(self) -> None:
        """Forget the jobs that wait: the next case may ask for as many."""
        assert self.owner is not None
        with self.owner.begin() as connection:
            connection.execute(text("DELETE FROM job WHERE state = 'queued'"))

    def let_in_again(self, name: str) -> None:
        """Undo a logging out."""
        assert self.owner is not None
        with self.owner.begin() as connection:
            connection.execute(
                text("UPDATE login_session SET ended_at = NULL WHERE account_id = :account"),
                {"account": self.accounts[name]},
            )


def box_of(key: str) -> tuple[float, float, float, float]:
    """West, south, east, north of an area: grids side by side, everything above them their union."""
    columns = [i for i, grid in enumerate(GRIDS) if grid.startswith(key) or key == "p"]
    return WEST + STEP * columns[0], SOUTH, WEST + STEP * (columns[-1] + 1), SOUTH + STEP


def point_of(place: str) -> tuple[float, float]:
    """Where things happen in a place: the middle of a grid; north of all grids for the city."""
    west, south, east, north = box_of(place)
    if place in GRIDS:
        return (west + east) / 2, (south + north) / 2
    return west + STEP / 2, north + 0.02


def fill(engine: Engine, state_dir: Path) -> World:
    """Put the whole world in; files of photos go under `state_dir`/attachments."""
    made = World(owner=engine)
    with engine.begin() as connection:
        _areas(connection, made)
        _departments(connection, made)
        _ground(connection, made)
        _accounts(connection, made)
    for matter in MATTERS.values():
        made.told[matter.key] = _file(engine, matter)
    with engine.begin() as connection:
        _dispatch(connection, made)
        _photos(connection, made, state_dir / "attachments")
        _steps(connection, made, state_dir / "attachments")
        _audit(connection, made)
        _jobs(connection, made)
        _planning(connection, made)
        _commands(connection, made)
        _whistles(connection, made)
        _duplicates(connection)
        _decisions(connection, made)
        _notices(connection, made)
        _campaigns(connection, made)
    with unit_of_work(engine) as session:
        from gis.intake.storing import finish

        finish(session)
    return made


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


def _accounts(connection: Connection, made: World) -> None:
    made.loud = tuple(
        connection.scalars(
            text("SELECT id FROM category WHERE scheme || ':' || kind || ':' || code = :key"),
            {"key": f"{SCHEME}:{LOUD}"},
        )
    )
    for person in PEOPLE.values():
        if person.anonymous:
            continue
        made.accounts[person.name] = connection.scalar(
            text(
                "INSERT INTO account (username, display_name, home_area_id, must_change, disabled_at,"
                " password_changed_at) VALUES (:name, :shown, :home, :must,"
                " CASE WHEN :off THEN now() END, now()) RETURNING id"
            ),
            {"name": person.name, "home": made.areas[person.home], "must": person.must_change,
             "off": person.disabled, "shown": f"shown-{person.name}~"},
        )  # fmt: skip
        made.grants[person.name] = [
            *(_grant(connection, made, person, held, ended=False) for held in person.held),
            *(_grant(connection, made, person, held, ended=True) for held in person.ended),
        ]
        _let_in(connection, made, person)


def _grant(connection: Connection, made: World, person: Person, held: Held, *, ended: bool) -> int:
    until = "CURRENT_DATE - 1" if ended else "CURRENT_DATE + 30" if held.role == "substitute" else "NULL"
    found = connection.scalar(
        text(
            "INSERT INTO role_grant (account_id, role, area_id, department_id, categories, valid_from, valid_to)"
            f" VALUES (:account, :role, :area, :department, :categories, CURRENT_DATE - 90, {until}) RETURNING id"
        ),
        {"account": made.accounts[person.name], "role": held.role,
         "area": made.areas.get(held.area or ""), "department": made.departments.get(held.department or ""),
         "categories": list(made.loud) if held.limited else None},
    )  # fmt: skip
    assert found is not None
    return int(found)


def token_of(person: Person) -> str:
    """The opaque token of somebody's session or access token; as long as real ones are."""
    plain = hashlib.sha256(TOKEN.format(name=person.name).encode()).hexdigest()[:43]
    return f"wgt_{plain}" if person.token is not None else plain


def _let_in(connection: Connection, made: World, person: Person) -> None:
    values: dict[str, Any] = {
        "account": made.accounts[person.name],
        "hash": hashlib.sha256(token_of(person).encode()).digest(),
    }
    if person.has_token:
        shown = values if person.token is not None else values | {"hash": b"another"}
        connection.execute(
            text(
                "INSERT INTO access_token (token_hash, account_id, name, permissions, expires_at)"
                " VALUES (:hash, :account, 'matrix', :permissions, now() + interval '1 day')"
            ),
            shown | {"permissions": list(person.token or ())},
        )
    if person.token is not None:
        return
    ages = {"open": ("0", "8 hours", False), "idle": ("6 days", "1 day", False),
            "aged": ("0", "-1 minute", False), "ended": ("0", "8 hours", True)}  # fmt: skip
    ago, left, ended = ages[person.session]
    connection.execute(
        text(
            "INSERT INTO login_session (token_hash, account_id, created_at, seen_at, expires_at, ended_at) VALUES"
            " (:hash, :account, now() - cast(:ago AS interval), now() - cast(:ago AS interval),"
            " now() + cast(:left AS interval), CASE WHEN :ended THEN now() END)"
        ),
        values | {"ago": ago, "left": left, "ended": ended},
    )


def _file(engine: Engine, matter: Matter) -> Told:
    number = list(MATTERS).index(matter.key)
    name, phone = f"person-{matter.key}~", f"000-{55_512_347 + 137 * number}"
    announced = hashlib.sha256(f"announced {matter.key}".encode()).hexdigest()
    body = report(
        category=f"{SCHEME}:{matter.category}",
        text=f"word-{matter.key}~",
        address={"text": f"door-{matter.key}~"},
        geometry={"type": "Point", "coordinates": list(point_of(matter.place))},
        source="grid_worker",
        contact={"name": name, "phone": phone} if matter.contact else None,
        confidential=matter.confidential or None,
        photos=[announced] if matter.photo else None,
    )
    receipt = json.loads(file_report(engine, validate_report(body)).body)
    assert receipt["scope"]["code"] == AREAS[matter.place][0]
    stored = hashlib.sha256(_picture(matter)).hexdigest()
    return Told(
        receipt["id"], receipt["event"], receipt["event_number"], receipt["tracking_code"],
        body["text"], body["address"]["text"], name, phone, announced, stored,
    )  # fmt: skip


def _picture(matter: Matter) -> bytes:
    return b"\xff\xd8\xff" + f"picture of {matter.key}".encode()


def _dispatch(connection: Connection, made: World) -> None:
    for matter in MATTERS.values():
        event = made.told[matter.key].event
        if matter.department:
            connection.execute(
                text("UPDATE event SET department_id = :department WHERE id = :id"),
                {"department": made.departments[matter.department], "id": event},
            )
        if matter.reporter:
            values = {"reporter": made.accounts[matter.reporter], "id": event}
            connection.execute(text("UPDATE event SET reporter_id = :reporter WHERE id = :id"), values)
            connection.execute(text("UPDATE report SET reporter_id = :reporter WHERE event_id = :id"), values)


def _photos(connection: Connection, made: World, folder: Path) -> None:
    for matter in MATTERS.values():
        if not matter.photo:
            continue
        told = made.told[matter.key]
        target = path_of(folder, told.stored)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_picture(matter))
        values = {"announced": told.announced, "stored": told.stored}
        connection.execute(
            text(
                "INSERT INTO attachment (sha256, media_type, bytes, width, height, taken_lon, taken_lat)"
                " VALUES (:stored, 'image/jpeg', 20, 1, 1, 126.6, 45.7)"
            ),
            values,
        )
        connection.execute(
            text("UPDATE report_photo SET attachment_sha256 = :stored WHERE sha256 = :announced"), values
        )


def _audit(connection: Connection, made: World) -> None:
    """One row a place, and one of no place."""
    for key in (*AREAS, None):
        made.audited[key or "nowhere"] = connection.scalar(
            text(
                "INSERT INTO audit (action, object_type, object_id, area_id)"
                " VALUES ('matrix.planted', 'matrix', :object, :area) RETURNING id"
            ),
            {"object": f"planted-{key}~", "area": made.areas.get(key or "")},
        )


def _campaigns(connection: Connection, made: World) -> None:
    from tests.matrix.ops_kpi import plant

    plant(connection, made)


def _notices(connection: Connection, made: World) -> None:
    from tests.matrix.ops_notices import plant

    plant(connection, made)


def _decisions(connection: Connection, made: World) -> None:
    from tests.matrix.ops_dispatch import plant

    plant(connection, made)


def _steps(connection: Connection, made: World, folder: Path) -> None:
    from tests.matrix.ops_commands import plant_photos

    plant_photos(connection, made, folder)


def _commands(connection: Connection, made: World) -> None:
    from tests.matrix.ops_commands import plant

    plant(connection, made)


def _duplicates(connection: Connection) -> None:
    from tests.matrix.ops_duplicates import plant

    plant(connection)


def _whistles(connection: Connection, made: World) -> None:
    from tests.matrix.ops_whistles import plant

    plant(connection, made)


def _jobs(connection: Connection, made: World) -> None:
    """One job of everybody that is done, with a file; nobody else ever sees it."""
    for name, account in made.accounts.items():
        made.jobs[name] = uuid7()
        connection.execute(
            text(
                "INSERT INTO job (id, kind, label_zh, label_en, params, account_id, actor, scope, state, finished_at,"
                " result, file_name, file_type, file_bytes) VALUES (cast(:id AS uuid), 'matrix', 'x', 'x', '{}',"
                " :account, :name, '{}', 'done', now(), jsonb_build_object('of', cast(:name AS text)), 'x.txt',"
                " 'text/plain', convert_to(:name, 'UTF8'))"
            ),
            {"id": made.jobs[name], "account": account, "name": name},
        )


def _planning(connection: Connection, made: World) -> None:
    """In every area a scenario that a stranger made, and an edit made for real; and one scenario of somebody's own."""
    makers = dict.fromkeys(AREAS, "nobody") | {"own": "double"}
    for key, maker in makers.items():
        made.scenarios[key] = uuid7()
        area = "b111a" if key == "own" else key
        values = {"id": made.scenarios[key], "area": made.areas[area], "maker": made.accounts[maker]}
        connection.execute(
            text(
                "INSERT INTO scenario (id, name, edits, area_id, created_by) VALUES (cast(:id AS uuid), 'matrix',"
                ' \'[{"kind": "close_station", "code": "ST-a111a"}]\', :area, :maker)'
            ),
            values,
        )
        if key in AREAS:
            made.edits[key] = connection.scalar(
                text(
                    "INSERT INTO register_edit (edit, area_id, actor) VALUES ('{\"kind\": \"none\"}', :area, 'x')"
                    " RETURNING id"
                ),
                {"area": made.areas[key]},
            )
