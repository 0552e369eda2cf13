"""Who works in a transaction and what they may see: set when it begins, gone when it ends.

The row-level policies read these settings; without them there are no rows (design rule 7).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.orm import Session

from gis.base.errors import Forbidden
from gis.db.sql import driver_errors

OPTION = "wangge_scope"
EVERYWHERE = "*"
Roots = tuple[int, ...] | str
"""Ids of areas (or departments) whose whole subtrees are meant; `EVERYWHERE` for all."""
# One parameter however many settings there are: each costs the driver more than the server.
BEGIN = "SELECT count(set_config(told.key, told.value, true)) FROM json_each_text(cast(%s AS json)) AS told"
SECRETS = frozenset({"tracking_code", "report", "photo"})


@dataclass(frozen=True, slots=True)
class Scope:
    """Who acts, and per permission the roots of the subtrees it is held in.

    `limited` holds (permission, area id, category id) of roles bounded to categories. A `maintenance` scope
    belongs to the owner of the tables: imports, migrations, the command line.
    """

    actor: str
    account_id: int | None = None
    roles: tuple[str, ...] = ()
    address: str | None = None
    trace_id: str | None = None
    areas: Mapping[str, Roots] = field(default_factory=dict)
    departments: Mapping[str, Roots] = field(default_factory=dict)
    limited: tuple[tuple[str, int, int], ...] = ()
    maintenance: bool = False

    def permits(self, permission: str) -> bool:
        """Whether the permission is held anywhere."""
        return bool(
            self.areas.get(permission)
            or self.departments.get(permission)
            or any(held == permission for held, _, _ in self.limited)
        )

    def settings(self) -> dict[str, str]:
        """The transaction's settings, `wangge.…` to text, that say all this to the policies."""
        told = {
            "wangge.actor": self.actor,
            "wangge.account": "" if self.account_id is None else str(self.account_id),
            "wangge.roles": " ".join(self.roles),
            "wangge.address": self.address or "",
            "wangge.trace": self.trace_id or "",
            "wangge.maintenance": "on" if self.maintenance else "",
        }
        for kind, held in (("areas", self.areas), ("departments", self.departments)):
            for permission, roots in held.items():
                told[f"wangge.{kind}.{permission}"] = _array(roots)
        for permission in {name for name, _, _ in self.limited}:
            pairs = [[area, category] for name, area, category in self.limited if name == permission]
            told[f"wangge.limited.{permission}"] = json.dumps(pairs)
        return told


MAINTENANCE = Scope("system", maintenance=True)
STATISTICS = Scope("system", areas={"people.read": EVERYWHERE})
"""Reads all counts of people for answers that are cut to the asker's scope, or suppressed, afterwards."""


def _array(roots: Roots) -> str:
    return roots if isinstance(roots, str) else "{" + ",".join(str(int(root)) for root in roots) + "}"


def scoped(engine: Engine, scope: Scope) -> Engine:
    """The same engine and pool, each of whose transactions begins with this scope."""
    return engine.execution_options(**{OPTION: scope})


def scope_of(engine: Engine) -> Scope | None:
    """The scope an engine works in; None for one without any, which sees no rows."""
    found: Scope | None = engine.get_execution_options().get(OPTION)
    return found


def outside_scope() -> Forbidden:
    """The refusal of a question about an area that neither lies in a held subtree nor holds one."""
    return Forbidden(
        "outside_scope", "该区域不在您的权限范围内", "This area is outside what you may see", field="area"
    )


def outside_rules() -> Forbidden:
    """The refusal to set rules, standards or calendars for areas of which one edits no rules, or not those of all."""
    return Forbidden(
        "rules_outside_scope",
        "您无权为此范围设定规则",
        "You may not set rules for all of this",
        field="city",
    )


def set_scope(session: Session | Connection, scope: Scope) -> None:
    """Set a scope by hand until the transaction ends: for tests, and for work on a session that came along."""
    _tell(session, scope.settings())


def have_in_hand(session: Session, **secrets: str) -> None:
    """Let this transaction see what its caller holds the secret of: `tracking_code`, `report` or `photo`.

    A tracking code is a bearer secret; the id of a report or the name of a photo only helps where the service
    has said what it is for.
    """
    if unknown := set(secrets) - SECRETS:
        raise ValueError(f"no such secret: {sorted(unknown)}")
    _tell(session, {f"wangge.{name}": value for name, value in secrets.items()})


def _tell(session: Session | Connection, settings: Mapping[str, str]) -> None:
    calls = ", ".join(f"set_config(:n{i}, :v{i}, true)" for i in range(len(settings)))
    values: dict[str, Any] = {}
    for i, (name, value) in enumerate(settings.items()):
        values |= {f"n{i}": name, f"v{i}": value}
    session.execute(text(f"SELECT {calls}"), values)


def tell_on_begin(engine: Engine) -> None:
    """Let every transaction of an engine, and of its `scoped` copies, begin with the scope it has."""
    event.listen(engine, "begin", _on_begin)


def _on_begin(connection: Connection) -> None:
    scope: Scope | None = connection.get_execution_options().get(OPTION)
    if scope is None:
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    with driver_errors():
        driver.execute(BEGIN, [json.dumps(scope.settings(), ensure_ascii=False)])
