"""The table of walkable streets."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Identity, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.crs import LONLAT
from gis.db.orm import Base


class Street(Base):
    """One walkable street part: its line and who may walk it in which direction."""

    __tablename__ = "street"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(String(32))
    foot_forward: Mapped[bool] = mapped_column(server_default=text("true"))
    foot_backward: Mapped[bool] = mapped_column(server_default=text("true"))
    steps: Mapped[bool] = mapped_column(server_default=text("false"))
    slope_pct: Mapped[float | None]
    level: Mapped[float | None]
    bridge: Mapped[bool] = mapped_column(server_default=text("false"))
    tunnel: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[Any] = mapped_column(Geometry("LINESTRING", LONLAT, spatial_index=False))

    __table_args__ = (Index("ix_street_geom", "geom", postgresql_using="gist"),)
