"""The invented world put into a database: written by the owner, reports through the real intake."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from gis.db.engine import unit_of_work
from gis.events.photos import path_of
from gis.events.service import file_report
from gis.events.validate import validate_report
from gis.intake.storing import finish
from tests.events.reports import report, uuid7
from tests.matrix import ops_commands, ops_dispatch, ops_duplicates, ops_kpi, ops_notices, ops_whistles
from tests.matrix.ground import lay_ground
from tests.matrix.logins import open_accounts
from tests.matrix.places import AREAS, MATTERS, Matter
from tests.matrix.world import SCHEME, Told, World, point_of


def fill(engine: Engine, state_dir: Path) -> World:
    """Put the whole world in; files of photos go under `state_dir`/attachments."""
    made = World(owner=engine)
    with engine.begin() as connection:
        lay_ground(connection, made)
        open_accounts(connection, made)
    for matter in MATTERS.values():
        made.told[matter.key] = _file(engine, matter)
    with engine.begin() as connection:
        _dispatch(connection, made)
        _photos(connection, made, state_dir / "attachments")
        ops_commands.plant_photos(connection, made, state_dir / "attachments")
        _audit(connection, made)
        _jobs(connection, made)
        _planning(connection, made)
        ops_commands.plant(connection, made)
        ops_whistles.plant(connection, made)
        ops_duplicates.plant(connection)
        ops_dispatch.plant(connection, made)
        ops_notices.plant(connection, made)
        ops_kpi.plant(connection, made)
    with unit_of_work(engine) as session:
        finish(session)
    return made


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
