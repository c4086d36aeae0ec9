# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements in the manner of public monitoring tools run, and their figures agree with those of other views."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

pytestmark = pytest.mark.integration
NAMES = ("HIS", "LIS", "PACS", "EMR")


@pytest.fixture(scope="module", params=NAMES)
def ask(request: pytest.FixtureRequest, estate: Any) -> Any:
    """A function that runs a query as admin on one database and gives all rows."""
    connection = estate.connect(request.param, "admin")

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return list(connection.cursor().execute(sql).fetchall())

    rows.name = request.param  # type: ignore[attr-defined]
    yield rows
    connection.close()


def test_metrics_of_many_views_in_one_union(ask: Any) -> None:
    """One statement that unites counters, parameters, memory and counts: each figure is that of its view."""
    found = dict(ask("""
        select 'metric::' || metric_name as metric, round(value, 3) as value from v$sysmetric where group_id = 2
        union select 'parameter::' || initcap(name), to_number(value) from v$system_parameter
               where name in ('processes', 'db_files')
        union select 'session::blocked share', (blocked.n / total.n) * 100
                from (select count(*) n from v$session where blocking_session is not null) blocked,
                     (select count(*) n from v$session) total
        union select 'sga::' || initcap(pool), sum(bytes) from v$sgastat where pool = 'large pool' group by pool
        union select 'fra::usable', decode(space_limit, 0, 0,
                     100 - 100 * (space_used - space_reclaimable) / space_limit) from v$recovery_file_dest
        union select 'redo::spare', count(*) from v$log l where l.status in ('INACTIVE', 'UNUSED')
        union select 'user::days', round(decode(sign(nvl(u.expiry_date, sysdate + 999) - sysdate), -1, 0,
                     nvl(u.expiry_date, sysdate + 999) - sysdate)) from dba_users u where username = 'SYSTEM'"""))
    assert found["parameter::Processes"] == int(ask("select value from v$parameter where name = 'processes'")[0][0])
    assert found["session::blocked share"] == 0
    assert found["sga::Large Pool"] == ask("select sum(bytes) from v$sgastat where pool = 'large pool'")[0][0]
    assert 0 < found["metric::Host CPU Utilization (%)"] < 70
    assert 80 < found["metric::Buffer Cache Hit Ratio"] <= 100
    assert 20 < found["fra::usable"] <= 100
    assert found["redo::spare"] >= 1
    assert 0 <= found["user::days"] <= 1000


def test_tablespaces_with_outer_joins_and_inline_views(ask: Any) -> None:
    """Files, free space by (+), temp by a correlated scalar subquery: the sums are those of the files."""
    rows = ask("""
        select df.tablespace_name, nvl(sum(df.bytes), 0), sum(df.bytes) - sum(f.free),
               round(decode(sum(df.bytes), 0, 0, (sum(df.bytes) - sum(f.free)) / sum(df.bytes) * 100), 2),
               decode(df.status, 'ONLINE', 1, 'OFFLINE', 2, 'READ ONLY', 3, 0)
          from (select d.file_id, t.status, d.tablespace_name, trunc(d.bytes) bytes
                  from dba_data_files d, dba_tablespaces t where d.tablespace_name = t.tablespace_name) df,
               (select trunc(sum(bytes)) free, file_id from dba_free_space group by file_id) f
         where df.file_id = f.file_id (+)
         group by df.tablespace_name, df.status
        union all
        select y.name, sum(y.bytes), sum(y.bytes) - sum(y.free_bytes), 0, 1
          from (select t.tablespace_name name, t.bytes,
                       (select (b.blocks - s.used) * p.value
                          from (select tablespace_name, sum(used_blocks) used from gv$sort_segment
                                 group by tablespace_name) s,
                               (select tablespace_name, sum(blocks) blocks from dba_temp_files
                                 group by tablespace_name) b,
                               (select value from v$parameter where name = 'db_block_size') p
                         where b.tablespace_name = s.tablespace_name
                           and b.tablespace_name = t.tablespace_name) free_bytes
                  from sys.dba_temp_files t) y
         group by y.name""")
    sizes = dict(ask("select tablespace_name, sum(bytes) from dba_data_files group by tablespace_name"))
    temp = dict(ask("select tablespace_name, sum(bytes) from dba_temp_files group by tablespace_name"))
    assert {row[0]: row[1] for row in rows} == {**sizes, **temp}
    used = {row[0]: row[2] for row in rows if row[0] in sizes}
    metrics = dict(ask("""select m.tablespace_name, m.used_space * t.block_size from dba_tablespace_usage_metrics m
                           join dba_tablespaces t on t.tablespace_name = m.tablespace_name"""))
    for name in ("SYSTEM", "SYSAUX"):
        assert used[name] == pytest.approx(metrics[name], rel=0.01)
    assert all(row[4] == 1 and 0 <= row[3] < 80 for row in rows)


