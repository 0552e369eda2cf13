"""Tables of filing standards and of what categories were called before."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import (
    text as sql_text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gis.base.limits import KINDS
from gis.db.orm import Base

CONFIDENCE = ("verified", "defined", "third_party", "recalled")
"""Read in its source, set by who publishes it, as others transcribed it, from memory: from the surest on."""
LEADS = ("owner", "territory", "department")
"""Who leads (首办): the owner of the component first, the area first, or the department named."""
SLOTS = ("before", "after", "check")


class CategoryVersion(Base):
    """What a category was before a change; the category itself, and so every event of it, keeps its id."""

    __tablename__ = "category_version"

    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    source_ref: Mapped[str | None] = mapped_column(Text)
    verified: Mapped[bool]
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    until: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class FilingStandardSet(Base):
    """One version of one city's filing standards; `city` is a beginning of area codes, empty for everywhere.

    In force from `valid_from` until the day before `valid_to`; one set a city is open-ended.
    """

    __tablename__ = "filing_standard_set"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    city: Mapped[str] = mapped_column(String(15), server_default="")
    version: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(Text)
    name_en: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    imported_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())

    __table_args__ = (
        UniqueConstraint("city", "version"),
        CheckConstraint("valid_to >= valid_from", name="order"),
        Index(
            "uq_filing_standard_set_open", "city", unique=True, postgresql_where=sql_text("valid_to IS NULL")
        ),
    )


class FilingStandard(Base):
    """One condition of filing (立案条件) of a category: how long there is, what closes it, what shows it, who leads.

    A standard of a family is for those of its categories that have none of their own. Rows never change: an event
    keeps the one it was filed under.
    """

    __tablename__ = "filing_standard"

    id: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("filing_standard_set.id"))
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"), index=True)
    condition_no: Mapped[int] = mapped_column(SmallInteger)
    condition_text: Mapped[str] = mapped_column(Text)
    condition_en: Mapped[str | None] = mapped_column(Text)
    limit_kind: Mapped[str] = mapped_column(String(16))
    limit_value: Mapped[float] = mapped_column(Double)
    closure_text: Mapped[str] = mapped_column(Text)
    closure_en: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql_text("'{}'::text[]"))
    lead_rule: Mapped[str] = mapped_column(String(16))
    lead_department: Mapped[str | None] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    confidence: Mapped[str] = mapped_column(String(16))

    __table_args__ = (
        UniqueConstraint("set_id", "category_id", "condition_no"),
        CheckConstraint("condition_no BETWEEN 1 AND 99", name="condition_no"),
        CheckConstraint(f"limit_kind IN {KINDS}", name="limit_kind"),
        CheckConstraint("limit_value > 0 AND limit_value <= 3660", name="limit_value"),
        CheckConstraint("evidence <@ ARRAY['before', 'after', 'check']", name="evidence"),
        CheckConstraint(f"lead_rule IN {LEADS}", name="lead_rule"),
        CheckConstraint("(lead_rule = 'department') = (lead_department IS NOT NULL)", name="lead_department"),
        CheckConstraint(f"confidence IN {CONFIDENCE}", name="confidence"),
    )
