# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which activities a database has, when they are due, and which of them a fault has stopped."""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from estate.world.life import accounts, backups, jobs, messages, redo, standby
from estate.world.life.ledger import COUNTERS, Later, Ledger

if TYPE_CHECKING:
    from estate.world.database import Database

log = logging.getLogger("estate.life")
STEP = 300.0                                       # seconds between two looks
PATIENCE = 60.0                                    # real seconds before another try, where a client holds the file
Activity = Callable[[Later, Ledger, float, float], None]
OTHERS: dict[str, Activity] = {
    "undo": jobs.undo, "jobs": jobs.live, "autotask": jobs.automated, "messages": messages.live,
    "accounts": accounts.live,
    "expiry": backups.expire, "transport": standby.ship,
}
NAMES = ("redo", *OTHERS, *backups.KINDS)


def initial(tables: dict[str, list[dict[str, Any]]], now: float) -> str:
    """What a freshly seeded database knows of its life, as JSON for _STATE."""
    counters = {name: max((row[column] for row in tables.get(table, [])), default=0)
                for name, (table, column) in COUNTERS.items()}
    return json.dumps({"marks": dict.fromkeys(NAMES, now), "counters": counters, "born": now})


class Life:
    """Catches up with time at a look at the database. An activity that is suspended (table _SUSPENDED, written by
    faults) stays where it is; when it goes on it does all that it missed, as if it had never stopped."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._looked = database.clock.now()
        self._again = 0.0

    def look(self) -> None:
        """Catch up where some minutes have passed; cheap where not."""
        now = self.database.clock.now()
        if abs(now - self._looked) < STEP or time.monotonic() < self._again:
            return
        self.catch_up()

    def catch_up(self) -> bool:
        """Live up to now; False where a client's transaction holds the file (it is tried again later)."""
        now, done = self.database.clock.now(), False
        try:
            done = self.database.store.attempt(lambda: self._written(now))
        except sqlite3.Error:
            log.exception("%s cannot go on living", self.database.name)
        if done:
            self._looked = now
        else:
            self._again = time.monotonic() + PATIENCE
        return done

    def _primary(self) -> Path | None:
        return self.database.peer.store.path if self.database.peer is not None else None

    def _written(self, now: float) -> None:
        store = self.database.store
        store.execute("BEGIN IMMEDIATE")
        try:
            self._live(now)
            store.execute("COMMIT")
        except BaseException:
            store.execute("ROLLBACK")
            raise

    def _live(self, now: float) -> None:
        store, clock = self.database.store, self.database.clock
        ledger = Ledger(store)
        if not ledger.marks:
            return
        later = Later(self.database.spec, store, now, clock.run())
        stopped = {row["ACTIVITY"] for row in store.rows('SELECT ACTIVITY FROM "_SUSPENDED"')}
        due = {name: ledger.marks.get(name, now) for name in NAMES if name not in stopped}
        due = {name: since for name, since in due.items() if since < now}
        if "redo" in due and not (self.database.standby and standby.receive(ledger, self._primary())):
            redo.live(later, ledger, due["redo"], now)
        kinds = {name: due[name] for name in backups.KINDS if name in due}
        backups.live(later, ledger, kinds, now)
        for name in sorted(due.keys() & OTHERS.keys()):
            OTHERS[name](later, ledger, due[name], now)
        ledger.marks.update(dict.fromkeys(due, now))
        ledger.save()
