# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finding bind variables as the drivers do."""

from __future__ import annotations

import pytest

from estate.wire.sqltext import scan


@pytest.mark.parametrize(("sql", "kind", "names"), [
    ("select * from t where a = :1 and b = :2", "query", ("1", "2")),
    ("with x as (select 1 from dual) select :a, :A, :b from x", "query", ("A", "A", "B")),
    ("begin p(:a, :b, :a); end;", "plsql", ("A", "B")),
    ("declare n number := 1; begin :x := n; end;", "plsql", ("X",)),
    ("select ':a', q'[:b's]', \"x:c\" from t -- :d\n where e = /* :f */ :g", "query", ("G",)),
    ("select q'!it's :a!', N'x:b', nq'{:c}' from t where d = :d", "query", ("D",)),
    ('select :"Quoted Name", : spaced from dual', "query", ("Quoted Name", "SPACED")),
    ("create trigger t before insert on x for each row begin :new.id := 1; end;", "ddl", ()),
    ("select json_object('a':1, 'b':x) from t where c = :c", "query", ("C",)),
    ("merge into t using s on (t.a = :1) when matched then update set b = :2", "dml", ("1", "2")),
    ("lock table t in exclusive mode", "other", ()),
    ("  -- comment first\n /* and */ (select 1 from dual)", "query", ()),
    ("", "other", ()),
    ("select 'it''s :x', :y from t", "query", ("Y",)),
    ("insert into t values (:名)", "dml", ("名",)),
])
def test_binds_by_name(sql: str, kind: str, names: tuple[str, ...]) -> None:
    found = scan(sql)
    assert (found.kind, found.names) == (kind, names)


def test_binds_of_returning_are_told_apart() -> None:
    found = scan("update t set a = :a where returning_x = :r returning a, b into :b, :c")
    assert found.names == ("A", "R", "B", "C")
    assert found.returning == (False, False, True, True)
    assert scan("insert into t values (:1) returning id into :2").returning == (False, True)
    assert scan("begin insert into t values (:1) returning id into :2; end;").returning == (False, False)
    assert scan("insert into t select * from s where x = :1").returning == (False,)
