# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures that must agree: what a DBA would add up by hand, on every database of the healthy scenario."""

from __future__ import annotations

import pytest

from estate.world.database import Database
from tests.support.databases import admin, rows, value

NAMES = ("HIS", "LIS", "PACS", "EMR")
MB = 1 << 20


@pytest.fixture(params=NAMES)
def db(request: pytest.FixtureRequest, databases: dict[str, Database]) -> Database:
    found: Database = databases[request.param]
    return found


def test_files_are_free_space_and_segments(db: Database) -> None:
    for con_id, name, files, user in rows(admin(db),
                                          "SELECT con_id, tablespace_name, COUNT(*), SUM(user_bytes) FROM "
                                          "cdb_data_files GROUP BY con_id, tablespace_name"):
        where = f"con_id = {con_id} AND tablespace_name = '{name}'"
        total = value(admin(db), f"SELECT SUM(bytes) FROM cdb_data_files WHERE {where}")
        free = value(admin(db), f"SELECT NVL(SUM(bytes), 0) FROM cdb_free_space WHERE {where}")
        used = value(admin(db), f"SELECT NVL(SUM(bytes), 0) FROM cdb_segments WHERE {where}")
        assert free + used == user == total - files * MB, name


def test_extents_are_the_segments(db: Database) -> None:
    session = admin(db)
    assert value(session, "SELECT SUM(bytes) FROM cdb_extents") == value(session, "SELECT SUM(bytes) FROM cdb_segments")
    assert value(session, "SELECT COUNT(*) FROM cdb_extents") == value(session, "SELECT SUM(extents) FROM cdb_segments")


def test_usage_metrics_are_against_what_files_may_grow_to(db: Database) -> None:
    for used, size, percent, limit in rows(admin(db), """
            SELECT m.used_space, m.tablespace_size, m.used_percent, f.limit FROM cdb_tablespace_usage_metrics m JOIN
            (SELECT con_id, tablespace_name, SUM(GREATEST(blocks, maxblocks)) limit FROM cdb_data_files
             GROUP BY con_id, tablespace_name) f
            ON f.con_id = m.con_id AND f.tablespace_name = m.tablespace_name"""):
        assert size == limit and abs(percent - 100 * used / size) < 0.001


def test_control_file_and_dictionary_know_the_same_files(db: Database) -> None:
    session = admin(db)
    assert rows(session,
                "SELECT file#, name, bytes FROM v$datafile MINUS SELECT file_id, file_name, bytes FROM "
                "cdb_data_files") == []
    assert value(session, "SELECT COUNT(*) FROM v$datafile") == value(session,
                                                                      "SELECT COUNT(*) FROM v$datafile_header WHERE "
                                                                      "error IS NULL")


def test_sessions_have_processes_and_are_counted(db: Database) -> None:
    session = admin(db)
    assert rows(session,
                "SELECT COUNT(*) FROM gv$session s WHERE NOT EXISTS (SELECT 1 FROM gv$process p WHERE p.inst_id = "
                "s.inst_id AND p.addr = s.paddr)") == [(0,)]
    for number in db.instances:
        counted = value(session,
                        f"SELECT current_utilization FROM gv$resource_limit WHERE resource_name = 'sessions' AND "
                        f"inst_id = {number}")
        assert counted == value(session, f"SELECT COUNT(*) FROM gv$session WHERE inst_id = {number}")
        allocated = value(session,
                          f"SELECT value FROM gv$pgastat WHERE name = 'total PGA allocated' AND inst_id = {number}")
        assert allocated == value(session, f"SELECT SUM(pga_alloc_mem) FROM gv$process WHERE inst_id = {number}")
    assert rows(session,
                "SELECT COUNT(*) FROM (SELECT inst_id, pid FROM gv$process GROUP BY inst_id, pid HAVING "
                "COUNT(*) > 1)") == [(0,)]


def test_backup_pieces_sets_jobs(db: Database) -> None:
    session = admin(db)
    orphan = ("SELECT COUNT(*) FROM {child} c WHERE NOT EXISTS (SELECT 1 FROM v$backup_set s WHERE "
              "s.set_stamp = c.set_stamp AND s.set_count = c.set_count)")
    for child in ("v$backup_piece", "v$backup_datafile", "v$backup_redolog", "v$backup_spfile"):
        assert value(session, orphan.format(child=child)) == 0, child
    assert value(session,
                 "SELECT COUNT(*) FROM v$backup_piece p WHERE NOT EXISTS (SELECT 1 FROM v$rman_status r WHERE r.recid "
                 "= p.rman_status_recid)") == 0
    written = value(session, "SELECT SUM(bytes) FROM v$backup_piece")
    assert written == value(session, "SELECT SUM(output_bytes) FROM v$rman_backup_job_details")
    assert value(session, "SELECT COUNT(*) FROM v$rman_backup_job_details WHERE status <> 'COMPLETED'") == 0


