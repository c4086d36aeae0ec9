# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Views that no Oracle Database shows empty: their figures are plausible and agree with those of other views."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.integration
Rows = list[tuple[Any, ...]]
Ask = Callable[[str], Rows]


@pytest.fixture(scope="module", params=("HIS", "LIS", "PACS", "EMR"))
def ask(request: pytest.FixtureRequest, estate: Any) -> Iterator[Ask]:
    """A function that runs a query as admin on one database and gives all rows."""
    connection = estate.connect(request.param, "admin")

    def rows(sql: str) -> Rows:
        return list(connection.cursor().execute(sql).fetchall())

    yield rows
    connection.close()


@pytest.mark.parametrize("view", [
    "v$sga_dynamic_components", "v$sga_target_advice", "v$db_cache_advice", "v$shared_pool_advice",
    "v$pga_target_advice", "v$buffer_pool_statistics", "v$process_memory", "v$session_event", "v$session_wait_class",
    "v$sess_io", "v$sess_time_model", "v$event_histogram", "v$waitstat", "v$enqueue_statistics", "v$latch_children",
    "v$waitclassmetric_history", "v$sessmetric", "v$lock_type", "v$segstat_name", "v$filemetric", "v$file_histogram",
    "v$iostat_function", "v$servicemetric", "v$service_stats", "v$service_event", "v$sqlcommand", "v$archive_processes",
    "v$controlfile_record_section", "v$statistics_level", "v$rsrc_plan", "v$rsrc_consumer_group", "v$fixed_table",
    "v$result_cache_statistics", "v$px_process_sysstat", "v$sys_optimizer_env", "audit_actions", "table_privilege_map",
    "resource_cost", "dba_scheduler_windows", "dba_scheduler_job_classes", "dba_autotask_task", "dba_rsrc_plans",
    "dba_editions", "dba_procedures", "dba_hist_parameter", "dba_hist_pgastat", "dba_hist_filestatxs",
    "dba_hist_resource_limit", "dba_hist_active_sess_history", "dba_hist_latch", "dba_hist_undostat",
    "dba_hist_stat_name", "dba_hist_event_name", "dba_hist_iostat_function", "dba_hist_service_stat", "v$sort_usage",
])
def test_view_has_rows_without_negative_numbers(ask: Ask, view: str) -> None:
    """Rows, and no number below zero; V$SORT_USAGE is the old name of a view that may be empty."""
    found = ask(f"select * from {view} where rownum <= 400")
    assert found or view == "v$sort_usage"
    assert not [value for row in found for value in row if isinstance(value, (int, float)) and value < 0]


def test_buffer_cache_is_the_same_everywhere(ask: Ask) -> None:
    """Size of the buffer cache in four views; the advice says 1 where its factor is 1."""
    size = ask("select bytes from v$sgainfo where name = 'Buffer Cache Size'")[0][0]
    assert ask("select current_size from v$sga_dynamic_components where component = 'DEFAULT buffer cache'") \
        == [(size,)]
    assert ask("select current_size * 1048576 from v$buffer_pool") == [(size,)]
    assert ask("select size_for_estimate * 1048576, estd_physical_read_factor from v$db_cache_advice "
               "where size_factor = 1") == [(size, 1)]


def test_more_memory_never_means_more_reads(ask: Ask) -> None:
    """Advice falls with size, and hit percentages stay within 100."""
    for sql in ("select estd_physical_reads from v$db_cache_advice order by size_factor",
                "select estd_db_time from v$sga_target_advice order by sga_size_factor",
                "select estd_extra_bytes_rw from v$pga_target_advice order by pga_target_factor"):
        figures = [row[0] for row in ask(sql)]
        assert len(figures) >= 8
        assert figures == sorted(figures, reverse=True)
    assert ask("select count(*) from v$pga_target_advice where estd_pga_cache_hit_percentage not between 0 and 100") \
        == [(0,)]


def test_memory_of_processes_adds_up(ask: Ask) -> None:
    """Categories of V$PROCESS_MEMORY sum up to V$PROCESS, for each process."""
    assert ask("""select count(*) from v$process p join (select pid, sum(allocated) allocated from v$process_memory
                  group by pid) m on m.pid = p.pid where m.allocated <> p.pga_alloc_mem""") == [(0,)]


def test_functions_and_their_details_agree(ask: Ask) -> None:
    """V$IOSTAT_FUNCTION is the sum of its details (they are read a moment apart); DBWR writes, the cache reads."""
    assert ask("""select count(*) from v$iostat_function f join (select function_id, sum(small_read_reqs) reqs
                  from v$iostat_function_detail group by function_id) d on d.function_id = f.function_id
                  where abs(d.reqs - f.small_read_reqs) > 0.001 * f.small_read_reqs + 100""") == [(0,)]
    found = dict(ask("select function_name, small_read_reqs + small_write_reqs from v$iostat_function"))
    assert len(found) == 15
    assert found["Buffer Cache Reads"] > 0
    assert found["DBWR"] > 0


