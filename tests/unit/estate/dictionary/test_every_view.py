# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every view of the target list, in each release that has it, can be described and read with Oracle's columns."""

from __future__ import annotations

import pytest

from estate.api import OraError
from estate.dictionary import facts
from estate.world.database import Database
from tests.support.databases import admin, connect, inspector, rows

BY_RELEASE = {"12.2": "PACS", "19": "LIS", "23": "EMR"}
# Not read by a DBA's account: owned by PERFSTAT, or kept from SELECT ANY DICTIONARY.
SYS_ONLY = {"USER$"}


def qualified(name: str) -> str:
    return f"perfstat.{name}" if name.startswith("STATS$") else f"sys.{name}" if name in ("AUD$", "USER$") else name


@pytest.mark.parametrize("release", facts.RELEASES)
def test_target_views(databases: dict[str, Database], release: str) -> None:
    session = connect(databases[BY_RELEASE[release]], "SYS", mode="SYSDBA")
    seen = 0
    for name in facts.targets():
        expected = facts.view(name, release)
        if expected is None:
            with pytest.raises(OraError, match="ORA-00942"):
                session.execute(f"SELECT * FROM {qualified(name)}")
            continue
        result = session.execute(f"SELECT * FROM {qualified(name)} WHERE ROWNUM <= 3")
        assert [column.name for column in result.columns] == [column.name for column in expected], name
        assert [column.type for column in result.columns] == [column.type for column in expected], name
        assert all(len(row) == len(expected) for row in result.rows)
        seen += 1
    assert seen > 170


@pytest.mark.parametrize("release", facts.RELEASES)
def test_families_of_the_targets(databases: dict[str, Database], release: str) -> None:
    session = connect(databases[BY_RELEASE[release]], "SYS", mode="SYSDBA")
    for name in facts.targets():
        prefixes = ("CDB_", "ALL_", "USER_") if name.startswith("DBA_") else ()
        twins = ["G" + name] if name.startswith("V$") else [prefix + name[4:] for prefix in prefixes]
        for twin in twins:
            if facts.view(twin, release):
                result = session.execute(f"SELECT * FROM {twin} WHERE ROWNUM <= 1")
                assert [c.name for c in result.columns] == [c.name for c in facts.view(twin, release) or ()], twin


def test_views_that_nothing_is_modelled_for_are_empty_and_have_their_columns(databases: dict[str, Database]) -> None:
    session = admin(databases["LIS"])
    for name in ("DBA_CUBES", "V$XSTREAM_CAPTURE", "DBA_LOGSTDBY_LOG", "ALL_ANALYTIC_VIEWS"):
        result = session.execute(f"SELECT * FROM {name}")
        assert [c.name for c in result.columns] == [c.name for c in facts.view(name, "19") or ()]
        assert list(result.rows) == []


def test_a_column_that_the_release_lacks_is_unknown(databases: dict[str, Database]) -> None:
    with pytest.raises(OraError, match="ORA-00904"):
        inspector(databases["PACS"]).execute("SELECT version_full FROM v$instance")
    assert rows(inspector(databases["LIS"]), "SELECT version_full FROM v$instance") == [("19.22.0.0.0",)]


def test_dictionary_lists_itself(databases: dict[str, Database]) -> None:
    session = inspector(databases["LIS"])
    assert rows(session, "SELECT COUNT(*) FROM dictionary WHERE table_name = 'DBA_USERS'") == [(1,)]
    assert rows(session,
                "SELECT COUNT(*) FROM dict_columns WHERE table_name = 'V$INSTANCE' AND column_name = "
                "'VERSION_FULL'") == [(1,)]
