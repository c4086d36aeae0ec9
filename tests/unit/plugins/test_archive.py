# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive: append only, chained, and one sentence for each way in which it cannot be used."""

from __future__ import annotations

import copy
import hashlib
import json
import sqlite3
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ansible_collections.medops.dbcare.plugins.plugin_utils.archive import engine
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.chain import canonical
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.engine import ArchiveError
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.store import Archive
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.tables import metadata
from tests.unit.plugins.cases import snapshot

Json = dict[str, Any]
AT = "2026-11-22T00:00:00.000+00:00"


# What a run says of itself wherever it is recorded
RUN = {
    "kind": "daily_inspection",
    "started": "s",
    "finished": "2026-11-22T07:00:00+08:00",
    "operator": "zhang",
    "controller": "ops",
    "version": "0.1.0",
    "catalogue_hash": "sha256:0",
}


def finding(target: str, status: str, since: str) -> Json:
    return {
        "check": "storage.free",
        "target": target,
        "status": status,
        "severity": "high",
        "clause": "daily.storage",
        "observed": 3,
        "limit": 20,
        "unit": "%",
        "new": True,
        "since": since,
    }


def document(name: str = "run-1", status: str = "fail", targets: tuple[str, ...] = ("LIS",), **run: Any) -> Json:
    read = [
        {
            "name": target,
            "facts": {"version": "19.0.0.0.0"},
            "instances": [{"name": target, "status": "OPEN", "startup_time": f"started before {name}"}],
        }
        for target in targets
    ]
    return {
        "schema": "medops.dbcare/report/1",
        "findings": [finding(target, status, name) for target in targets],
        "summary": {"verdict": "unhealthy"},
        "scope": {"targets": read, "not_read": []},
        "run": {"id": name, **RUN, "sequence": None, "previous_hash": None, "hash": None, **run},
    }


SAMPLES = [{"target": "LIS", "metric": "storage.free", "object": "TS1", "value": 3, "unit": "%", "status": "fail"}]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "archive.sqlite"


@pytest.fixture
def archive(path: Path) -> Any:
    opened = Archive(f"sqlite:///{path}", lock_seconds=0.1)
    yield opened
    opened.close()


def fill(archive: Archive, count: int = 3) -> list[Json]:
    return [
        archive.record(document(f"run-{number}"), [snapshot(name="LIS")], SAMPLES, AT)[0]
        for number in range(1, count + 1)
    ]


def change(path: Path, statement: str, *values: Any) -> None:
    """Change the file as somebody would who knows how to get past the triggers."""
    with sqlite3.connect(path) as connection:
        for (trigger,) in connection.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            connection.execute(f"drop trigger {trigger}")
        connection.execute(statement, values)


def test_a_new_archive_is_created_for_its_owner_only(archive: Archive, path: Path) -> None:
    assert not archive.exists()
    fill(archive, 1)
    assert path.stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(path) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert archive.status()["version"] == engine.known_versions()[-1]


def test_runs_are_numbered_and_chained(archive: Archive) -> None:
    first, second, third = fill(archive)
    assert [item["run"]["sequence"] for item in (first, second, third)] == [1, 2, 3]
    assert first["run"]["previous_hash"] is None
    assert second["run"]["previous_hash"] == first["run"]["hash"]
    assert third["run"]["previous_hash"] == second["run"]["hash"]
    assert archive.status() == {
        "url": archive.shown,
        "version": "0001",
        "newest_version": "0001",
        "runs": 3,
        "head_sequence": 3,
        "head_hash": third["run"]["hash"],
    }
    assert archive.verify() == []
    assert [item["run"]["id"] for item in archive.documents()] == ["run-1", "run-2", "run-3"]
    assert list(archive.documents())[2] == third


def test_the_hash_can_be_recomputed_by_hand(archive: Archive, path: Path) -> None:
    recorded = fill(archive, 1)[0]

    def digest(value: Any) -> str:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    unsigned = copy.deepcopy(recorded)
    unsigned["run"]["hash"] = None
    finding = {
        "run_sequence": 1,
        "target": "LIS",
        "check_id": "storage.free",
        "status": "fail",
        "severity": "high",
        "clause": "daily.storage",
        "observed": "3",
        "limit_value": "20",
        "unit": "%",
        "is_new": True,
        "since": "run-1",
    }
    metric = {
        "run_sequence": 1,
        "target": "LIS",
        "metric": "storage.free",
        "position": 0,
        "object": "TS1",
        "value": 3.0,
        "unit": "%",
        "status": "fail",
    }
    head = {**RUN, "sequence": 1, "id": "run-1", "recorded": AT, "verdict": "unhealthy"}
    content = {
        "run": head,
        "document": digest(unsigned),
        "snapshots": {"LIS": digest(snapshot(name="LIS"))},
        "findings": digest([finding]),
        "metrics": digest([metric]),
    }
    assert recorded["run"]["hash"] == digest({"previous_hash": None, "content": content})


