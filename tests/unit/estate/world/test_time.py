# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The clock moves: counters grow by their rates, metrics agree with counters, nothing jumps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.world.clock import Clock
from estate.world.database import Database
from tests.support.databases import admin, database, rows, value

START = 1_750_000_000.0


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def db(tmp_path: Path, hands: Hands) -> Iterator[Database]:
    made = database(tmp_path, "LIS", clock=Clock(hands))
    yield made
    made.close()


def counter(db: Database, name: str) -> int:
    return int(value(admin(db), f"SELECT value FROM v$sysstat WHERE name = '{name}'"))


def test_sysdate_is_the_clocks(db: Database, hands: Hands) -> None:
    assert rows(admin(db), "SELECT TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') FROM dual") == [("2025-06-15 23:06:40",)]
    hands.time += 86400
    assert rows(admin(db), "SELECT TO_CHAR(SYSDATE, 'YYYY-MM-DD HH24:MI:SS') FROM dual") == [("2025-06-16 23:06:40",)]


@pytest.mark.parametrize(("statistic", "metric"), [
    ("user commits", "User Commits Per Sec"), ("redo size", "Redo Generated Per Sec"),
    ("session logical reads", "Logical Reads Per Sec"), ("execute count", "Executions Per Sec")])
def test_metrics_are_the_counters_growth(db: Database, hands: Hands, statistic: str, metric: str) -> None:
    before = counter(db, statistic)
    hands.time += 600
    grown = counter(db, statistic) - before
    rate = value(admin(db), f"SELECT value FROM v$sysmetric WHERE metric_name = '{metric}' AND group_id = 2")
    assert rate > 0 and abs(grown - 600 * rate) <= 1


def test_a_changed_rate_does_not_make_a_counter_jump(db: Database, hands: Hands) -> None:
    hands.time += 100
    before = counter(db, "user commits")
    db.load.set_rate("_SYSSTAT", "user commits", 1000.0)
    assert abs(counter(db, "user commits") - before) <= 1
    hands.time += 10
    assert abs(counter(db, "user commits") - before - 10000) <= 1
    with pytest.raises(KeyError, match="no_such"):
        db.load.set_rate("_SYSSTAT", "no_such", 1.0)


def test_latency_is_time_by_waits(db: Database, hands: Hands) -> None:
    query = "SELECT total_waits, time_waited_micro FROM v$system_event WHERE event = 'db file sequential read'"
    db.load.set_event("db file sequential read", micros=9000.0)
    waits, micros = rows(admin(db), query)[0]
    hands.time += 300
    later, more = rows(admin(db), query)[0]
    assert round((more - micros) / (later - waits)) == 9000
    assert value(admin(db),
                 "SELECT value FROM v$sysmetric WHERE metric_name = 'Average Synchronous Single-Block Read Latency' "
                 "AND group_id = 2") == 9


def test_a_clock_that_is_set_moves_dates_and_not_counters(db: Database, hands: Hands) -> None:
    before = counter(db, "user commits")
    db.clock.offset = 420.0
    assert rows(admin(db), "SELECT TO_CHAR(SYSDATE, 'HH24:MI:SS') FROM dual") == [("23:13:40",)]
    assert counter(db, "user commits") == before


def test_uptime_and_session_ages_grow(db: Database, hands: Hands) -> None:
    up = value(admin(db), "SELECT SYSDATE - startup_time FROM v$instance")
    db.store.execute("UPDATE _SESSION SET _PERIOD = NULL, STATUS = 'ACTIVE', _CALL = ? WHERE SID = 50",
                     hands.time - 100)
    assert value(admin(db), "SELECT last_call_et FROM v$session WHERE sid = 50") == 100
    hands.time += 3600
    assert value(admin(db), "SELECT last_call_et FROM v$session WHERE sid = 50") == 3700
    assert round(24 * (float(value(admin(db), "SELECT SYSDATE - startup_time FROM v$instance")) - float(up)), 3) == 1


def test_ordinary_sessions_never_look_idle_for_days(db: Database, hands: Hands) -> None:
    hands.time += 5 * 86400
    longest = value(admin(db), "SELECT MAX(last_call_et) FROM v$session WHERE type = 'USER' AND username = 'LIS_APP'")
    assert longest < 900


def test_the_same_moment_gives_the_same_database(tmp_path: Path, hands: Hands) -> None:
    first, second = (database(tmp_path / name, "LIS", clock=Clock(hands)) for name in ("a", "b"))
    for view in ("v$archived_log", "v$backup_piece", "gv$session", "dba_segments"):
        assert value(admin(first), f"SELECT COUNT(*) FROM {view}") == value(admin(second),
                                                                            f"SELECT COUNT(*) FROM {view}")
    assert first.store.rows('SELECT * FROM "_SESSION"') == second.store.rows('SELECT * FROM "_SESSION"')
