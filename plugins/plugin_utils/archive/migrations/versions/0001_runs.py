# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs, their snapshots, findings and metrics; append only.

Frozen: a later change is a later file.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = ("runs", "snapshots", "snapshot_bodies", "findings", "metrics")
# Bodies of snapshots are the only thing that may be deleted (retention).
DELETABLE = ("snapshot_bodies",)


def _create_runs() -> None:
    op.create_table(
        "runs",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(128), nullable=False, unique=True),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("recorded", sa.String(40), nullable=False),
        sa.Column("started", sa.String(40), nullable=False),
        sa.Column("finished", sa.String(40), nullable=False),
        sa.Column("operator", sa.String(200)),
        sa.Column("controller", sa.String(200)),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("catalogue_hash", sa.String(80)),
        sa.Column("verdict", sa.String(20)),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("previous_hash", sa.String(80)),
        sa.Column("hash", sa.String(80), nullable=False),
    )
    op.create_index("runs_kind", "runs", ["kind", "sequence"])


def _run_column() -> sa.Column[int]:
    return sa.Column("run_sequence", sa.Integer, sa.ForeignKey("runs.sequence"), primary_key=True)


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        _run_column(),
        sa.Column("target", sa.String(200), primary_key=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(80), nullable=False),
    )
    op.create_index("snapshots_target", "snapshots", ["target", "run_sequence"])
    op.create_table(
        "snapshot_bodies",
        _run_column(),
        sa.Column("target", sa.String(200), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _create_findings() -> None:
    op.create_table(
        "findings",
        _run_column(),
        sa.Column("target", sa.String(200), primary_key=True),
        sa.Column("check_id", sa.String(100), primary_key=True),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("clause", sa.String(100)),
        sa.Column("observed", sa.Text),
        sa.Column("limit_value", sa.Text),
        sa.Column("unit", sa.String(40)),
        sa.Column("is_new", sa.Boolean, nullable=False),
        sa.Column("since", sa.String(128)),
    )
    op.create_index("findings_check", "findings", ["check_id", "target", "run_sequence"])


def _create_metrics() -> None:
    op.create_table(
        "metrics",
        _run_column(),
        sa.Column("target", sa.String(200), primary_key=True),
        sa.Column("metric", sa.String(100), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("unit", sa.String(40)),
        sa.Column("status", sa.String(20), nullable=False),
    )
    op.create_index("metrics_series", "metrics", ["target", "metric", "run_sequence"])


def _guard_sqlite(table: str, event: str) -> None:
    op.execute(
        f"create trigger {table}_no_{event} before {event} on {table} "
        "begin select raise(abort, 'the archive is append only'); end"
    )


def _guard_postgresql(table: str, event: str) -> None:
    op.execute(
        f"create trigger {table}_no_{event} before {event} on {table} "
        "for each statement execute function dbcare_append_only()"
    )


def _guard() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        op.execute(
            "create function dbcare_append_only() returns trigger language plpgsql as "
            "$$ begin raise exception 'the archive is append only'; end $$"
        )
    for table in TABLES:
        for event in ("update", "delete"):
            if event == "delete" and table in DELETABLE:
                continue
            (_guard_postgresql if postgresql else _guard_sqlite)(table, event)


def upgrade() -> None:
    """Create the tables and what keeps them append only."""
    _create_runs()
    _create_snapshots()
    _create_findings()
    _create_metrics()
    _guard()


def downgrade() -> None:
    """There is no way back: an archive does not lose what it holds."""
    raise NotImplementedError("the archive has no downgrade; restore a backup instead")
