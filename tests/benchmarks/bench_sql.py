# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Speed of the SQL engine. Run: python tests/benchmarks/bench_sql.py"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from estate.api import Bind
from tests.unit.estate.sql import sample

ROWS = 100_000
LIMITS = {"cached one-row query": 0.2, "first parse and compile": 20.0, "rows per second": 200_000}


def timed(action: Callable[[], Any], times: int) -> float:
    """Milliseconds a call."""
    start = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - start) / times * 1000


def fill(session: Any) -> None:
    """A table of 100,000 rows by 10 columns: five numbers, three texts, two dates."""
    session.execute("CREATE TABLE bulk (n1 NUMBER, n2 NUMBER, n3 NUMBER, n4 NUMBER, n5 NUMBER, t1 VARCHAR2(30), "
                    "t2 VARCHAR2(30), t3 VARCHAR2(30), d1 DATE, d2 DATE)")
    session.execute(
        f"INSERT INTO bulk SELECT LEVEL, LEVEL * 2, LEVEL / 4, MOD(LEVEL, 7), 5, 'name ' || LEVEL, 'x', NULL, "
        f"SYSDATE - LEVEL / 1440, SYSDATE FROM dual CONNECT BY LEVEL <= {ROWS}"
    )
    session.commit()


def measure() -> dict[str, float]:
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        session = sample.engine(Path(folder)).session(sample.context())
        point = "SELECT ename, sal FROM emp WHERE empno = :1"
        bind = [Bind(None, "NUMBER", 7)]
        found = {"cached one-row query": timed(lambda: list(session.execute(point, bind).rows), 2000)}
        texts = iter(range(10**6))
        found["first parse and compile"] = timed(
            lambda: list(
                session.execute(
                    f"SELECT e.ename, d.dname, {next(texts)} FROM emp e, dept d WHERE e.deptno = d.deptno(+) "
                    "AND e.sal > (SELECT AVG(sal) FROM emp) ORDER BY 1"
                ).rows
            ),
            50,
        )
        fill(session)
        start = time.perf_counter()
        count = sum(1 for _ in session.execute("SELECT * FROM bulk").rows)
        found["rows per second"] = count / (time.perf_counter() - start)
        found["insert"] = timed(lambda: session.execute("INSERT INTO bulk (n1) VALUES (:1)", bind), 2000)
        found["PL/SQL block"] = timed(lambda: session.execute("BEGIN :1 := 1 + 2; END;", bind), 500)
        session.close()
        return found


def main() -> int:
    """Print the figures beside their limits; 1 when one is missed."""
    missed = 0
    for name, figure in measure().items():
        limit = LIMITS.get(name)
        bad = limit is not None and (figure < limit if name == "rows per second" else figure > limit)
        missed += bad
        unit = "" if name == "rows per second" else " ms"
        print(
            f"{name:26} {figure:12.3f}{unit:4} {'' if limit is None else f'limit {limit:g}'}{'  MISSED' if bad else ''}"
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
