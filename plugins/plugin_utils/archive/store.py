# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Append runs, read what earlier runs found, verify the chain, prune bodies of old snapshots."""

from __future__ import annotations

import contextlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ansible_collections.medops.dbcare.plugins.plugin_utils.archive import engine as db
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.chain import canonical, digest, link
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.tables import (
    findings,
    metrics,
    runs,
    snapshot_bodies,
    snapshots,
)

HEAD_KEYS = (
    "sequence",
    "id",
    "kind",
    "recorded",
    "started",
    "finished",
    "operator",
    "controller",
    "version",
    "catalogue_hash",
    "verdict",
)
Row = dict[str, Any]


def _finding_rows(sequence: int, document: Mapping[str, Any]) -> list[Row]:
    return [
        {
            "run_sequence": sequence,
            "target": item["target"],
            "check_id": item["check"],
            "status": item["status"],
            "severity": item["severity"],
            "clause": item.get("clause"),
            "observed": canonical(item.get("observed")),
            "limit_value": canonical(item.get("limit")),
            "unit": item.get("unit"),
            "is_new": bool(item.get("new")),
            "since": item.get("since"),
        }
        for item in document.get("findings", [])
    ]


def _metric_rows(sequence: int, samples: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        {
            "run_sequence": sequence,
            "target": item["target"],
            "metric": item["metric"],
            "position": position,
            "object": item["object"],
            "value": float(item["value"]),
            "unit": item["unit"],
            "status": item["status"],
        }
        for position, item in enumerate(samples)
    ]


def _snapshot_rows(sequence: int, bodies: Sequence[Mapping[str, Any]], sums: Mapping[str, str]) -> list[Row]:
    """``sums``: target -> hash of its snapshot."""
    return [
        {
            "run_sequence": sequence,
            "target": body["target"]["name"],
            "status": body["status"],
            "sha256": sums[body["target"]["name"]],
        }
        for body in bodies
    ]


