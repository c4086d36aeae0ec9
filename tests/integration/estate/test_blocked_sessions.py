# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two clients change the same row: the second waits, and a third sees who blocks whom, as a DBA would look for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import oracledb
import pytest

from tests.integration.conftest import EstateUnderTest

pytestmark = pytest.mark.integration
SID = "select sys_context('userenv', 'sid') from dual"
WAITING = ("select sid, event, wait_class, state, status, blocking_session, blocking_session_status from v$session "
           "where sid = :1")
LOCKS = "select sid, request || '/' || lmode || '/' || block from v$lock where type = 'TX'"
WAITERS = "select waiting_session, holding_session, mode_requested from dba_waiters"
Clients = tuple[oracledb.Connection, "Waiter", oracledb.Connection]


class Waiter:
    """A client that changes a row in a thread of its own; ``error`` is what it got."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self.connection, self.error = connection, None
        self.sid = int(one(connection, SID))
        self.thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        try:
            self.connection.cursor().execute("update ward_beds set free = 3 where ward = 'ICU'")
        except oracledb.Error as error:
            self.error = error


def one(connection: oracledb.Connection, sql: str, *binds: Any) -> Any:
    """The first value of a query."""
    return connection.cursor().execute(sql, binds).fetchone()[0]


def soon(holds: Callable[[], bool]) -> bool:
    """Whether something holds within five seconds."""
    end = time.monotonic() + 5
    while not holds() and time.monotonic() < end:
        time.sleep(0.05)
    return holds()


@pytest.fixture
def clients(estate: EstateUnderTest) -> Iterator[Clients]:
    """Who has the row, who waits for it, and who looks."""
    with estate.connect("LIS", "admin") as holder, estate.connect("LIS", "admin") as second, \
            estate.connect("LIS", "admin") as looks:
        holder.cursor().execute("create table ward_beds (ward varchar2(10), free number)")
        try:
            holder.cursor().execute("insert into ward_beds values ('ICU', 1)")
            holder.commit()
            holder.cursor().execute("update ward_beds set free = 2 where ward = 'ICU'")
            waiter = Waiter(second)
            waiter.thread.start()
            yield holder, waiter, looks
        finally:
            holder.rollback()
            waiter.thread.join(40)
            second.rollback()
            holder.cursor().execute("drop table ward_beds purge")


def test_the_waiting_session_names_its_blocker(clients: Clients) -> None:
    holder, waiter, looks = clients
    blocker = int(one(holder, SID))
    assert soon(lambda: one(looks, "select count(*) from v$session where blocking_session is not null") == 1)
    assert looks.cursor().execute(WAITING, [waiter.sid]).fetchall() == [
        (waiter.sid, "enq: TX - row lock contention", "Application", "WAITING", "ACTIVE", blocker, "VALID")]
    assert looks.cursor().execute(WAITERS).fetchall() == [(waiter.sid, blocker, "Exclusive")]
    assert dict(looks.cursor().execute(LOCKS).fetchall()) == {blocker: "0/6/1", waiter.sid: "6/0/0"}


def test_nobody_waits_any_more_when_the_transaction_has_ended(clients: Clients) -> None:
    holder, waiter, looks = clients
    assert soon(lambda: one(looks, "select count(*) from v$session where blocking_session is not null") == 1)
    holder.commit()
    waiter.thread.join(5)
    assert waiter.error is None
    assert one(looks, "select count(*) from v$session where blocking_session is not null") == 0
    waiter.connection.commit()
    assert one(looks, "select free from ward_beds") == 3
