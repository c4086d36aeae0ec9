# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Threads for blocking session calls: grown when none is idle, up to a limit; a stuck one does not keep the process."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

IDLE_SECONDS = 30.0
_Job = tuple[asyncio.AbstractEventLoop, "asyncio.Future[Any]", Callable[..., Any], tuple[Any, ...]]


class WorkerPool:
    """A lazily grown pool of daemon threads; ``run`` awaits a call made in one of them."""

    def __init__(self, limit: int = 512) -> None:
        self.limit = limit
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0

    async def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a function in the worker and wait for what it returns or raises."""
        return await self.submit(function, *args)

    def submit(self, function: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        """Start a call; the future belongs to the running event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        with self._lock:
            grow = self._idle <= 0 and self._threads < self.limit
            if grow:
                self._threads += 1
            else:
                self._idle -= 1     # below zero: that many jobs wait for a thread
        self._jobs.put((loop, future, function, args))
        if grow:
            threading.Thread(target=self._work, name="estate-wire-worker", daemon=True).start()
        return future

    def _work(self) -> None:
        while (job := self._take()) is not None:
            loop, future, function, args = job
            try:
                outcome, failure = function(*args), None
            except BaseException as exc:
                outcome, failure = None, exc
            with self._lock:
                self._idle += 1
            with contextlib.suppress(RuntimeError):     # the event loop may be closed meanwhile
                loop.call_soon_threadsafe(_settle, future, outcome, failure)
            del job, outcome, failure

    def _take(self) -> _Job | None:
        """The next job, or None after an idle while."""
        while True:
            try:
                return self._jobs.get(timeout=IDLE_SECONDS)
            except queue.Empty:
                with self._lock:
                    if self._idle > 0 and self._jobs.empty():
                        self._idle -= 1
                        self._threads -= 1
                        return None


def _settle(future: asyncio.Future[Any], outcome: Any, failure: BaseException | None) -> None:
    if future.cancelled():
        return
    if failure is None:
        future.set_result(outcome)
    else:
        future.set_exception(failure)