def _body_rows(sequence: int, bodies: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [
        {
            "run_sequence": sequence,
            "target": body["target"]["name"],
            "body": zlib.compress(canonical(body).encode("utf-8", "surrogatepass"), 6),
        }
        for body in bodies
    ]


def _unsigned(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document as it is hashed: without its own hash."""
    return {**document, "run": {**document["run"], "hash": None}}


def _content(
    head: Row, document: Mapping[str, Any], bodies: Mapping[str, str], found: list[Row], measured: list[Row]
) -> Row:
    return {
        "run": {key: head[key] for key in HEAD_KEYS},
        "document": digest(_unsigned(document)),
        "snapshots": dict(bodies),
        "findings": digest(sorted(found, key=lambda row: (row["target"], row["check_id"]))),
        "metrics": digest(sorted(measured, key=lambda row: row["position"])),
    }


def _signed(row: Any) -> dict[str, Any]:
    """The document of a row with the row's hash in its place."""
    document: dict[str, Any] = json.loads(row.document)
    document["run"]["hash"] = row.hash
    return document


class Archive:
    """One archive by URL. Every method raises ArchiveError with one sentence when the archive cannot be used."""

    def __init__(self, url: str, lock_seconds: float = db.LOCK_SECONDS) -> None:
        self.url = db.parse_url(url)
        self.engine = db.make_engine(self.url, lock_seconds)

    @property
    def shown(self) -> str:
        """The URL without its password."""
        return db.shown(self.url)

    def exists(self) -> bool:
        """False for a SQLite file that is not there yet or is empty."""
        path = db.sqlite_file(self.url)
        try:
            return path is None or (path.exists() and path.stat().st_size > 0)
        except OSError as error:
            raise db.ArchiveError(f"The archive {self.shown} cannot be read: {error.strerror}.") from None

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _transaction(self, write: bool = False) -> Iterator[sa.Connection]:
        with db.explained(self.url), self.engine.connect().execution_options(dbcare_write=write) as connection:
            with connection.begin():
                if write and connection.dialect.name == "postgresql":
                    connection.exec_driver_sql(f"set local lock_timeout = '{db.LOCK_SECONDS}s'")
                    if sa.inspect(connection).has_table("runs"):
                        connection.exec_driver_sql("lock table runs in exclusive mode")
                yield connection

    @contextlib.contextmanager
    def _checked(self, write: bool = False) -> Iterator[sa.Connection]:
        if not self.exists():
            raise db.ArchiveError(
                f"The archive {self.shown} does not exist; it is created when a first run is recorded."
            )
        with self._transaction(write) as connection:
            db.check_version(db.table_version(connection), self.url)
            yield connection

    # -- versions ------------------------------------------------------------------------------------------------------

    def ensure(self) -> None:
        """Create a SQLite archive that does not exist yet; check the version of one that does."""
        if self.exists():
            with self._checked():
                return
        self.migrate()

    def migrate(self) -> bool:
        """Bring the tables to the newest version; whether anything changed."""
        path = db.sqlite_file(self.url)
        if path is not None and not self.exists():
            db.create_file(self.url, path)
            with db.explained(self.url), self.engine.connect() as connection:
                connection.connection.cursor().execute("PRAGMA journal_mode=WAL")
        with self._transaction(write=True) as connection:
            version = db.table_version(connection)
            if version is not None and version not in db.known_versions():
                db.check_version(version, self.url)
            if version == db.known_versions()[-1]:
                return False
            db.migrate(connection)
        return True

    def status(self) -> Row:
        """{"url", "version", "newest_version", "runs", "head_sequence", "head_hash"}."""
        state: Row = {
            "url": self.shown,
            "version": None,
            "newest_version": db.known_versions()[-1],
            "runs": 0,
            "head_sequence": None,
            "head_hash": None,
        }
        if not self.exists():
            return state
        with self._transaction() as connection:
            state["version"] = db.table_version(connection)
            if state["version"] == state["newest_version"]:
                state["runs"] = connection.execute(sa.select(sa.func.count()).select_from(runs)).scalar()
                head = self._head(connection)
                if head:
                    state.update(head_sequence=head.sequence, head_hash=head.hash)
        return state

    # -- writing -------------------------------------------------------------------------------------------------------

    @staticmethod
    def _head(connection: sa.Connection) -> Any:
        return connection.execute(
            sa.select(runs.c.sequence, runs.c.hash).order_by(runs.c.sequence.desc()).limit(1)
        ).first()

    def record(
        self,
        document: Mapping[str, Any],
        bodies: Sequence[Mapping[str, Any]],
        samples: Sequence[Mapping[str, Any]],
        recorded: str,
    ) -> tuple[dict[str, Any], bool]:
        """Append one run in one transaction: (the document with its place in the chain, whether it was appended).

        ``recorded``: ISO time, UTC. A run whose id is already there is given back as it was recorded.
        """
        self.ensure()
        with self._checked(write=True) as connection:
            known = connection.execute(
                sa.select(runs.c.document, runs.c.hash).where(runs.c.id == document["run"]["id"])
            ).first()
            if known:
                return _signed(known), False
            return self._append(connection, document, bodies, samples, recorded), True

    def _append(
        self,
        connection: sa.Connection,
        document: Mapping[str, Any],
        bodies: Sequence[Mapping[str, Any]],
        samples: Sequence[Mapping[str, Any]],
        recorded: str,
    ) -> dict[str, Any]:
        last = self._head(connection)
        sequence, previous_hash = (last.sequence + 1, last.hash) if last else (1, None)
        full = {
            **document,
            "run": {**document["run"], "sequence": sequence, "previous_hash": previous_hash, "hash": None},
        }
        head = {key: full["run"].get(key) for key in HEAD_KEYS}
        head.update(recorded=recorded, verdict=full.get("summary", {}).get("verdict"))
        sums = {body["target"]["name"]: digest(body) for body in bodies}
        found, measured = _finding_rows(sequence, full), _metric_rows(sequence, samples)
        full["run"]["hash"] = link(previous_hash, _content(head, full, sums, found, measured))
        connection.execute(
            sa.insert(runs),
            {
                **head,
                "document": canonical(_unsigned(full)),
                "previous_hash": previous_hash,
                "hash": full["run"]["hash"],
            },
        )
        self._insert(connection, snapshots, _snapshot_rows(sequence, bodies, sums))
        self._insert(connection, snapshot_bodies, _body_rows(sequence, bodies))
        self._insert(connection, findings, found)
        self._insert(connection, metrics, measured)
        return full

    @staticmethod
    def _insert(connection: sa.Connection, table: sa.Table, rows: list[Row]) -> None:
        if rows:
            connection.execute(sa.insert(table), rows)

    def prune(self, before: str, document: Mapping[str, Any], recorded: str, dry: bool = False) -> int:
        """Remove bodies of snapshots recorded before ``before`` (ISO, UTC), and record that as a run of its own.

        Returns the number of bodies; with ``dry`` only counts them.
        """
        old = sa.select(runs.c.sequence).where(runs.c.recorded < before)
        if not self.exists():
            return 0
        condition = snapshot_bodies.c.run_sequence.in_(old)
        with self._checked(write=not dry) as connection:
            counting = sa.select(sa.func.count()).select_from(snapshot_bodies).where(condition)
            count: int = connection.execute(counting).scalar_one()
            if count and not dry:
                connection.execute(sa.delete(snapshot_bodies).where(condition))
                self._append(connection, document, [], [], recorded)
            return count

    # -- reading -------------------------------------------------------------------------------------------------------

    def history(self, kind: str, targets: Sequence[str]) -> Row | None:
        """What earlier runs of ``kind`` say, target by target; None when there is none.

        {"run_id", "verdict", "findings": {"check@target": {"status", "since"}}, "facts": {target: {..., "instances"}}}.
        A run that was limited to some targets leaves the others as the run before it found them.
        """
        if not self.exists():
            return None
        with self._checked() as connection:
            last = self._newest(connection, kind, runs.c.id, runs.c.verdict)
            if last is None:
                return None
            known: Row = {"run_id": last.id, "verdict": last.verdict, "findings": {}, "facts": {}}
            for target in targets:
                known["findings"].update(self._last_findings(connection, kind, target))
                facts = self._last_facts(connection, kind, target)
                if facts:
                    known["facts"][target] = facts
            return known

    @staticmethod
    def _newest(connection: sa.Connection, kind: str, *columns: Any) -> Any:
        """Columns of the newest run of ``kind``, as a row; None when there is none."""
        newest_first = sa.select(*columns).where(runs.c.kind == kind).order_by(runs.c.sequence.desc())
        return connection.execute(newest_first.limit(1)).first()

    @staticmethod
    def _last_run(connection: sa.Connection, kind: str, target: str, *where: Any) -> int | None:
        query = (
            sa.select(sa.func.max(snapshots.c.run_sequence))
            .join(runs, runs.c.sequence == snapshots.c.run_sequence)
            .where(snapshots.c.target == target, runs.c.kind == kind, *where)
        )
        return connection.execute(query).scalar()

    def _last_findings(self, connection: sa.Connection, kind: str, target: str) -> dict[str, Row]:
        sequence = self._last_run(connection, kind, target)
        query = sa.select(findings.c.check_id, findings.c.status, findings.c.since).where(
            findings.c.run_sequence == sequence, findings.c.target == target
        )
        return {
            f"{row.check_id}@{target}": {"status": row.status, "since": row.since} for row in connection.execute(query)
        }

    def _last_facts(self, connection: sa.Connection, kind: str, target: str) -> Row | None:
        sequence = self._last_run(connection, kind, target, snapshots.c.status != "unreadable")
        text = connection.execute(sa.select(runs.c.document).where(runs.c.sequence == sequence)).scalar()
        for item in json.loads(text)["scope"]["targets"] if text else []:
            if item["name"] == target:
                return {**item["facts"], "instances": item["instances"]}
        return None

    def documents(self) -> Iterator[Row]:
        """Every run document in order, with its hash."""
        with self._checked() as connection:
            for row in connection.execute(sa.select(runs.c.document, runs.c.hash).order_by(runs.c.sequence)):
                yield _signed(row)

    def newest(self, kind: str) -> Row | None:
        """The document of the newest run of ``kind``, with its hash; None when there is none."""
        if not self.exists():
            return None
        with self._checked() as connection:
            row = self._newest(connection, kind, runs.c.document, runs.c.hash)
            return _signed(row) if row else None

    # -- verifying -----------------------------------------------------------------------------------------------------

    def verify(self) -> list[str]:
        """Recompute the whole chain; one sentence for each thing that does not agree, none when it holds."""
        problems: list[str] = []
        with self._checked() as connection:
            before: tuple[int, str | None] = (0, None)
            for run in connection.execute(sa.select(runs).order_by(runs.c.sequence)).mappings():
                problems += self._verify_run(connection, dict(run), before)
                before = (run["sequence"], run["hash"])
        return problems

    def _verify_run(self, connection: sa.Connection, run: Row, before: tuple[int, str | None]) -> list[str]:
        problems = []
        name = f"run {run['sequence']} ({run['id']})"
        if run["sequence"] != before[0] + 1:
            problems.append(f"Between run {before[0]} and {name} a run is missing.")
        if run["previous_hash"] != before[1]:
            problems.append(f"The {name} does not follow the run before it.")
        sums = {row.target: row.sha256 for row in self._of_run(connection, snapshots, run["sequence"])}
        rows = [
            [dict(row._mapping) for row in self._of_run(connection, table, run["sequence"])]
            for table in (findings, metrics)
        ]
        if link(run["previous_hash"], _content(run, json.loads(run["document"]), sums, *rows)) != run["hash"]:
            problems.append(f"The {name} was changed after it was recorded.")
        for body in self._of_run(connection, snapshot_bodies, run["sequence"]):
            if not self._holds(body.body, sums.get(body.target)):
                problems.append(f"The snapshot of {body.target} in {name} was changed after it was recorded.")
        return problems

    @staticmethod
    def _of_run(connection: sa.Connection, table: sa.Table, sequence: int) -> Any:
        return connection.execute(sa.select(table).where(table.c.run_sequence == sequence))

    @staticmethod
    def _holds(body: bytes, expected: str | None) -> bool:
        try:
            return digest(json.loads(zlib.decompress(body))) == expected
        except (zlib.error, ValueError):
            return False
