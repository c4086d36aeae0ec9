# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions: binds, transactions, array DML, RETURNING, cancel, threads, the cache, described columns."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from estate.api import Bind, OraError

from . import sample


def rows(session: Any, sql: str, *binds: Bind) -> list[tuple[Any, ...]]:
    return list(session.execute(sql, binds).rows)


def number(value: Any = None, name: str | None = None) -> Bind:
    return Bind(name, "NUMBER", value)


def text(value: Any = None, name: str | None = None) -> Bind:
    return Bind(name, "VARCHAR2", value)


def test_binds_by_place_name_and_repetition(session: Any) -> None:
    assert rows(session, "SELECT :1 + :2 FROM dual", number(1), number(2)) == [(3,)]
    assert rows(session, "SELECT :a || :b || :a FROM dual", text("x", "B"), text("y", "a")) == [("yxy",)]
    assert rows(session, "SELECT :a || :b || :a FROM dual", text("x"), text("y"), text("z")) == [("xyz",)]
    assert rows(session, "SELECT :a || :b || :a FROM dual", text("x"), text("y")) == [("xyx",)]
    assert rows(session, "SELECT ':x', q'[:y]' FROM dual -- :z") == [(":x", ":y")]


def test_binds_of_all_types_come_back(session: Any) -> None:
    moment = datetime(2024, 2, 29, 1, 2, 3)
    values = [("DATE", moment), ("TIMESTAMP", moment.replace(microsecond=500)), ("RAW", b"\x00\xff"),
              ("TIMESTAMP WITH TIME ZONE", sample.NOW), ("INTERVAL DAY TO SECOND", timedelta(days=-1, seconds=5)),
              ("INTERVAL YEAR TO MONTH", (1, 2)), ("NUMBER", 2**40), ("NUMBER", Decimal("1.25")), ("VARCHAR2", "医院")]
    for kind, value in values:
        assert rows(session, "SELECT :1 FROM dual", Bind(None, kind, value)) == [(value,)], kind


def test_an_empty_string_bind_is_null(session: Any) -> None:
    assert rows(session, "SELECT NVL(:1, 'null') FROM dual", text("")) == [("null",)]


@pytest.mark.parametrize(("count", "code"), [(1, 1008), (3, 1036)])
def test_wrong_number_of_binds(session: Any, count: int, code: int) -> None:
    with pytest.raises(OraError) as raised:
        session.execute("SELECT :a, :b FROM dual", [number(1)] * count)
    assert raised.value.code == code


def test_a_bind_is_no_table_and_has_a_name(session: Any) -> None:
    for sql, code in (("SELECT * FROM :a", 903), ("SELECT :, 1 FROM dual", 1745), ("SELECT :'a' FROM dual", 1745)):
        with pytest.raises(OraError) as raised:
            session.execute(sql, [text("DEPT")])
        assert raised.value.code == code, sql


def test_described_columns(session: Any) -> None:
    _, columns = session.describe("SELECT e.empno, ename, hiredate, sal * 2 x, COUNT(*) OVER () FROM emp e")
    assert [(one.name, one.type, one.precision, one.scale) for one in columns] == [
        ("EMPNO", "NUMBER", 4, 0),
        ("ENAME", "VARCHAR2", 0, -127),
        ("HIREDATE", "DATE", 0, -127),
        ("X", "NUMBER", 0, -127),
        ("COUNT(*)OVER()", "NUMBER", 0, -127),
    ]
    _, columns = session.describe("SELECT s.*, SYSTIMESTAMP, '' e, taken - taken d FROM samples s")
    assert [one.type for one in columns] == [
        "NUMBER", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "RAW", "CLOB", "NUMBER", "CHAR", "INTERVAL DAY TO SECOND",
        "TIMESTAMP WITH TIME ZONE", "CHAR", "INTERVAL DAY TO SECOND"]


def test_rounded_values_keep_their_type(session: Any) -> None:
    _, columns = session.describe("SELECT ROUND(1.5d), TRUNC(hiredate), ROUND(sal), TRUNC('5'), MOD(5d, 2) FROM emp")
    assert [one.type for one in columns] == ["BINARY_DOUBLE", "DATE", "NUMBER", "NUMBER", "BINARY_DOUBLE"]


