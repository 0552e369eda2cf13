"""Vector tiles: a room's named statement in, the bytes of a Mapbox vector tile out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis.base.crs import LONLAT, WEB_MERCATOR
from gis.base.errors import Invalid
from gis.db.sql import load
from gis.db.visible import put_scope, scope_of_session

DEEPEST_ZOOM = 22


@dataclass(frozen=True, slots=True)
class TileAddress:
    """Zoom, column and row of a tile in the usual Web Mercator scheme, row counted from the north."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        # The zoom first: two to the power of what somebody typed may not fit into memory.
        fits = 0 <= self.z <= DEEPEST_ZOOM and min(self.x, self.y) >= 0 and max(self.x, self.y) < 1 << self.z
        if not fits:
            raise Invalid(
                "no_such_tile",
                f"瓦片 {self.z}/{self.x}/{self.y} 不存在",
                f"there is no tile {self.z}/{self.x}/{self.y}",
            )


def vector_tile(session: Session, package: str, name: str, address: TileAddress, **parameters: Any) -> bytes:
    """Run `<package>/sql/<name>.sql` for one tile; empty bytes when nothing is there.

    The statement gets `:z, :x, :y`, `:lonlat` and `:mercator` (SRIDs) and `parameters`, and returns one row
    with one bytea; the scope of the session is put at its marks. Layers of several statements may be concatenated.
    """
    values = {
        "z": address.z,
        "x": address.x,
        "y": address.y,
        "lonlat": LONLAT,
        "mercator": WEB_MERCATOR,
        **parameters,
    }
    source, held = put_scope(load(package, name).text, scope_of_session(session))
    statement = text(source)
    values |= held
    wanted = {key: values[key] for key in statement._bindparams}
    found = session.execute(statement, wanted).scalar()
    return bytes(found) if found else b""
