# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Figures of the wire alone: connects, one-row queries, bulk fetches, concurrent sessions. Prints a table; run by hand.

    .venv/bin/python -m tests.benchmarks.bench_wire [--profile 19]

The server runs in a process of its own with a database in memory, so the figures hold the wire and the driver, no SQL.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from typing import Any

import oracledb

from estate.wire import Listener
from tests.integration.wire.fake import FakeBackend

TARGETS = {"connect": "<= 5 ms", "one-row query": "<= 1 ms", "fetch 100k x 10": ">= 60,000 rows/s",
           "sessions": "no errors"}


def serve(pipe: Pipe, profile: str) -> None:
    """The server's process: sends its port, then its memory when asked."""
    async def main() -> None:
        listener = Listener("127.0.0.1", 0, {"HIS": FakeBackend(profile)})
        await listener.start()
        pipe.send(listener.port)
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, pipe.recv) != "stop":
            pipe.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
    asyncio.run(main())


def repeat(count: int, action: Callable[[], Any]) -> list[float]:
    """Milliseconds of each turn."""
    times = []
    for _ in range(count):
        started = time.perf_counter()
        action()
        times.append((time.perf_counter() - started) * 1000)
    return times


def show(name: str, value: str, target: str) -> None:
    print(f"{name:<34}{value:>34}   target {TARGETS.get(target, '-')}")


def bench_connect(options: dict[str, Any]) -> None:
    times = repeat(200, lambda: oracledb.connect(**options).close())
    show("connect and close", f"median {statistics.median(times):.2f} ms", "connect")


def bench_query(options: dict[str, Any]) -> None:
    with oracledb.connect(**options) as connection:
        cursor = connection.cursor()
        times = repeat(2000, lambda: cursor.execute("select * from dual").fetchone())
        show("one-row query, same cursor", f"median {statistics.median(times):.3f} ms", "one-row query")
        times = repeat(1000, lambda: connection.cursor().execute("select :1 from dual", ["x"]).fetchone())
        show("one-row query with a bind", f"median {statistics.median(times):.3f} ms", "one-row query")


def bench_fetch(options: dict[str, Any], array: int) -> None:
    with oracledb.connect(**options) as connection:
        cursor = connection.cursor()
        cursor.arraysize = array
        rates = []
        for _ in range(3):
            started = time.perf_counter()
            rows = len(cursor.execute("select 100000 rows").fetchall())
            rates.append(rows / (time.perf_counter() - started))
        show(f"fetch 100k x 10, arraysize {array}", f"best {max(rates):,.0f} rows/s", "fetch 100k x 10")


def bench_sessions(options: dict[str, Any], count: int = 200) -> None:
    async def one() -> None:
        async with oracledb.connect_async(**options) as connection:
            for _ in range(5):
                await connection.fetchall("select 100 rows")

    async def main() -> None:
        await asyncio.gather(*(one() for _ in range(count)))

    started = time.perf_counter()
    asyncio.run(main())
    show(f"{count} sessions at once, 5 queries", f"{time.perf_counter() - started:.2f} s, no errors", "sessions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--profile", default="19", choices=["12.2", "19", "23ai"])
    profile = parser.parse_args().profile
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, profile), daemon=True)
    server.start()
    options = {"user": "scott", "password": "tiger-1", "dsn": f"127.0.0.1:{ours.recv()}/HIS"}
    bench_connect(options)
    bench_query(options)
    for array in (100, 1000, 10000):
        bench_fetch(options, array)
    bench_sessions(options)
    ours.send("memory")
    show("server's memory at most", f"{ours.recv()} MB", "")
    ours.send("stop")
    server.join(5)


if __name__ == "__main__":
    main()
