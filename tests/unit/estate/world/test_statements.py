# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Statements of clients are in the shared pool under Oracle's SQL_ID."""

from __future__ import annotations

import pytest

from estate.api import Bind
from estate.world import statements
from estate.world.database import Database
from estate.world.seed.base import sql_id
from tests.support.databases import admin, rows, value


def test_sql_id_is_oracles() -> None:
    """As published for an Oracle database: SQL_ID and HASH_VALUE of this very text."""
    assert sql_id("select * from dual") == ("a5ks9fhw2v9s1", 942515969)


@pytest.mark.parametrize("view", ["v$sql", "v$sqlarea", "v$sqlstats", "gv$sql"])
def test_a_statement_is_counted(lis: Database, view: str) -> None:
    session = admin(lis)
    for _ in range(3):
        rows(session, "select * from dual")
    found = rows(session, f"SELECT executions, sql_text FROM {view} WHERE sql_id = 'a5ks9fhw2v9s1'")
    assert found == [(3, "select * from dual")]


def test_columns_of_v_sql(lis: Database) -> None:
    session = admin(lis)
    session.execute("CREATE TABLE t (n NUMBER)")
    session.execute("INSERT INTO t VALUES (:1)", [Bind(None, "NUMBER", 7)])
    identifier, number = sql_id("INSERT INTO t VALUES (:1)")
    assert rows(session, "SELECT hash_value, command_type, rows_processed, executions, parsing_schema_name, module, "
                         f"object_status FROM v$sql WHERE sql_id = '{identifier}'") == [
        (number, 2, 1, 1, session.ctx.user, "pytest", "VALID")]
    assert value(session, f"SELECT elapsed_time FROM v$sql WHERE sql_id = '{identifier}'") > 0
    assert value(session, "SELECT COUNT(*) FROM v$sql WHERE sql_text LIKE 'CREATE TABLE%'") == 0


def test_the_pool_is_bounded(lis: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "KEPT", 20)
    session = admin(lis)
    for number in range(60):
        rows(session, f"SELECT {number} FROM dual /* many */")
    assert value(session, "SELECT COUNT(*) FROM v$sql WHERE sql_text LIKE '%/* many */'") <= 20
    assert value(session, "SELECT COUNT(*) FROM v$sql WHERE sql_text = 'SELECT 59 FROM dual /* many */'") == 1
