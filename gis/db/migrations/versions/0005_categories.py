"""The first list of categories. A changed list is a new file and a new revision, never an edit of these."""

from __future__ import annotations

import csv
import hashlib
import io
from importlib import resources

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004p"
branch_labels = None
depends_on = None

FILE = "categories_1.csv"
SHA256 = "3104dcd6a93d4bdc2d82abfb169665b0f932605c6a030fda4a09f693deebe400"

# Our own families are what they say they are; the national list is a public transcription that nobody has compared
# with the standard's own text.
INSERT = sa.text("""
INSERT INTO wangge.category (scheme, kind, code, name_zh, name_en, source_ref, verified, valid_from)
VALUES (:scheme, :kind, :code, :name_zh, :name_en, :source, :source = 'project', DATE '2026-07-01')
""")
PARENTS = sa.text("""
UPDATE wangge.category AS leaf SET parent_id = family.id
FROM wangge.category AS family
WHERE family.scheme = :scheme AND leaf.scheme = :scheme AND family.kind = :kind AND leaf.kind = :kind
  AND family.code = :parent AND leaf.code = :code
""")


def upgrade() -> None:
    data = resources.files("gis.events").joinpath("data", FILE).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise RuntimeError(f"{FILE} is not the file this revision was written for")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8"))))
    connection = op.get_bind()
    connection.execute(INSERT, rows)
    connection.execute(PARENTS, [row for row in rows if row["parent"]])


def downgrade() -> None:
    op.execute("DELETE FROM wangge.category")
