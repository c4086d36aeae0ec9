# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures of the whole estate, wire and SQL: start, connects, queries, bulk fetches, sessions, fleets. Run by hand.

    .venv/bin/python -m tests.benchmarks.bench_estate [--fleet 200]

Each figure stands beside its limit, and where there is one, beside the same work done by plain sqlite3 in one process.
"""

from __future__ import annotations

import argparse
import hashlib
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import oracledb

from tests.integration.conftest import EstateUnderTest

ROWS = 100_000
WIDE = ("select level a, level * 2 b, 'name ' || level c, mod(level, 7) d, 'ward' e, date '2026-01-01' f, level / 4 g, "
        "'x' h, level + 1 i, null j from dual connect by level <= 100000")


def show(name: str, figure: str, limit: str, beside: str = "") -> None:
    """One line of the table."""
    print(f"{name:<36}{figure:>26}   limit {limit:<18}{beside}", flush=True)


def median_ms(count: int, action: Callable[[], Any]) -> float:
    """The median time of one turn, in milliseconds."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def memory_mb(running: EstateUnderTest) -> int:
    """Resident memory of the daemon, in MB."""
    status = Path(f"/proc/{running.status()['pid']}/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) // 1024


def started(run_dir: Path, scenario: str, *options: str) -> tuple[EstateUnderTest, float]:
    """An estate that is up, and how many seconds that took."""
    running = EstateUnderTest(run_dir, scenario, *options)
    begun = time.perf_counter()
    running.up()
    return running, time.perf_counter() - begun


def bench_queries(running: EstateUnderTest) -> None:
    """Connect, one row, many rows."""
    derived = median_ms(50, lambda: hashlib.pbkdf2_hmac("sha512", b"password", b"salt", 4096, 64))
    show("connect and close", f"{median_ms(200, lambda: running.connect('LIS').close()):.2f} ms", "5 ms",
         f"of which the driver derives its key in {derived:.2f} ms")
    local = sqlite3.connect(":memory:")
    local.execute("create table dual (dummy)").execute("insert into dual values ('X')")
    plain = median_ms(2000, lambda: local.execute("select * from dual").fetchone())
    with running.connect("LIS", "admin") as connection:
        cursor = connection.cursor()
        one = median_ms(2000, lambda: cursor.execute("select * from dual").fetchone())
        show("one-row query", f"{one:.3f} ms", "1 ms", f"plain sqlite3 {plain:.4f} ms")
        instance = median_ms(500, lambda: cursor.execute("select instance_name, status from v$instance").fetchone())
        show("one row of V$INSTANCE", f"{instance:.3f} ms", "1 ms")
        cursor.execute("create table bench_rows as " + WIDE)
        bench_fetch(cursor)
        cursor.execute("drop table bench_rows")


def bench_fetch(cursor: oracledb.Cursor) -> None:
    """100,000 rows of ten columns, and the same from a plain SQLite table."""
    cursor.arraysize = 1000
    rates = []
    for _ in range(3):
        begun = time.perf_counter()
        rows = cursor.execute("select * from bench_rows").fetchall()
        rates.append(len(rows) / (time.perf_counter() - begun))
    local = sqlite3.connect(":memory:")
    local.execute("create table t (a, b, c, d, e, f, g, h, i, j)")
    local.executemany("insert into t values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      ([*row[:5], str(row[5]), *row[6:]] for row in rows))
    begun = time.perf_counter()
    local.execute("select * from t").fetchall()
    plain = ROWS / (time.perf_counter() - begun)
    best = max(rates)
    show("100k x 10 from a table", f"{best:,.0f} rows/s", "60,000 rows/s",
         f"plain sqlite3 {plain / best:.1f} times that")


def bench_sessions(running: EstateUnderTest, count: int = 200) -> None:
    """Many sessions at once, each with five queries."""
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with running.connect("HIS") as connection:
                for _ in range(5):
                    connection.cursor().execute("select instance_name from gv$instance").fetchall()
        except oracledb.Error as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    show(f"{count} sessions at once, 5 queries", f"{seconds:.2f} s, {len(errors)} errors", "no errors",
         str(*errors[:1]))


def bench_fleet(run_dir: Path, count: int) -> None:
    """Many small databases: up, one query in each, memory."""
    running, seconds = started(run_dir, "fleet", "--fleet", str(count))
    try:
        show(f"fleet of {count} up", f"{seconds:.1f} s", "60 s")
        for name in running.databases:
            with running.connect(name) as connection:
                connection.cursor().execute("select status from v$instance").fetchall()
        show(f"fleet of {count}, each one queried", f"{memory_mb(running)} MB", "2,048 MB")
    finally:
        running.down()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Figures of the whole estate.")
    parser.add_argument("--fleet", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        running, seconds = started(Path(folder) / "demo", "demo")
        try:
            show("demo estate up", f"{seconds:.1f} s", "5 s")
            show("four databases", f"{memory_mb(running)} MB", "250 MB")
            bench_queries(running)
            bench_sessions(running)
            show("four databases after all that", f"{memory_mb(running)} MB", "250 MB")
        finally:
            running.down()
        bench_fleet(Path(folder) / "fleet", options.fleet)
    return 0


if __name__ == "__main__":
    sys.exit(main())
