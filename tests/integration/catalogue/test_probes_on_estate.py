# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every statement of the catalogue, run on four databases as the least-privilege inspector over TCP.

What a probe says is compared with what the administrator sees in other views, so that a wrong join or unit shows.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import collect
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from tests.integration.conftest import EstateUnderTest

pytestmark = pytest.mark.integration
DATABASES = ("HIS", "LIS", "PACS", "EMR")
PROBES = load_catalogue().probes_of("daily")
# Nothing of the kind is in a healthy estate, so no row is right.
MAY_BE_EMPTY = {
    "active_sessions", "alert_log", "backup_pieces", "blocking_sessions", "corrupt_blocks", "default_passwords",
    "failed_logins", "in_doubt_transactions", "invalid_objects", "open_cursors", "role_grants", "scheduler_failures",
    "session_waits", "standby_destinations", "system_privileges", "transactions", "asm_diskgroups", "backup_jobs",
    "accounts", "encryption_wallet", "sequences",
}
KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "timestamp": (str,), "boolean": (bool,),
}


@functools.cache
def snapshot(estate: EstateUnderTest, name: str) -> dict[str, Any]:
    """One database as collected; read once for all tests."""
    return collect(name, normalise_login(estate.logins()[name]), PROBES)


def rows(estate: EstateUnderTest, name: str, probe: str) -> list[dict[str, Any]]:
    result = snapshot(estate, name)["probes"][probe]
    assert result["status"] == "ok", result["error"]
    return list(result["rows"])


@pytest.mark.parametrize("name", DATABASES)
def test_every_statement_runs_as_the_inspector(estate: EstateUnderTest, name: str) -> None:
    seen = snapshot(estate, name)
    errors = {key: result["error"] for key, result in seen["probes"].items() if result["status"] == "error"}
    assert errors == {}, "a relation that is new is granted by estate/scenarios/inspector_grants.yml"
    assert seen["status"] == "ok"
    skipped = {key for key, result in seen["probes"].items() if result["status"] == "skipped"}
    assert skipped == (set() if name == "EMR" else {"containers"})
    assert not [key for key, result in seen["probes"].items() if result["truncated"]]


@pytest.mark.parametrize("name", DATABASES)
def test_probes_give_rows_of_the_declared_kinds(estate: EstateUnderTest, name: str) -> None:
    for probe in PROBES:
        result = snapshot(estate, name)["probes"][probe["id"]]
        if result["status"] == "skipped":
            continue
        assert result["rows"] or probe["id"] in MAY_BE_EMPTY, probe["id"]
        for row in result["rows"]:
            assert list(row) == list(probe["columns"]), probe["id"]
            for key, column in probe["columns"].items():
                assert row[key] is None or isinstance(row[key], KINDS[column["type"]]), (probe["id"], key, row[key])


@pytest.mark.parametrize("name", DATABASES)
def test_one_session_a_database_and_no_more_than_sixty_statements(estate: EstateUnderTest, name: str) -> None:
    collected = snapshot(estate, name)["collected"]
    assert collected["sessions"] == (2 if name == "HIS" else 1)
    assert collected["statements"] <= 65


@pytest.mark.parametrize("name", DATABASES)
def test_free_space_of_tablespaces_is_that_of_files_and_segments(estate: EstateUnderTest, name: str) -> None:
    used = dict(estate.query(name, "select tablespace_name, sum(bytes) from dba_segments group by tablespace_name"))
    most = dict(estate.query(name, """
        select tablespace_name, sum(case autoextensible when 'YES' then greatest(maxbytes, bytes) else bytes end)
          from dba_data_files group by tablespace_name"""))
    root = [row for row in rows(estate, name, "tablespace_usage") if row["con_name"] in (None, "CDB$ROOT")]
    judged = [row for row in root if row["contents"] == "PERMANENT"]
    assert len(judged) >= 3
    for row in judged:
        space = most[row["tablespace"]]
        free = 100 * (space - used.get(row["tablespace"], 0)) / space
        assert row["free_pct"] == pytest.approx(free, abs=1.0), row
        assert row["max_mb"] == pytest.approx(space / 1048576, abs=1)


@pytest.mark.parametrize("name", DATABASES)
def test_processes_and_sessions_are_those_that_exist(estate: EstateUnderTest, name: str) -> None:
    counted = dict(estate.query(name, """
        select i.instance_name, (select count(*) from gv$process p where p.inst_id = i.inst_id) from gv$instance i"""))
    limits = [row for row in rows(estate, name, "resource_limits") if row["resource_name"] == "processes"]
    seen = {row["instance_name"]: row for row in limits}
    assert set(seen) == set(counted)
    for instance, count in counted.items():
        # Sessions come and go between the two readings.
        assert seen[instance]["current_use"] == pytest.approx(count, abs=12)
        share = 100 * seen[instance]["current_use"] / seen[instance]["limit_value"]
        assert seen[instance]["used_pct"] == pytest.approx(share, abs=0.1)
    total = estate.query(name, "select count(*) from gv$session where type = 'USER' and username is not null")[0][0]
    assert sum(row["sessions"] for row in rows(estate, name, "session_counts")) == pytest.approx(total, abs=12)


@pytest.mark.parametrize("name", DATABASES)
def test_every_data_file_is_judged_by_its_backups(estate: EstateUnderTest, name: str) -> None:
    files = {number for (number,) in estate.query(name, "select file# from v$datafile where con_id <> 2")}
    levels = rows(estate, name, "backup_levels")
    assert {row["file_no"] for row in levels} == files
    assert {row["file_no"] for row in rows(estate, name, "datafiles")} == files
    for row in levels:
        assert row["backed_up"] == "YES"
        assert 0 <= row["incremental_age_days"] <= row["full_age_days"] < 7


def test_both_nodes_of_the_cluster_are_read(estate: EstateUnderTest) -> None:
    seen = snapshot(estate, "HIS")["probes"]
    for probe in ("alert_log_span", "database_time"):
        assert seen[probe]["instances_read"] == ["HIS1", "HIS2"]
        assert [row["instance_name"] for row in seen[probe]["rows"]] == ["HIS1", "HIS2"]
    for probe in ("instance_state", "pga_usage", "dead_processes"):
        assert sorted(row["instance_name"] for row in seen[probe]["rows"]) == ["HIS1", "HIS2"]
    assert {row["thread_no"] for row in seen["redo_logs"]["rows"]} == {1, 2}


def test_the_pluggable_database_is_read_from_the_root(estate: EstateUnderTest) -> None:
    for probe in ("tablespace_usage", "temp_usage", "undo_usage", "datafiles", "backup_levels", "components"):
        assert {row["con_name"] for row in rows(estate, "EMR", probe)} == {"CDB$ROOT", "EMRPDB"}, probe
    assert [row["con_name"] for row in rows(estate, "EMR", "containers")] == ["EMRPDB"]
