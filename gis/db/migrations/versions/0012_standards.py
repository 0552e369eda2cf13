"""Standards of facilities, by city and version, with the first ones. A changed one is a new file and revision."""

from __future__ import annotations

import csv
import hashlib
import io
from importlib import resources

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

FILE = "standards_1.csv"
SHA256 = "e66f5dcc1bec02a4ce9ef7c536b3d0996af41ffdbf80b789bd7786b756a7d21e"
NUMBERS = (
    "radius_m", "residents_min", "residents_max", "households_min", "households_max", "floor_area_m2_min",
    "floor_area_m2_max",
)  # fmt: skip

PROFILE = sa.text("""
INSERT INTO wangge.standard_profile
  (profile, version, city, name_zh, name_en, m2_per_100_households, covered_share, confidence, area_confidence, source)
VALUES (:profile, :version, :city, :name_zh, :name_en, cast(nullif(:m2_per_100_households, '') AS float8),
  cast(:covered_share AS float8), :confidence, nullif(:area_confidence, ''), :source)
""")
TYPE = sa.text(f"""
INSERT INTO wangge.facility_standard
  (profile_id, type, tier_min, {", ".join(NUMBERS)}, per, in_total, confidence, population_confidence,
   area_confidence, source)
SELECT p.id, :type, cast(nullif(:tier_min, '') AS int2),
  {", ".join(f"cast(nullif(:{name}, '') AS float8)" for name in NUMBERS)}, :per, :in_total = 'yes', :confidence,
  nullif(:population_confidence, ''), nullif(:area_confidence, ''), :source
FROM wangge.standard_profile AS p WHERE p.profile = :profile AND p.version = :version AND p.city = :city
""")


def upgrade() -> None:
    op.create_table(
        "standard_profile",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("city", sa.String(length=15), server_default="", nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("m2_per_100_households", sa.Double(), nullable=True),
        sa.Column("covered_share", sa.Double(), nullable=False),
        sa.Column("confidence", sa.String(length=16), nullable=False),
        sa.Column("area_confidence", sa.String(length=16), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "covered_share > 0 AND covered_share <= 1", name=op.f("ck_standard_profile_covered_share")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standard_profile")),
        sa.UniqueConstraint(
            "profile", "version", "city", name=op.f("uq_standard_profile_profile_version_city")
        ),
        schema="wangge",
    )
    _facilities()
    _fill()
    op.execute("GRANT SELECT ON wangge.standard_profile, wangge.facility_standard TO wangge_api")


def _facilities() -> None:
    op.create_table(
        "facility_standard",
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("tier_min", sa.SmallInteger(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=True) for name in NUMBERS[:1]),
        sa.Column("per", sa.String(length=16), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=True) for name in NUMBERS[1:]),
        sa.Column("in_total", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("confidence", sa.String(length=16), nullable=False),
        sa.Column("population_confidence", sa.String(length=16), nullable=True),
        sa.Column("area_confidence", sa.String(length=16), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "per IN ('residents', 'community', 'none')", name=op.f("ck_facility_standard_per")
        ),
        sa.CheckConstraint("tier_min IN (5, 10, 15)", name=op.f("ck_facility_standard_tier")),
        sa.ForeignKeyConstraint(
            ["profile_id"],
            ["wangge.standard_profile.id"],
            name=op.f("fk_facility_standard_profile_id_standard_profile"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("profile_id", "type", name=op.f("pk_facility_standard")),
        schema="wangge",
    )


def _fill() -> None:
    data = resources.files("gis.coverage").joinpath("data", FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise RuntimeError(f"{FILE} is not the file this revision was written for")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
    connection = op.get_bind()
    connection.execute(PROFILE, [row for row in rows if not row["type"]])
    connection.execute(TYPE, [row for row in rows if row["type"]])


def downgrade() -> None:
    op.drop_table("facility_standard", schema="wangge")
    op.drop_table("standard_profile", schema="wangge")
