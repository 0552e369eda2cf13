"""${message}.

Policy: one matter a revision; safe to run while the program answers (no long lock: add a column
nullable or with a constant default, build big indexes in a revision of their own); `downgrade` undoes
`upgrade`, or raises and says why it cannot; data moves in SQL, never row by row in Python; a revision
that has been released is never edited.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
