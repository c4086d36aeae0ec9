# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The long tests of the estate: every fault on every database that can have it, views read and written, a fleet."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import oracledb
import pytest

from estate.faults import catalogue
from estate.world import scenario
from tests.integration.conftest import EstateUnderTest, free_port_base
from tests.support.inspection import firing, snapshot

pytestmark = [pytest.mark.integration, pytest.mark.full]
DATABASES = scenario.load("healthy").databases
# What these do to an inspection depends on where it is when they strike.
ANYWHERE = {"network_drop_mid_fetch", "network_slow", "statement_never_ends"}
PAIRS = [(name, target) for name, fault in catalogue().items() for target, spec in DATABASES.items()
         if name not in ANYWHERE and fault.fits(spec.kinds())]
# Refused as a whole: views of the session itself, and what no statement may write.
FIXED = {"ORA-01732", "ORA-00942"}


@pytest.mark.parametrize(("name", "target"), PAIRS)
def test_a_fault_on_each_database_that_can_have_it(estate: EstateUnderTest, name: str, target: str) -> None:
    fault = catalogue()[name]
    if fault.area == "hosts" and not estate.status()["hosts"]:
        pytest.skip(f"no hosts here: {estate.status()['hosts_reason']}")
    login = {**estate.logins()[target], "connect_timeout": 2}
    with estate.fault(name, target):
        taken = snapshot(target, login)
    found = firing(taken)
    if taken["status"] == "unreadable":
        found = {check: status for check, status in found.items() if status != "unknown"}
    assert found.get(fault.check or "", "fail") in ("fail", "warn")
    assert set(found) - {fault.check} - set(fault.consequences) == set()


@pytest.mark.parametrize("target", DATABASES)
def test_views_of_every_name_can_be_read_and_written_by_admin(estate: EstateUnderTest, target: str) -> None:
    """Each view that the faults or probes may touch: read, emptied, refilled with one row, rolled back."""
    refused: dict[str, str] = {}
    with estate.connect(target, "admin") as connection, connection.cursor() as cursor:
        before = counts(cursor)
        for name in before:
            for statement in (f'delete from "{name}"', f'insert into "{name}" select * from "{name}" where 1 = 0'):
                try:
                    cursor.execute(statement)
                except oracledb.DatabaseError as error:
                    refused[name] = str(error).split(":")[0]
            connection.rollback()
        after = counts(cursor)
    assert set(refused.values()) <= FIXED, refused
    moving = {name for name, count in after.items() if before[name] != count}
    assert all(abs(after[name] - before[name]) <= max(5, before[name] // 10) for name in moving)
    assert firing(snapshot(target, estate.logins()[target])) == {}


def counts(cursor: oracledb.Cursor) -> dict[str, int]:
    """Rows of each V$ and DBA_ view of the release that has some."""
    found: dict[str, int] = {}
    cursor.execute("select table_name from dictionary where regexp_like(table_name, '^(V[$]|DBA_)')")
    for (name,) in cursor.fetchall():
        with contextlib.suppress(oracledb.DatabaseError):
            row: Any = cursor.execute(f'select count(*) from "{name}"').fetchone()
            if row[0]:
                found[name] = row[0]
    return found


def test_a_fleet_of_two_hundred(tmp_path: Path) -> None:
    """Two hundred databases on one machine: each answers under its own name, in less memory than promised."""
    fleet = EstateUnderTest(tmp_path / "fleet", "fleet", "--fleet", "200")
    fleet.port_base = free_port_base(ports=2200)
    fleet.up()
    try:
        names = set()
        for name in fleet.databases:
            with fleet.connect(name) as connection:
                names.add(connection.cursor().execute("select name from v$database").fetchone()[0])
        status = Path(f"/proc/{fleet.status()['pid']}/status").read_text(encoding="ascii")
        resident = int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
    finally:
        fleet.down()
    assert len(names) == 200
    assert resident < 2 * 1024 * 1024