def test_canonical_json_is_the_same_everywhere() -> None:
    assert canonical({"b": ["张", 1.5, None], "a": {"d": True, "c": "x\n"}}) == (
        '{"a":{"c":"x\\n","d":true},"b":["张",1.5,null]}'
    )
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical({"a": float("nan")})


def test_a_run_is_recorded_once(archive: Archive) -> None:
    first, appended = archive.record(document(), [], [], AT)
    again, appended_again = archive.record(document(), [], [], AT)
    assert (appended, appended_again, again) == (True, False, first)
    assert archive.status()["runs"] == 1


@pytest.mark.parametrize(
    ("statement", "values", "sentence"),
    [
        (
            "update runs set operator = ? where sequence = 2",
            ("li",),
            "The run 2 (run-2) was changed after it was recorded.",
        ),
        (
            "update runs set document = replace(document, 'fail', 'pass') where sequence = 2",
            (),
            "The run 2 (run-2) was changed after it was recorded.",
        ),
        (
            "update findings set status = 'pass' where run_sequence = 2",
            (),
            "The run 2 (run-2) was changed after it was recorded.",
        ),
        ("delete from findings where run_sequence = 2", (), "The run 2 (run-2) was changed after it was recorded."),
        (
            "update metrics set value = 99 where run_sequence = 2",
            (),
            "The run 2 (run-2) was changed after it was recorded.",
        ),
        (
            "update snapshots set sha256 = 'x' where run_sequence = 2",
            (),
            "The run 2 (run-2) was changed after it was recorded.",
        ),
        (
            "update snapshot_bodies set body = ? where run_sequence = 2",
            (zlib.compress(b"{}"),),
            "The snapshot of LIS in run 2 (run-2) was changed after it was recorded.",
        ),
        (
            "update snapshot_bodies set body = ? where run_sequence = 2",
            (b"no zlib",),
            "The snapshot of LIS in run 2 (run-2) was changed after it was recorded.",
        ),
        ("delete from runs where sequence = 2", (), "Between run 1 and run 3 (run-3) a run is missing."),
        (
            "update runs set hash = 'sha256:0' where sequence = 2",
            (),
            "The run 2 (run-2) was changed after it was recorded.",
        ),
    ],
)
def test_tampering_is_found(archive: Archive, path: Path, statement: str, values: Any, sentence: str) -> None:
    fill(archive)
    change(path, statement, *values)
    assert sentence in archive.verify()


@pytest.mark.parametrize(
    "statement",
    [
        "update runs set operator = 'x'",
        "delete from runs",
        "update findings set status = 'pass'",
        "delete from findings",
        "update metrics set value = 0",
        "delete from snapshots",
        "update snapshot_bodies set body = x'00'",
    ],
)
def test_the_tables_refuse_changes(archive: Archive, path: Path, statement: str) -> None:
    fill(archive, 1)
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="append only"):
        connection.execute(statement)


def test_a_run_is_recorded_whole_or_not_at_all(archive: Archive) -> None:
    fill(archive, 1)
    twice = [*SAMPLES, {**SAMPLES[0], "value": "no figure"}]
    with pytest.raises(ValueError, match="no figure"):
        archive.record(document("run-2"), [snapshot(name="LIS")], twice, AT)
    with pytest.raises(ArchiveError):
        archive.record(document("run-3"), [snapshot(name="LIS"), snapshot(name="LIS")], SAMPLES, AT)
    assert archive.status()["runs"] == 1
    assert archive.verify() == []


def test_runs_recorded_at_the_same_time_stand_one_after_the_other(path: Path) -> None:
    def record(worker: int) -> None:
        own = Archive(f"sqlite:///{path}")
        for number in range(5):
            own.record(document(f"run-{worker}-{number}"), [snapshot(name="LIS")], SAMPLES, AT)
        own.close()

    Archive(f"sqlite:///{path}").migrate()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(record, range(4)))
    whole = Archive(f"sqlite:///{path}")
    assert (whole.status()["head_sequence"], whole.verify()) == (20, [])


def test_a_locked_archive_is_told(archive: Archive, path: Path) -> None:
    fill(archive, 1)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("begin immediate")
        with pytest.raises(ArchiveError, match="is locked by another process"):
            archive.record(document("run-2"), [], [], AT)
        other.execute("rollback")
    assert archive.record(document("run-2"), [], [], AT)[1]


def test_an_archive_of_a_newer_release_is_told(archive: Archive, path: Path) -> None:
    fill(archive, 1)
    change(path, "update alembic_version set version_num = '9999'")
    for use in (
        lambda: archive.record(document("run-2"), [], [], AT),
        archive.verify,
        archive.migrate,
        lambda: archive.history("daily_inspection", ["LIS"]),
    ):
        with pytest.raises(
            ArchiveError, match=r"is from a newer release \(version 9999, known here up to 0001\); upgrade"
        ):
            use()