def test_values_of_stored_types(session: Any) -> None:
    found = rows(session, "SELECT taken, rawid, note, ratio, span FROM samples ORDER BY id")
    assert found[0] == (datetime(2024, 1, 31, 10, 20, 30, 123456), b"\x01\xff", "first note", 0.1,
                        timedelta(days=1, hours=2, minutes=3, seconds=4.5))
    assert found[2] == (None, b"\x0a", "third", 123456789012, timedelta(seconds=-1))


def test_own_changes_are_seen_and_others_wait_for_commit(engine: Any, session: Any) -> None:
    other = engine.session(sample.context())
    session.execute("INSERT INTO dept VALUES (50, 'NEW', NULL)")
    assert session.in_transaction
    assert rows(session, "SELECT COUNT(*) FROM dept") == [(5,)]
    assert rows(other, "SELECT COUNT(*) FROM dept") == [(4,)]
    session.commit()
    assert not session.in_transaction
    assert rows(other, "SELECT COUNT(*) FROM dept") == [(5,)]


def test_rollback_and_close_undo(engine: Any) -> None:
    one = engine.session(sample.context())
    one.execute("DELETE FROM dept")
    one.close()
    assert rows(engine.session(sample.context()), "SELECT COUNT(*) FROM dept") == [(4,)]


def test_autocommit(engine: Any, session: Any) -> None:
    session.execute("DELETE FROM dept WHERE deptno = 40", autocommit=True)
    session.rollback()
    assert rows(session, "SELECT COUNT(*) FROM dept") == [(3,)]


def test_a_failed_statement_leaves_the_transaction(session: Any) -> None:
    session.execute("DELETE FROM dept WHERE deptno = 40")
    with pytest.raises(OraError) as raised:
        session.execute("UPDATE emp SET sal = sal / (empno - 7)")
    assert raised.value.code == 1476
    assert rows(session, "SELECT COUNT(*), (SELECT SUM(sal) FROM emp) FROM dept") == [(3, 24925)]


def test_array_dml_counts_each_row(session: Any) -> None:
    done = session.execute(
        "UPDATE emp SET comm = :1 WHERE deptno = :2", [number(), number()], [[1, 10], [2, 30], [3, 99]]
    )
    assert (done.rowcount, done.row_counts) == (9, [3, 6, 0])


def test_array_dml_collects_errors(session: Any) -> None:
    done = session.execute("INSERT INTO dept (deptno, dname) VALUES (:1, :2)", [number(), text()],
                           [[60, "A"], [61, "X" * 20], [1000, "B"], [62, "C"]], batch_errors=True)
    assert done.rowcount == 2
    assert [(index, error.code) for index, error in done.batch_errors] == [(1, 12899), (2, 1438)]


def test_array_dml_stops_at_the_first_error(session: Any) -> None:
    with pytest.raises(OraError):
        session.execute("INSERT INTO dept (deptno) VALUES (:1)", [number()], [[60], [1000], [61]])
    assert rows(session, "SELECT deptno FROM dept WHERE deptno >= 60") == [(60,)]
    session.rollback()
    assert rows(session, "SELECT COUNT(*) FROM dept") == [(4,)]


def test_returning_into(session: Any) -> None:
    done = session.execute("UPDATE emp SET sal = sal + 1 WHERE deptno = :d RETURNING ename, sal INTO :n, :s",
                           [number(10), text(), number()])
    names, salaries = done.out_binds[1][0], done.out_binds[2][0]
    assert sorted(zip(names, salaries, strict=True)) == [("WANG", 5001), ("YANG", 1301), ("ZHAO", 2451)]
    done = session.execute("INSERT INTO dept (deptno) VALUES (:1) RETURNING deptno * 2, ROWID INTO :2, :3",
                           [number(77), number(), text()])
    assert done.out_binds[1] == [[154]]
    assert done.out_binds[2] == [[done.last_rowid]]


def test_rowid_finds_its_row(session: Any) -> None:
    [(rowid,)] = rows(session, "SELECT ROWID FROM emp WHERE empno = 7")
    assert rows(session, "SELECT empno FROM emp WHERE ROWID = :1", text(rowid)) == [(7,)]


ENDLESS = "SELECT COUNT(*) FROM dual CONNECT BY LEVEL <= 1000000000"


def test_cancel_from_another_thread(session: Any) -> None:
    timer = threading.Timer(0.2, session.cancel)
    timer.start()
    start = time.monotonic()
    with pytest.raises(OraError) as raised:
        list(session.execute(ENDLESS).rows)
    assert raised.value.code == 1013
    assert time.monotonic() - start < 5
    assert rows(session, "SELECT 1 FROM dual") == [(1,)]


