"""The invented world: ids of everything that was put in, and where things are."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Engine, text

from tests.matrix.places import GRIDS

WEST, SOUTH, STEP = 126.60, 45.75, 0.01
SCHEME = "gov-s:request"


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