def test_services_share_the_work(ask: Ask) -> None:
    """Calls of all services are those of the instance, less what rounding takes."""
    calls = ask("select sum(value) from v$service_stats where stat_name = 'user calls'")[0][0]
    total = ask("select value from v$sysstat where name = 'user calls'")[0][0]
    assert 0.99 * total <= calls <= 1.01 * total
    assert ask("select count(*) from v$servicemetric where group_id = 10 and intsize_csec <> 500") == [(0,)]


def test_waits_of_sessions(ask: Ask) -> None:
    """Each user's session has waited for its client; classes sum up its events (they are read a moment apart)."""
    assert ask("""select count(*) from v$session s where type = 'USER' and not exists (select 1 from v$session_event e
                  where e.sid = s.sid and e.event = 'SQL*Net message from client')""") == [(0,)]
    assert ask("""select count(*) from v$session_wait_class c join (select sid, wait_class, sum(total_waits) waits
                  from v$session_event group by sid, wait_class) e on e.sid = c.sid and e.wait_class = c.wait_class
                  where abs(e.waits - c.total_waits) > 20""") == [(0,)]


def test_maintenance_windows(ask: Ask) -> None:
    """Seven windows, each opens within a week; weekends have 20 hours."""
    found = ask("""select window_name, extract(hour from duration), enabled from dba_scheduler_windows
                   where next_start_date between systimestamp and systimestamp + interval '7' day order by 1""")
    assert len(found) == 7
    assert {row[0]: row[1] for row in found}["SUNDAY_WINDOW"] == 20
    assert {row[2] for row in found} == {"TRUE"}
    assert ask("select number_of_windows from dba_scheduler_window_groups where window_group_name = "
               "'MAINTENANCE_WINDOW_GROUP'") == [(7,)]


def test_active_session_history(ask: Ask) -> None:
    """A sample is on CPU without an event or waits for one; statements and their commands are named."""
    assert ask("""select count(*) from v$active_session_history
                  where session_state = 'ON CPU' and event is not null
                     or session_state = 'WAITING' and event is null""") == [(0,)]
    states = dict(ask("select session_state, count(*) from dba_hist_active_sess_history group by session_state"))
    assert set(states) == {"ON CPU", "WAITING"}
    assert 0.4 < states["ON CPU"] / sum(states.values()) < 0.8
    assert ask("select count(*) from dba_hist_active_sess_history where sql_opcode = 3 and sql_opname <> 'SELECT'") \
        == [(0,)]


def test_history_grows(ask: Ask) -> None:
    """Counters of files and latches never fall from one snapshot to the next in the life of an instance."""
    for view, key, value in (("dba_hist_filestatxs", "file#", "phyrds"), ("dba_hist_latch", "latch_name", "gets"),
                             ("dba_hist_service_stat", "service_name || stat_name", "value")):
        assert ask(f"""select count(*) from (select {value} - lag({value}) over (partition by instance_number, {key}
                       order by snap_id) grown from {view}) where grown < 0""") == [(0,)]


def test_counters_are_zero_and_not_null(ask: Ask) -> None:
    """What the model has nothing for has not happened."""
    assert ask("""select count(*) from v$latch where sleeps + waiters_woken + waits_holding_latch is null""") == [(0,)]
    assert ask("""select count(*) from v$rowcache where scans + flushes + dlm_requests is null""") == [(0,)]
    assert ask("""select count(*) from v$sqlstats where px_servers_executions + physical_write_bytes is null
                  or force_matching_signature = 0""") == [(0,)]
    assert ask("""select count(*) from dba_hist_sqlstat where clwait_delta + iowait_delta + sorts_delta is null
                  or con_dbid is null""") == [(0,)]


def test_names_of_containers(ask: Ask) -> None:
    """CON$NAME and CDB$NAME of CDB_ views: NULL where the database is no container database; not in *."""
    cdb = ask("select cdb from v$database")[0][0] == "YES"
    found = set(ask("select t.con_id, t.con$name, cdb$name from cdb_tablespaces t"))
    assert found == ({(1, "CDB$ROOT", "EMR"), (3, "EMRPDB", "EMR")} if cdb else {(0, None, None)})
    assert {row[0] for row in ask("""select con$name from (select con$name, rownum n from cdb_tablespaces
            where rownum < 3 order by tablespace_name)""")} <= {row[1] for row in found}
    assert ask("select count(*) from dict_columns where table_name = 'CDB_TABLESPACES' and column_name = 'CON$NAME'") \
        == [(0,)]


def test_old_names_of_views(ask: Ask) -> None:
    """V$FLASH_RECOVERY_AREA_USAGE is V$RECOVERY_AREA_USAGE."""
    assert ask("select * from v$flash_recovery_area_usage") == ask("select * from v$recovery_area_usage")
