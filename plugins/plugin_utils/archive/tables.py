# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tables of the archive as they are at the newest version; migrations/versions/ says how they came to be."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

runs = Table(
    "runs",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("id", String(128), nullable=False, unique=True),
    Column("kind", String(64), nullable=False),
    Column("recorded", String(40), nullable=False),
    Column("started", String(40), nullable=False),
    Column("finished", String(40), nullable=False),
    Column("operator", String(200)),
    Column("controller", String(200)),
    Column("version", String(40), nullable=False),
    Column("catalogue_hash", String(80)),
    Column("verdict", String(20)),
    Column("document", Text, nullable=False),
    Column("previous_hash", String(80)),
    Column("hash", String(80), nullable=False),
)

snapshots = Table(
    "snapshots",
    metadata,
    Column("run_sequence", Integer, primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("sha256", String(80), nullable=False),
)

# Bodies stand apart: they alone may be pruned, and what is left still proves what they were.
snapshot_bodies = Table(
    "snapshot_bodies",
    metadata,
    Column("run_sequence", Integer, primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

findings = Table(
    "findings",
    metadata,
    Column("run_sequence", Integer, primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("check_id", String(100), primary_key=True),
    Column("status", String(20), nullable=False),
    Column("severity", String(20), nullable=False),
    Column("clause", String(100)),
    Column("observed", Text),
    Column("limit_value", Text),
    Column("unit", String(40)),
    Column("is_new", Boolean, nullable=False),
    Column("since", String(128)),
)

metrics = Table(
    "metrics",
    metadata,
    Column("run_sequence", Integer, primary_key=True),
    Column("target", String(200), primary_key=True),
    Column("metric", String(100), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("object", Text, nullable=False),
    Column("value", Double, nullable=False),
    Column("unit", String(40)),
    Column("status", String(20), nullable=False),
)
