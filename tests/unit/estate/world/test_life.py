# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Time passes: a healthy database goes on being backed up, switching logs and running jobs, and what a fault stopped
stays stopped until the fault is cleared."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.admin import dispatch
from estate.faults import Register
from estate.world.clock import Clock
from estate.world.database import Database
from tests.support.databases import admin, database, rows, value

START = 1_750_000_000.0                            # Sunday 2025-06-15 23:06:40 +08:00
HOUR, DAY = 3600.0, 86400.0
AGES = {
    "level0": "SELECT sysdate - max(completion_time) FROM v$backup_datafile WHERE incremental_level = 0",
    "level1": "SELECT sysdate - max(completion_time) FROM v$backup_datafile WHERE incremental_level IN (0, 1)",
    "archivelog": "SELECT sysdate - max(start_time) FROM v$rman_backup_job_details WHERE input_type = 'ARCHIVELOG'",
    "validate": "SELECT sysdate - max(start_time) FROM v$rman_status WHERE operation = 'VALIDATE'",
    "restore": "SELECT sysdate - max(start_time) FROM v$rman_status WHERE operation = 'RESTORE VALIDATE'",
    "job": "SELECT sysdate - max(CAST(actual_start_date AS DATE)) FROM dba_scheduler_job_run_details "
           "WHERE job_name = 'JOB_DAILY_SUMMARY'",
    "switch": "SELECT sysdate - max(first_time) FROM v$log WHERE status = 'CURRENT'",
    "undo": "SELECT sysdate - max(end_time) FROM v$undostat"}
LIMITS = {"level0": 5.0, "level1": 1.1, "archivelog": 0.2, "validate": 1.1, "restore": 29.0, "job": 1.1, "switch": 0.1,
          "undo": 0.01}


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    made = database(tmp_path, "LIS", clock=Clock(lambda: START))
    yield made
    made.close()


def ages(db: Database) -> dict[str, float]:
    """Days since the last of everything."""
    session = admin(db)
    return {name: float(value(session, sql)) for name, sql in AGES.items()}


@pytest.mark.parametrize("passed", [HOUR, 2 * DAY, 40 * DAY])
def test_nothing_grows_old(db: Database, passed: float) -> None:
    db.clock.passed += passed
    old = {name: age for name, age in ages(db).items() if not 0 <= age <= LIMITS[name]}
    assert old == {}


def test_small_steps_and_one_great_leap_give_the_same_records(tmp_path: Path) -> None:
    made = [database(tmp_path / name, "LIS", clock=Clock(lambda: START)) for name in "ab"]
    made[0].clock.passed = 3 * DAY
    for _ in range(12):
        made[1].clock.passed += DAY / 4
        assert made[1].life.catch_up()
    for sql in ("SELECT thread#, sequence#, first_time, next_time FROM v$archived_log ORDER BY 1, 2",
                "SELECT log_date, owner, job_name FROM dba_scheduler_job_run_details ORDER BY 1, 2, 3",
                "SELECT operation, object_type, start_time FROM v$rman_status WHERE row_level = 1 ORDER BY 3"):
        assert rows(admin(made[0]), sql) == rows(admin(made[1]), sql)
    for db in made:
        db.close()


def test_sequences_have_no_gap_and_follow_each_other_in_time(db: Database) -> None:
    db.clock.passed += 9 * DAY
    logs = rows(admin(db), "SELECT sequence#, first_change#, next_change#, first_time, next_time FROM v$archived_log "
                           "ORDER BY sequence#")
    pairs = list(itertools.pairwise(logs))
    assert all(later[0] == earlier[0] + 1 and later[3] == earlier[4] for earlier, later in pairs)
    assert all(earlier[1] < earlier[2] for earlier in logs)
    current = rows(admin(db), "SELECT sequence#, first_time FROM v$log WHERE status = 'CURRENT'")
    assert current == [(logs[-1][0] + 1, logs[-1][4])]
    assert value(admin(db), "SELECT COUNT(*) FROM v$log WHERE status = 'CURRENT'") == 1
    assert logs[-1][2] < value(admin(db), "SELECT current_scn FROM v$database")


def test_pieces_belong_to_sets_and_sets_to_jobs(db: Database) -> None:
    db.clock.passed += 12 * DAY
    session = admin(db)
    assert value(session, "SELECT COUNT(*) FROM v$backup_piece p WHERE NOT EXISTS (SELECT 1 FROM v$backup_set s WHERE "
                          "s.set_stamp = p.set_stamp AND s.set_count = p.set_count)") == 0
    assert value(session, "SELECT COUNT(*) FROM v$backup_piece p WHERE NOT EXISTS (SELECT 1 FROM v$rman_status r WHERE "
                          "r.recid = p.rman_status_recid)") == 0
    assert rows(session, "SELECT recid FROM v$rman_status GROUP BY recid HAVING COUNT(*) > 1") == []
    files = value(session, "SELECT COUNT(*) FROM v$datafile")
    assert value(session, "SELECT COUNT(DISTINCT file#) FROM v$backup_datafile WHERE file# > 0 AND "
                          "completion_time > sysdate - 1.1") == files