def test_an_archive_of_an_older_release_is_not_migrated_by_the_way(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(archive, 1)
    monkeypatch.setattr(engine, "known_versions", lambda: ["0001", "0002"])
    with pytest.raises(ArchiveError, match=r"is at version 0001, this release needs 0002; run .* --tags migrate"):
        archive.record(document("run-2"), [], [], AT)


def test_an_archive_may_be_made_in_a_folder_that_is_there(tmp_path: Path) -> None:
    made = Archive(f"sqlite:///{tmp_path}/archive.sqlite")
    assert made.record(document(), [], [], AT)[0]["run"]["sequence"] == 1
    made.close()


def test_what_is_no_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("this is no database, only a text that is long enough to be taken for one" * 20, encoding="utf-8")
    with pytest.raises(ArchiveError, match="is no SQLite file"):
        Archive(f"sqlite:///{path}").record(document(), [], [], AT)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ArchiveError, match=r"cannot be created: Not a directory .*; set dbcare_archive.url to a place"):
        Archive(f"sqlite:///{tmp_path}/file/sub/archive.sqlite").record(document(), [], [], AT)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [("nonsense", "dbcare_archive.url cannot be read"), ("postgresql+nodriver://u:secret@h/d", "No Python driver for")],
)
def test_an_url_that_cannot_be_used_is_told_without_its_password(url: str, sentence: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        Archive(url)
    assert sentence in str(caught.value)
    assert "secret" not in str(caught.value)


def test_history_is_told_target_by_target(archive: Archive) -> None:
    assert archive.history("daily_inspection", ["LIS"]) is None
    archive.record(document("run-1", targets=("LIS", "HIS")), [snapshot(name="LIS"), snapshot(name="HIS")], [], AT)
    archive.record(document("run-2", "warn", targets=("LIS",)), [snapshot(name="LIS")], [], AT)
    archive.record(document("other", kind="monthly_inspection"), [snapshot(name="LIS")], [], AT)
    history = archive.history("daily_inspection", ["LIS", "HIS", "PACS"])
    assert history is not None
    assert (history["run_id"], history["verdict"]) == ("run-2", "unhealthy")
    assert history["findings"] == {
        "storage.free@LIS": {"status": "warn", "since": "run-2"},
        "storage.free@HIS": {"status": "fail", "since": "run-1"},
    }
    assert history["facts"]["LIS"]["instances"][0]["startup_time"] == "started before run-2"
    assert history["facts"]["HIS"]["instances"][0]["startup_time"] == "started before run-1"


def test_facts_come_from_the_last_run_that_could_read_the_target(archive: Archive) -> None:
    archive.record(document("run-1"), [snapshot(name="LIS")], [], AT)
    archive.record(document("run-2"), [snapshot(name="LIS", status="unreadable")], [], AT)
    history = archive.history("daily_inspection", ["LIS"])
    assert history is not None
    assert history["facts"]["LIS"]["instances"][0]["startup_time"] == "started before run-1"
    assert history["findings"]["storage.free@LIS"]["since"] == "run-2"


def test_pruning_removes_old_bodies_and_nothing_else(archive: Archive, path: Path) -> None:
    fill(archive, 2)
    archive.record(document("run-3"), [snapshot(name="LIS")], SAMPLES, "2027-06-01T00:00:00.000+00:00")
    note = {"schema": "x", "run": {**document()["run"], "id": "prune-1", "kind": "archive_pruned"}}
    assert archive.prune("2027-01-01", note, "2027-06-02T00:00:00.000+00:00", dry=True) == 2
    assert archive.status()["runs"] == 3
    assert archive.prune("2027-01-01", note, "2027-06-02T00:00:00.000+00:00") == 2
    assert archive.prune("2027-01-01", note, "2027-06-02T00:00:00.000+00:00") == 0
    assert archive.verify() == []
    with sqlite3.connect(path) as connection:
        assert connection.execute("select run_sequence from snapshot_bodies").fetchall() == [(3,)]
        assert connection.execute("select count(*) from findings").fetchone() == (3,)
    assert [item["run"]["kind"] for item in archive.documents()][-1] == "archive_pruned"


def described(tables: sa.MetaData) -> dict[str, set[tuple[str, str, bool, bool]]]:
    """Each table's columns: name, type with its length, whether it may be NULL and whether it is of the key."""
    dialect = sa.dialects.sqlite.dialect()
    return {
        name: {(one.name, one.type.compile(dialect), bool(one.nullable), one.primary_key) for one in table.columns}
        for name, table in tables.tables.items()
    }


def test_the_tables_are_those_of_the_migrations(archive: Archive) -> None:
    assert archive.migrate()
    assert not archive.migrate()
    with archive.engine.connect() as connection:
        reflected = sa.MetaData()
        reflected.reflect(connection, only=list(metadata.tables))
    assert described(reflected) == described(metadata)


def test_a_full_disk_is_told_with_what_to_do(archive: Archive, path: Path) -> None:
    full = sa.exc.OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))
    assert str(engine.explain(full, sa.make_url(f"sqlite:///{path}"))) == (
        f"The archive sqlite:///{path} has no room left on its disk; free some space and run it again.")