def test_sessions_and_resources_by_instance(ask: Any) -> None:
    """Grouped GV$ counts agree with V$RESOURCE_LIMIT on each instance."""
    rows = ask("select inst_id, status, type, count(*) as value from gv$session group by inst_id, status, type")
    processes = dict(ask("select inst_id, count(*) from gv$process group by inst_id"))
    limits = {(row[0], row[1]): row[2:] for row in ask("""
        select inst_id, resource_name, current_utilization,
               case when trim(limit_value) like 'UNLIMITED' then '-1' else trim(limit_value) end
          from gv$resource_limit group by inst_id, resource_name, current_utilization, limit_value""")}
    instances = {1, 2} if ask.name == "HIS" else {1}
    assert {row[0] for row in rows} == set(processes) == instances
    for instance in instances:
        assert sum(row[3] for row in rows if row[0] == instance) > 50
        assert limits[instance, "processes"][0] == pytest.approx(processes[instance], abs=5)
        assert int(limits[instance, "processes"][1]) >= 300


def test_top_statements_by_an_ordered_inline_view(ask: Any) -> None:
    """ROWNUM over an ordered inline view: the most expensive first, texts cut in bytes."""
    rows = ask("""select * from (select sql_id, elapsed_time / 1000000 as elapsed,
                                        substrb(replace(sql_text, '', ' '), 1, 55)
                                   from v$sqlstats order by elapsed_time desc) where rownum <= 15""")
    seconds = [row[1] for row in rows]
    assert len(rows) == 15 and seconds == sorted(seconds, reverse=True)
    assert all(len(row[0]) == 13 and 0 < len(row[2].encode()) <= 55 for row in rows)
    assert seconds[0] == pytest.approx(float(ask("select max(elapsed_time) / 1e6 from v$sqlstats")[0][0]))


def test_wait_classes_and_context(ask: Any) -> None:
    """Grouping by an expression, a counter in seconds, SYS_CONTEXT for the container."""
    rows = ask("""select inst_id, wait_class, round(time_waited / 100, 3) seconds, con_id from gv$system_wait_class
                   where wait_class <> 'Idle' group by inst_id, wait_class, con_id, round(time_waited / 100, 3)""")
    classes = {row[1] for row in rows if row[0] == 1}
    assert {"User I/O", "System I/O", "Commit", "Concurrency"} <= classes and "Idle" not in classes
    assert all(row[2] >= 0 for row in rows)
    container = ask("select sys_context('USERENV', 'CON_ID') from dual")[0][0]
    assert container == ("1" if ask.name == "EMR" else "0")


def test_state_by_decode(ask: Any) -> None:
    """States as numbers, uptime in seconds from date arithmetic."""
    name, uptime, status, archiver = ask("""
        select instance_name, floor((sysdate - startup_time) * 60 * 60 * 24),
               decode(status, 'STARTED', 1, 'MOUNTED', 2, 'OPEN', 3, 0),
               decode(archiver, 'STOPPED', 1, 'STARTED', 2, 'FAILED', 3, 0) from v$instance""")[0]
    assert name.startswith(ask.name) and (status, archiver) == (3, 2)
    days = ask("select round(sysdate - startup_time, 3) from v$instance")[0][0]
    assert Decimal(uptime) / 86400 == pytest.approx(Decimal(str(days)), abs=Decimal("0.01"))
    modes = ask("select decode(log_mode, 'ARCHIVELOG', 1, 0), decode(open_mode, 'READ WRITE', 3, 0) from v$database")
    assert modes == [(1, 3)]
