# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Anonymous PL/SQL blocks."""

from __future__ import annotations

from typing import Any

import pytest

from estate.api import Bind, OraError


def output(session: Any, block: str, *binds: Bind) -> list[str]:
    session.output.enabled = True
    session.output.lines.clear()
    session.execute(block, binds)
    return list(session.output.lines)


CASES = {
    "variables and loops": ("DECLARE n NUMBER := 5; BEGIN FOR i IN 1..3 LOOP n := n + i; END LOOP; "
                            "DBMS_OUTPUT.PUT_LINE('n=' || n); END;", ["n=11"]),
    "reverse loop, EXIT WHEN, CONTINUE": ("BEGIN FOR i IN REVERSE 1..5 LOOP CONTINUE WHEN i = 4; EXIT WHEN i = 2; "
                                          "DBMS_OUTPUT.PUT_LINE(i); END LOOP; END;", ["5", "3"]),
    "while and booleans": ("DECLARE b BOOLEAN := TRUE; i NUMBER := 0; BEGIN WHILE b AND i < 9 LOOP i := i + 1; b := NOT (i = 3); "
                           "END LOOP; DBMS_OUTPUT.PUT_LINE(i); END;", ["3"]),
    "CASE and IF": ("DECLARE v VARCHAR2(9) := 'b'; BEGIN CASE v WHEN 'a' THEN NULL; WHEN 'b' THEN DBMS_OUTPUT.PUT_LINE('B'); "
                    "END CASE; IF v IS NULL THEN NULL; ELSIF v LIKE 'b%' THEN DBMS_OUTPUT.PUT_LINE('like'); END IF; END;",
                    ["B", "like"]),
    "cursor FOR loop": ("BEGIN FOR r IN (SELECT ename, sal FROM emp WHERE deptno = 10 ORDER BY sal) LOOP "
                        "DBMS_OUTPUT.PUT_LINE(r.ename || ':' || r.sal); END LOOP; END;", ["YANG:1300", "ZHAO:2450", "WANG:5000"]),
    "explicit cursor": ("DECLARE CURSOR c(d NUMBER) IS SELECT ename FROM emp WHERE deptno = d ORDER BY 1; r c%ROWTYPE; BEGIN "
                        "OPEN c(20); LOOP FETCH c INTO r; EXIT WHEN c%NOTFOUND; DBMS_OUTPUT.PUT_LINE(c%ROWCOUNT || r.ename); "
                        "END LOOP; CLOSE c; END;", ["1CHEN", "2FENG", "3HAN"]),
    "SELECT INTO and %TYPE": ("DECLARE nm emp.ename%TYPE; s emp.sal%TYPE; BEGIN SELECT ename, sal INTO nm, s FROM emp "
                              "WHERE empno = 9; DBMS_OUTPUT.PUT_LINE(nm || s); END;", ["FENG3000"]),
    "%ROWTYPE": ("DECLARE d dept%ROWTYPE; BEGIN SELECT * INTO d FROM dept WHERE deptno = 20; "
                 "DBMS_OUTPUT.PUT_LINE(d.dname || d.loc); END;", ["RESEARCHEAST"]),
    "columns win over variables in SQL": ("DECLARE ename VARCHAR2(10) := 'WANG'; n NUMBER; BEGIN SELECT COUNT(*) INTO n FROM emp "
                                          "WHERE ename = ename; DBMS_OUTPUT.PUT_LINE(n); END;", ["12"]),
    "NO_DATA_FOUND": ("DECLARE n NUMBER; BEGIN SELECT sal INTO n FROM emp WHERE empno = 99; EXCEPTION WHEN NO_DATA_FOUND THEN "
                      "DBMS_OUTPUT.PUT_LINE(SQLCODE || ' ' || SQLERRM); END;", ["100 ORA-01403: no data found"]),
    "TOO_MANY_ROWS": ("DECLARE n NUMBER; BEGIN SELECT sal INTO n FROM emp; EXCEPTION WHEN TOO_MANY_ROWS OR ZERO_DIVIDE THEN "
                      "DBMS_OUTPUT.PUT_LINE(SQLCODE); END;", ["-1422"]),
    "EXCEPTION_INIT": ("DECLARE e EXCEPTION; PRAGMA EXCEPTION_INIT(e, -1476); n NUMBER; BEGIN n := 1 / 0; EXCEPTION WHEN e THEN "
                       "DBMS_OUTPUT.PUT_LINE('zero'); END;", ["zero"]),
    "own exceptions and re-raise": ("DECLARE e EXCEPTION; BEGIN BEGIN RAISE e; EXCEPTION WHEN e THEN "
                                    "DBMS_OUTPUT.PUT_LINE('in'); RAISE; END; EXCEPTION WHEN OTHERS THEN "
                                    "DBMS_OUTPUT.PUT_LINE('out ' || SQLCODE); END;", ["in", "out 1"]),
    "local subprograms": ("DECLARE n NUMBER; PROCEDURE twice(a IN NUMBER, b OUT NUMBER) IS BEGIN b := a * 2; END; FUNCTION f(x "
                          "NUMBER DEFAULT 5) RETURN NUMBER IS BEGIN RETURN x + 1; END; BEGIN twice(4, n); "
                          "DBMS_OUTPUT.PUT_LINE(n || ' ' || f(n) || ' ' || f); END;", ["8 9 6"]),
    "EXECUTE IMMEDIATE": ("DECLARE n NUMBER; BEGIN EXECUTE IMMEDIATE 'SELECT COUNT(*) FROM emp WHERE deptno = :1' INTO n USING 10; "
                          "EXECUTE IMMEDIATE 'UPDATE emp SET sal = sal WHERE deptno = ' || 30; "
                          "DBMS_OUTPUT.PUT_LINE(n || ' ' || SQL%ROWCOUNT); END;", ["3 6"]),
    "collections": ("DECLARE TYPE t IS TABLE OF VARCHAR2(10) INDEX BY PLS_INTEGER; a t; BEGIN SELECT ename BULK COLLECT INTO a "
                    "FROM emp WHERE deptno = 10 ORDER BY 1; DBMS_OUTPUT.PUT_LINE(a.COUNT || a(a.FIRST) || a(3)); END;",
                    ["3WANGZHAO"]),
    "DML and SQL%ROWCOUNT": ("BEGIN DELETE FROM emp WHERE deptno = 30; DBMS_OUTPUT.PUT_LINE(SQL%ROWCOUNT); ROLLBACK; END;", ["6"]),
    "dates print in the session's format": ("BEGIN DBMS_OUTPUT.PUT_LINE(SYSDATE); END;", ["15-MAR-24"]),
}


