"""Tables of indicators: what each step adds, and the sums of what was added."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, Date, Identity, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gis.db.orm import Base


class KpiDelta(Base):
    """One addition to one measure: written with the step that causes it, without touching a row of anybody else's.

    `day` is the day the case is attributed to: of opening for the flow of cases, of the deadline for punctuality.
    `department_id` is 0 where none answers for it.
    """

    __tablename__ = "kpi_delta"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    measure: Mapped[int] = mapped_column(SmallInteger)
    area_id: Mapped[int] = mapped_column(Integer)
    department_id: Mapped[int] = mapped_column(Integer)
    category_id: Mapped[int] = mapped_column(Integer)
    n: Mapped[int] = mapped_column(Integer)


class KpiCell(Base):
    """The sum of folded additions by day (`D`) or month (`M`, its first day), for an area with all below it.

    Cube 1 is by area alone, 2 by area and department, 3 by area and category; what a cube does not tell apart is 0. Days
    of cubes 2 and 3 are of the area alone: they are added up when asked for.
    """

    __tablename__ = "kpi_cell"

    grain: Mapped[str] = mapped_column(String(1), primary_key=True)
    cube: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    area_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    measure: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    department_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    category_id: Mapped[int] = mapped_column(Integer, primary_key=True)
    n: Mapped[int] = mapped_column(BigInteger)
