"""The accounts of the invented world: what each holds and held, and the session or token it comes with."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, text

from tests.matrix.places import LOUD, PEOPLE, Held, Person
from tests.matrix.world import SCHEME, World

TOKEN = "matrix-session-{name}"


def open_accounts(connection: Connection, made: World) -> None:
    """An account for everybody but the anonymous, with roles, and what they log in with."""
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
