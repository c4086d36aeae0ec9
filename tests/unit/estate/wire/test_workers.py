# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The thread pool: results, failures, growth, its limit."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from estate.wire.workers import WorkerPool


def fail() -> None:
    raise ValueError("from the thread")


def test_results_and_failures_come_back() -> None:
    async def main() -> None:
        pool = WorkerPool()
        assert await pool.run(divmod, 17, 5) == (3, 2)
        with pytest.raises(ValueError, match="from the thread"):
            await pool.run(fail)
    asyncio.run(main())


def test_one_thread_serves_calls_that_follow_each_other() -> None:
    async def main() -> None:
        pool = WorkerPool()
        names = {await pool.run(threading.get_ident) for _ in range(50)}
        assert len(names) == 1
    asyncio.run(main())


def test_calls_that_wait_get_threads_of_their_own() -> None:
    async def main() -> None:
        pool = WorkerPool()
        barrier = threading.Barrier(30, timeout=10)
        await asyncio.gather(*(pool.run(barrier.wait) for _ in range(30)))
    asyncio.run(main())


def test_the_limit_queues_calls_and_loses_none() -> None:
    async def main() -> None:
        pool = WorkerPool(limit=3)
        running: list[int] = []
        most: list[int] = []

        def work(number: int) -> int:
            running.append(number)
            most.append(len(running))
            time.sleep(0.002)
            running.remove(number)
            return number

        assert await asyncio.gather(*(pool.run(work, number) for number in range(60))) == list(range(60))
        assert max(most) <= 3
        barrier = threading.Barrier(3, timeout=10)     # the idle count is right afterwards: three run side by side
        await asyncio.gather(*(pool.run(barrier.wait) for _ in range(3)))
    asyncio.run(main())


def test_a_stuck_thread_does_not_keep_the_process() -> None:
    async def main() -> threading.Thread:
        pool = WorkerPool()
        return await pool.run(threading.current_thread)
    assert asyncio.run(main()).daemon
