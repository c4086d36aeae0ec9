# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Edits: what they change is undone row by row, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from estate.faults import Edit, FaultError, Register
from estate.world import scenario
from estate.world.database import Database


@pytest.fixture(scope="module")
def lis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("lis")
    database = Database(scenario.load("healthy").databases["LIS"], folder)
    yield database
    database.close()


def contents(database: Database) -> dict[str, list[str]]:
    """All rows of all tables, but for the count of changes of rights."""
    tables = [name for name, kind in database.store.objects().items() if kind == "table" and name != "_EPOCH"]
    return {name: sorted(map(repr, database.store.connection.execute(f'SELECT * FROM "{name}"').fetchall()))
            for name in tables}


def test_inserted_changed_and_removed_rows_come_back(lis: Database) -> None:
    before = contents(lis)
    edit = Edit(lis)
    edit.insert("DBA_ROLES", {"ROLE": "R9", "CON_ID": 0})
    edit.update("V$DATABASE", {"FORCE_LOGGING": "NO"}, "1 = 1")
    edit.update("_DATAFILE", {"BYTES": 1, "STATUS": "OFFLINE"}, '"FILE#" < 9')
    edit.delete("_DATAFILE", '"FILE#" = 3')
    edit.update("_SYSSTAT", {"_BASE": 7}, "NAME = 'user commits'")
    edit.delete("_OSSTAT", "NAME = 'LOAD'")
    changed = contents(lis)
    assert [name for name in before if changed[name] != before[name]] == [
        name for name in before if name in {"CDB_ROLES", "_DATABASE", "_DATAFILE", "_SYSSTAT", "_OSSTAT"}]
    edit.undo()
    assert contents(lis) == before


def test_a_derived_view_is_not_a_faults_to_change(lis: Database) -> None:
    with pytest.raises(ValueError, match="CDB_FREE_SPACE is derived; a fault changes what it follows from"):
        Edit(lis).update("DBA_FREE_SPACE", {"BYTES": 0}, "1 = 1")


def test_an_instance_comes_back_as_it_was(lis: Database) -> None:
    state = 'SELECT STATE, _STARTED FROM "_INSTANCE"'
    before = lis.store.rows(state), lis.store.value('SELECT OPEN_MODE FROM "_DATABASE"')
    edit = Edit(lis)
    edit.stage(1, "DOWN")
    assert (lis.instances[1].state, lis.store.value('SELECT OPEN_MODE FROM "_DATABASE"')) == ("DOWN", "MOUNTED")
    edit.undo()
    assert (lis.store.rows(state), lis.store.value('SELECT OPEN_MODE FROM "_DATABASE"')) == before
    assert lis.instances[1].state == "OPEN"


def test_a_counter_goes_on_from_where_it_is(lis: Database) -> None:
    value = "SELECT VALUE FROM \"GV$SYSSTAT\" WHERE NAME = 'user commits'"
    before = lis.store.value(value)
    edit = Edit(lis)
    edit.rate("_SYSSTAT", "user commits", 1e6)
    rate = lis.store.value("SELECT _RATE FROM \"_SYSSTAT\" WHERE NAME = 'user commits'")
    assert (rate, lis.store.value(value) >= before) == (1e6, True)
    edit.undo()
    assert lis.store.value("SELECT _RATE FROM \"_SYSSTAT\" WHERE NAME = 'user commits'") < 1e6
    assert lis.store.value(value) >= before


def test_an_injection_that_fails_half_way_leaves_nothing(lis: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    register = Register(lis, lis.spec.kinds())
    before = contents(lis)
    monkeypatch.setattr(Edit, "instances", lambda self: {}["nobody"])
    with pytest.raises(KeyError, match="nobody"):
        register.inject("in_doubt_transaction")
    assert contents(lis) == {**before, **{name: [] for name in contents(lis).keys() - before.keys()}}
    assert register.active() == []


def test_a_fault_that_finds_nothing_says_so(lis: Database) -> None:
    with pytest.raises(FaultError, match="Fault rac_instance_lost needs a target of kind rac; LIS is"):
        Register(lis, lis.spec.kinds()).inject("rac_instance_lost")
    with pytest.raises(FaultError, match="LIS has no permanent tablespace NOPE"):
        Register(lis, lis.spec.kinds()).inject("tablespace_full", {"tablespace": "NOPE"})
