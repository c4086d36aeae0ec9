# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Locks of clients' transactions and of blocked sessions agree with V$SESSION and V$TRANSACTION."""

from __future__ import annotations

from estate.faults import Register
from estate.world.database import Database
from tests.support.databases import admin, rows, value


def test_a_transaction_holds_tx_and_tm(lis: Database) -> None:
    session, other = admin(lis), admin(lis)
    session.execute("CREATE TABLE wards (n NUMBER)")
    query = f"SELECT type, id1, lmode, request FROM v$lock WHERE sid = {session.sid} ORDER BY type"
    assert rows(other, query) == []
    session.execute("INSERT INTO wards VALUES (1)")
    number = value(other, "SELECT object_id FROM dba_objects WHERE object_name = 'WARDS'")
    slot = value(other, f"SELECT t.xidusn * 65536 + t.xidslot FROM v$transaction t JOIN v$session s ON "
                        f"s.taddr = t.addr WHERE s.sid = {session.sid}")
    assert rows(other, query) == [("TM", number, 3, 0), ("TX", slot, 6, 0)]
    assert rows(other, "SELECT session_id, object_id, locked_mode, oracle_username FROM v$locked_object") == [
        (session.sid, number, 3, session.ctx.user)]
    session.commit()
    assert rows(other, query) == [] and rows(other, "SELECT * FROM v$locked_object") == []


def test_a_blocking_chain_is_the_same_in_all_views(his: Database) -> None:
    Register(his, his.spec.kinds()).inject("blocking_chain")
    session = admin(his)
    blocked = rows(session, "SELECT inst_id, sid, blocking_instance, blocking_session FROM gv$session "
                            "WHERE blocking_session IS NOT NULL ORDER BY sid")
    assert len(blocked) == 3
    waits = rows(session, "SELECT w.inst_id, w.sid, h.inst_id, h.sid FROM gv$lock w JOIN gv$lock h ON h.id1 = w.id1 "
                          "AND h.id2 = w.id2 AND h.type = w.type WHERE w.request = 6 AND w.type = 'TX' AND h.lmode = 6 "
                          "AND h.block > 0 ORDER BY w.sid")
    assert waits == blocked
    assert rows(session, "SELECT waiting_session, holding_session FROM dba_waiters ORDER BY 1") == [
        (sid, holder) for _, sid, _, holder in blocked]
    assert rows(session, "SELECT holding_session FROM dba_blockers") == [(blocked[0][3],)]