@pytest.mark.parametrize("name", CASES)
def test_block(session: Any, name: str) -> None:
    block, expected = CASES[name]
    assert output(session, block) == expected


def test_out_binds(session: Any) -> None:
    done = session.execute("BEGIN :a := :b * 2; :c := 'x' || :b; END;",
                           [Bind(None, "NUMBER"), Bind(None, "NUMBER", 21), Bind(None, "VARCHAR2")])
    assert done.kind == "plsql"
    assert done.out_binds == {0: 42, 2: "x21"}


def test_ref_cursor(session: Any) -> None:
    done = session.execute("BEGIN OPEN :rc FOR SELECT deptno, dname FROM dept WHERE deptno < :d ORDER BY 1; END;",
                           [Bind(None, "REF CURSOR"), Bind(None, "NUMBER", 30)])
    cursor = done.out_binds[0]
    assert [column.name for column in cursor.columns] == ["DEPTNO", "DNAME"]
    assert list(cursor.rows) == [(10, "ADMIN"), (20, "RESEARCH")]


def test_get_lines(session: Any) -> None:
    session.execute("BEGIN DBMS_OUTPUT.ENABLE(NULL); DBMS_OUTPUT.PUT('a'); DBMS_OUTPUT.PUT_LINE('b'); "
                    "DBMS_OUTPUT.PUT_LINE('c'); END;")
    done = session.execute("BEGIN DBMS_OUTPUT.GET_LINES(:l, :n); END;",
                           [Bind(None, "VARCHAR2", is_array=True), Bind(None, "NUMBER", 10)])
    assert done.out_binds == {0: ["ab", "c"], 1: 2}
    done = session.execute("BEGIN DBMS_OUTPUT.GET_LINE(:l, :s); END;", [Bind(None, "VARCHAR2"), Bind(None, "NUMBER")])
    assert done.out_binds == {0: None, 1: 1}


def test_packages_go_to_the_catalog(engine: Any, session: Any) -> None:
    done = session.execute("BEGIN :1 := dbms_sample.double(21); END;", [Bind(None, "NUMBER")])
    assert done.out_binds == {0: 42}
    session.execute("BEGIN sys.dbms_sample.gather(ownname => 'A', degree => 1 + 1); END;")
    session.execute("CALL dbms_sample.gather('B')")
    assert engine.catalog.calls[1:] == [("DBMS_SAMPLE.GATHER", {"OWNNAME": "A", "DEGREE": 2}), ("DBMS_SAMPLE.GATHER", {0: "B"})]


@pytest.mark.parametrize(("block", "code", "text"), [
    ("BEGIN RAISE_APPLICATION_ERROR(-20001, 'bad thing'); END;", 20001, "bad thing\nORA-06512: at line 1"),
    ("BEGIN\n  x := 1;\nEND;", 6550, "line 2, column 3:\nPLS-00201: identifier 'X' must be declared"),
    ("BEGIN no_such(1); END;", 6550, "PLS-00201"),
    ("BEGIN NULL END;", 6550, 'PLS-00103: Encountered the symbol "END"'),
    ("DECLARE v VARCHAR2(3); BEGIN v := 'abcd'; END;", 6502, "character string buffer too small"),
    ("DECLARE n NUMBER(2); BEGIN n := 100; END;", 6502, "number precision too large"),
    ("DECLARE e EXCEPTION; BEGIN RAISE e; END;", 6510, "unhandled user-defined exception"),
    ("BEGIN INSERT INTO nope VALUES (1); END;", 6550, "PL/SQL: ORA-00942"),
    ("BEGIN SELECT 1 FROM dual; END;", 6550, "PLS-00428"),
    ("BEGIN CASE 5 WHEN 1 THEN NULL; END CASE; END;", 6592, "CASE not found"),
    ("DECLARE CURSOR c IS SELECT 1 FROM dual; n NUMBER; BEGIN FETCH c INTO n; END;", 1001, "invalid cursor"),
])
def test_errors(session: Any, block: str, code: int, text: str) -> None:
    with pytest.raises(OraError) as raised:
        session.execute(block)
    assert (raised.value.code, text in raised.value.message) == (code, True), raised.value


def test_a_failed_block_undoes_its_changes_only(session: Any) -> None:
    session.execute("DELETE FROM dept WHERE deptno = 40")
    with pytest.raises(OraError):
        session.execute("BEGIN DELETE FROM dept; RAISE_APPLICATION_ERROR(-20000, 'x'); END;")
    assert list(session.execute("SELECT COUNT(*) FROM dept").rows) == [(3,)]
