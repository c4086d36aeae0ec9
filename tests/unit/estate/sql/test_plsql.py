# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Anonymous PL/SQL blocks."""

from __future__ import annotations

from typing import Any

import pytest

from estate.api import Bind, OraError


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
    assert engine.catalog.calls[1:] == [
        ("DBMS_SAMPLE.GATHER", {"OWNNAME": "A", "DEGREE": 2}),
        ("DBMS_SAMPLE.GATHER", {0: "B"}),
    ]


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