def test_cancel_of_a_block(session: Any) -> None:
    threading.Timer(0.1, session.cancel).start()
    with pytest.raises(OraError) as raised:
        session.execute("BEGIN LOOP NULL; END LOOP; END;")
    assert raised.value.code == 1013


def test_cancel_while_waiting_for_a_writer(engine: Any, session: Any) -> None:
    other = engine.session(sample.context())
    other.execute("DELETE FROM dept")
    threading.Timer(0.2, session.cancel).start()
    with pytest.raises(OraError) as raised:
        session.execute("DELETE FROM emp")
    assert raised.value.code == 1013
    other.rollback()
    session.execute("DELETE FROM emp WHERE empno = 1")


def test_functions_of_the_session_on_shared_connections(engine: Any) -> None:
    def who(index: int) -> bool:
        ctx = sample.context()
        ctx.user = f"U{index}"
        own = engine.session(ctx)
        return all(rows(own, "SELECT USER, COUNT(*) FROM emp GROUP BY USER") == [(f"U{index}", 12)] for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(who, range(24)))


def test_a_long_result_keeps_its_connection_to_itself(engine: Any, session: Any) -> None:
    first = session.execute("SELECT LEVEL FROM dual CONNECT BY LEVEL <= 3000").rows
    assert next(first) == (1,)
    assert rows(session, "SELECT COUNT(*) FROM emp") == [(12,)]
    assert sum(1 for _ in first) == 2999


def test_statements_are_compiled_once_until_invalidated(engine: Any, session: Any) -> None:
    sql = "SELECT COUNT(*) FROM emp"
    rows(session, sql)
    before = engine.compiled(session.ctx, sql, [])
    assert engine.compiled(session.ctx, sql, []) is before
    engine.invalidate()
    assert engine.compiled(session.ctx, sql, []) is not before


def test_the_clock_stands_still_in_a_statement_and_moves_between(engine: Any) -> None:
    ctx = sample.context()
    ticks = iter(range(100))
    ctx.clock = lambda: sample.NOW + timedelta(seconds=next(ticks))
    own = engine.session(ctx)
    [(first, second)] = rows(own, "SELECT MIN(SYSDATE), MAX(SYSDATE) FROM emp")
    assert first == second
    assert rows(own, "SELECT SYSDATE FROM dual")[0][0] > first


def test_session_formats(engine: Any) -> None:
    ctx = sample.context()
    ctx.nls.update(NLS_DATE_FORMAT="YYYY-MM-DD HH24:MI:SS", NLS_NUMERIC_CHARACTERS=",.", TIME_ZONE="UTC")
    own = engine.session(ctx)
    assert rows(own, "SELECT '' || SYSDATE, 1/4 || '', TO_NUMBER('2,5'), CURRENT_DATE FROM dual") == [
        ("2024-03-15 14:30:45", ",25", 2.5, datetime(2024, 3, 15, 6, 30, 45))]
    assert rows(own, "SELECT COUNT(*) FROM emp WHERE hiredate = '2001-12-03 00:00:00'") == [(2,)]


def test_tables_of_another_schema_are_hidden(engine: Any, session: Any) -> None:
    session.execute("CREATE TABLE secret (a NUMBER)")
    other = engine.session(sample.context(user="OTHER"))
    with pytest.raises(OraError) as raised:
        other.execute("SELECT * FROM hr.secret")
    assert raised.value.code == 942


def test_user_objects_outlive_the_engine(engine: Any, session: Any) -> None:
    session.execute("CREATE TABLE kept (a NUMBER DEFAULT 3 NOT NULL, b VARCHAR2(5))")
    session.execute("INSERT INTO kept (b) VALUES ('x')")
    session.commit()
    again = type(engine)(engine.path, sample.SampleCatalog())
    assert rows(again.session(sample.context()), "SELECT a, b FROM kept") == [(3, "x")]
    again.close()


def test_a_window_without_rows_does_not_crash(session: Any) -> None:
    assert rows(session, "SELECT SUM(sal) OVER (ORDER BY empno ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING) FROM emp "
                         "WHERE empno < 4 ORDER BY empno") == [(None,), (None,), (5000,)]


def test_sql_text_in_data_stays_data(session: Any) -> None:
    session.execute("INSERT INTO dept (deptno, dname) VALUES (90, :1)", [text("'; DROP --")])
    assert rows(session, "SELECT dname FROM dept WHERE dname = :1", text("'; DROP --")) == [("'; DROP --",)]