def test_every_file_has_its_backups(db: Database) -> None:
    late = rows(admin(db), """
        SELECT f.file# FROM v$datafile f LEFT JOIN v$backup_datafile b ON b.file# = f.file# GROUP BY f.file#
        HAVING NVL(MAX(CASE b.incremental_level WHEN 0 THEN b.completion_time END), DATE '2000-01-01') < SYSDATE - 7
            OR NVL(MAX(b.completion_time), DATE '2000-01-01') < SYSDATE - 1""")
    assert late == []


def test_archived_logs_follow_each_other(db: Database) -> None:
    session = admin(db)
    assert rows(session, """
        SELECT COUNT(*) FROM (SELECT sequence# - LAG(sequence#) OVER (PARTITION BY thread# ORDER BY sequence#) step,
        first_change# - LAG(next_change#) OVER (PARTITION BY thread# ORDER BY sequence#) gap FROM v$archived_log)
        WHERE step <> 1 OR gap <> 0""") == [(0,)]
    assert rows(session, """
        SELECT COUNT(*) FROM v$log c WHERE c.status = 'CURRENT' AND c.sequence# <>
        (SELECT MAX(a.sequence#) + 1 FROM v$archived_log a WHERE a.thread# = c.thread#)""") == [(0,)]
    assert value(session, "SELECT SYSDATE - MIN(first_time) FROM v$archived_log") > 30
    assert value(session, "SELECT MIN(members) FROM v$log") == 2


def test_recovery_area_adds_up(db: Database) -> None:
    session = admin(db)
    used, limit, files = rows(session, "SELECT space_used, space_limit, number_of_files FROM v$recovery_file_dest")[0]
    percent, counted = rows(session,
                            "SELECT SUM(percent_space_used), SUM(number_of_files) FROM v$recovery_area_usage")[0]
    assert abs(percent - 100 * used / limit) < 0.1 and counted == files


def test_disk_groups_hold_the_files(databases: dict[str, Database]) -> None:
    session = admin(databases["HIS"])
    held = sum(value(session, f"SELECT SUM(bytes) FROM {view} WHERE file_name LIKE '+DATA/%'")
               for view in ("dba_data_files", "dba_temp_files"))
    total, free = rows(session, "SELECT total_mb, free_mb FROM v$asm_diskgroup WHERE name = 'DATA'")[0]
    assert total - free > 2 * held / MB, "NORMAL redundancy keeps two copies"
    assert total == value(session,
                          "SELECT SUM(d.total_mb) FROM v$asm_disk d JOIN v$asm_diskgroup g ON g.group_number = "
                          "d.group_number WHERE g.name = 'DATA'")


def test_role_grants_are_of_roles_to_somebody(db: Database) -> None:
    session = admin(db)
    assert rows(session, "SELECT DISTINCT granted_role FROM cdb_role_privs MINUS SELECT role FROM cdb_roles") == []
    known = "SELECT username FROM cdb_users UNION SELECT role FROM cdb_roles UNION SELECT 'PUBLIC' FROM dual"
    for view in ("cdb_role_privs", "cdb_sys_privs", "cdb_tab_privs"):
        assert rows(session, f"SELECT DISTINCT grantee FROM {view} MINUS ({known})") == [], view


def test_indexes_have_tables_and_segments(db: Database) -> None:
    session = admin(db)
    assert rows(session,
                "SELECT owner, table_name FROM cdb_indexes MINUS SELECT owner, table_name FROM cdb_tables") == []
    assert rows(session,
                "SELECT owner, index_name FROM cdb_indexes MINUS SELECT owner, segment_name FROM cdb_segments") == []
    assert rows(session,
                "SELECT owner, table_name FROM cdb_tables MINUS SELECT owner, object_name FROM cdb_objects WHERE "
                "object_type = 'TABLE'") == []


def test_redo_files_and_undo(db: Database) -> None:
    session = admin(db)
    assert value(session, "SELECT COUNT(*) FROM v$logfile") == value(session, "SELECT SUM(members) FROM v$log")
    undo = value(session, "SELECT SUM(bytes) FROM cdb_undo_extents")
    assert undo == value(session, "SELECT SUM(bytes) FROM cdb_segments WHERE segment_type = 'TYPE2 UNDO'")
