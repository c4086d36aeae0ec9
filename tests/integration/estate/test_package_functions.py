# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Functions of supplied packages that queries call: plans as text, statements from the dictionary, preferences."""

from __future__ import annotations

from typing import Any

import oracledb
import pytest

from .conftest import Run

pytestmark = pytest.mark.integration


def test_plan_of_a_cursor(lis: Run) -> None:
    """The lines name the statement, its plan and each step of V$SQL_PLAN in order."""
    sql_id, plan = lis("select sql_id, plan_hash_value from v$sql_plan order by 1 fetch first 1 row only")[0]
    lines = [row[0] for row in lis("select plan_table_output from table(dbms_xplan.display_cursor(:1, 0, 'TYPICAL'))",
                                   **{"1": sql_id})]
    assert lines[0] == f"SQL_ID  {sql_id}, child number 0"
    assert f"Plan hash value: {plan}" in lines
    steps = lis("select id, operation from v$sql_plan where sql_id = :1 order by id", **{"1": sql_id})
    shown = [line for line in lines if line and line.startswith("|") and line.split("|")[1].strip().isdigit()]
    assert [int(line.split("|")[1]) for line in shown] == [step[0] for step in steps]
    assert all(step[1] in line for step, line in zip(steps, shown, strict=True))


def test_plan_that_is_not_there(lis: Run) -> None:
    assert lis("select * from table(dbms_xplan.display_cursor('0000000000000', 0))")[0] \
        == ("SQL_ID: 0000000000000, child number: 0 cannot be found",)
    assert lis("select * from table(dbms_xplan.display_awr('0000000000000'))") == []


def test_plans_of_statements_to_the_left(lis: Run) -> None:
    """TABLE() takes a column of the item before it."""
    found = lis("""select q.sql_id, count(*) from (select distinct sql_id from v$sql_plan where rownum <= 6) q,
                   table(dbms_xplan.display_awr(q.sql_id)) t where t.plan_table_output like 'SQL_ID%'
                   group by q.sql_id""")
    assert found
    assert {row[1] for row in found} == {1}


def test_statement_of_a_tablespace(lis: Run) -> None:
    text = lis("select dbms_lob.substr(dbms_metadata.get_ddl('TABLESPACE', 'SYSTEM'), 4000, 1) from dual")[0][0]
    name, size = lis("select file_name, bytes from dba_data_files where tablespace_name = 'SYSTEM'")[0]
    assert 'CREATE TABLESPACE "SYSTEM" DATAFILE' in text
    assert f"'{name}' SIZE {size}" in text
    assert "SEGMENT SPACE MANAGEMENT MANUAL" in text


def test_statement_of_nothing_and_of_what_is_not_modelled(lis: Run) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-31603"):
        lis("select dbms_metadata.get_ddl('ROLE', 'NO_SUCH_ROLE') from dual")
    with pytest.raises(oracledb.DatabaseError, match=r"ORA-03001.*DBMS_METADATA.GET_DDL of CLUSTER"):
        lis("select dbms_metadata.get_ddl('CLUSTER', 'X') from dual")


def test_preferences_of_statistics(lis: Run) -> None:
    assert lis("select dbms_stats.get_prefs('STALE_PERCENT'), dbms_stats.get_prefs('PUBLISH') from dual") \
        == [("10", "TRUE")]
    with pytest.raises(oracledb.DatabaseError, match="ORA-20001"):
        lis("select dbms_stats.get_prefs('NO_SUCH') from dual")


def test_who_may_not_read_plans(changed: Any) -> None:
    """A user without the catalogue sees neither plans nor statements."""
    with changed.connect("LIS", "admin") as connection:
        connection.cursor().execute("create user plain_reader identified by \"Plain_1234\"")
        connection.cursor().execute("grant create session to plain_reader")
        status = next(item for item in changed.status()["databases"] if item["name"] == "LIS")
        with oracledb.connect(user="plain_reader", password="Plain_1234", host=status["host"],
                              port=status["port"], service_name=status["service_name"]) as plain:
            rows = plain.cursor().execute("select * from table(dbms_xplan.display_cursor('x'))").fetchall()
            assert rows[0] == ("User has no SELECT privilege on V$SQL_PLAN",)
            with pytest.raises(oracledb.DatabaseError, match="ORA-31603"):
                plain.cursor().execute("select dbms_metadata.get_ddl('ROLE', 'DBA') from dual").fetchall()
        connection.cursor().execute("drop user plain_reader cascade")


def test_functions_without_parentheses(lis: Run) -> None:
    """A function of a package without arguments is called by its bare name too."""
    assert lis("select dbms_result_cache.status, dbms_result_cache.status() from dual") == [("ENABLED", "ENABLED")]