def test_old_logs_and_pieces_are_deleted_so_that_the_recovery_area_does_not_fill(db: Database) -> None:
    before = value(admin(db), "SELECT percent_space_used FROM v$recovery_area_usage WHERE file_type = 'ARCHIVED LOG'")
    db.clock.passed += 40 * DAY
    after = value(admin(db), "SELECT percent_space_used FROM v$recovery_area_usage WHERE file_type = 'ARCHIVED LOG'")
    assert abs(float(after) - float(before)) < 2
    assert value(admin(db), "SELECT COUNT(*) FROM v$archived_log WHERE name IS NOT NULL AND completion_time < "
                            "sysdate - 3") == 0


def test_the_alert_log_tells_of_every_switch_once(db: Database) -> None:
    db.catalog.register_statement(dispatch.statement)
    db.clock.passed += DAY
    admin(db).execute("ALTER SYSTEM SWITCH LOGFILE")
    db.clock.passed += DAY
    told = rows(admin(db), "SELECT REGEXP_SUBSTR(message_text, '[0-9]+', 1, 2) FROM v$diag_alert_ext WHERE "
                           "message_text LIKE '%advanced to log sequence%' "
                           "AND originating_timestamp > SYSTIMESTAMP - 2")
    switched = value(admin(db), "SELECT COUNT(*) FROM v$archived_log WHERE next_time > sysdate - 2")
    assert len(told) == len(set(told)) == switched


def test_persons_change_their_passwords_in_time(db: Database) -> None:
    db.clock.passed += 100 * DAY
    assert value(admin(db), "SELECT MIN(expiry_date) - sysdate FROM dba_users WHERE profile = 'PERSON_PROFILE'") > 14


def test_what_a_fault_stopped_stays_stopped_and_is_made_up_for_when_it_is_cleared(db: Database) -> None:
    faults = Register(db, db.spec.kinds())
    faults.inject("incremental_backup_missed", {"days": "2"})
    faults.inject("backup_not_verified", {"days": "4"})
    db.clock.passed += 3 * DAY
    found = ages(db)
    assert found["level1"] > 4.9 and found["validate"] > 6.5
    assert found["archivelog"] < 0.2 and found["switch"] < 0.1
    faults.clear()
    db.clock.passed += 400
    assert {name: age for name, age in ages(db).items() if age > LIMITS[name]} == {}
    assert rows(admin(db), "SELECT recid FROM v$rman_status GROUP BY recid HAVING COUNT(*) > 1") == []


@pytest.mark.parametrize("fault", ["archiver_stuck", "archiver_lagging", "log_switch_storm"])
def test_logs_do_not_switch_while_a_fault_holds_them(db: Database, fault: str) -> None:
    faults = Register(db, db.spec.kinds())
    before = db.store.rows('SELECT * FROM "_LOG"')
    faults.inject(fault)
    held = db.store.rows('SELECT * FROM "_LOG"')
    db.clock.passed += 2 * DAY
    assert ages(db)["archivelog"] >= 0
    assert db.store.rows('SELECT * FROM "_LOG"') == held
    faults.clear()
    assert db.store.rows('SELECT * FROM "_LOG"') == before
    db.clock.passed += 400
    assert ages(db)["switch"] < LIMITS["switch"]


def test_without_archivelog_mode_logs_switch_and_none_is_archived(db: Database) -> None:
    faults = Register(db, db.spec.kinds())
    faults.inject("noarchivelog")
    before = value(admin(db), "SELECT COUNT(*) FROM v$archived_log")
    sequence = value(admin(db), "SELECT MAX(sequence#) FROM v$log")
    db.clock.passed += DAY
    assert value(admin(db), "SELECT MAX(sequence#) FROM v$log") > sequence + 10
    assert value(admin(db), "SELECT COUNT(*) FROM v$archived_log") == before


def test_a_disabled_job_does_not_run(db: Database) -> None:
    db.store.execute("UPDATE \"CDB_SCHEDULER_JOBS\" SET ENABLED = 'FALSE' WHERE JOB_NAME = 'JOB_DAILY_SUMMARY'")
    db.clock.passed += 5 * DAY
    assert ages(db)["job"] > 4.5
    ran = value(admin(db), "SELECT COUNT(*) FROM dba_scheduler_job_run_details WHERE job_name = 'JOB_ARCHIVE_OLD_ROWS' "
                           "AND CAST(actual_start_date AS DATE) > sysdate - 5")
    assert ran == 5


def test_a_client_that_holds_the_file_delays_life_and_nobody_waits(db: Database) -> None:
    session = admin(db)
    session.execute("CREATE TABLE t (n NUMBER)")
    session.execute("INSERT INTO t VALUES (1)")
    db.clock.passed += DAY
    assert db.life.catch_up() is False
    session.commit()
    assert db.life.catch_up() is True
    assert ages(db)["level1"] < LIMITS["level1"]
