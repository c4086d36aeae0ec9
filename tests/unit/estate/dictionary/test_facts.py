# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which views and columns each release has."""

from __future__ import annotations

import pytest

from estate.dictionary import facts, families


def names(view: str, version: str) -> list[str]:
    return [column.name for column in facts.view(view, version) or ()]


@pytest.mark.parametrize(("version", "release"), [("19.24.0.0.0", "19"), ("12.2.0.1.0", "12.2"), ("23ai", "23"),
                                                  ("23.6.0.24.10", "23"), ("18.3.0.0.0", "18")])
def test_release_of_a_version(version: str, release: str) -> None:
    assert facts.release(version) == release


def test_a_version_without_facts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.2"):
        facts.release("10.2.0.5.0")


def test_columns_come_and_go_with_releases() -> None:
    assert "VERSION_FULL" in names("V$INSTANCE", "19") and "VERSION_FULL" not in names("V$INSTANCE", "12.2")
    assert "PASSWORD_CHANGE_DATE" in names("DBA_USERS", "19") and "PASSWORD_CHANGE_DATE" not in names("DBA_USERS",
                                                                                                      "12.2")
    assert "INST_ID" in names("V$DIAG_ALERT_EXT", "12.2") and "INST_ID" not in names("V$DIAG_ALERT_EXT", "19")
    assert facts.view("DBA_SCHEMA_PRIVS", "19") is None
    assert names("DBA_SCHEMA_PRIVS", "23")[:3] == ["GRANTEE", "PRIVILEGE", "SCHEMA"]


@pytest.mark.parametrize("release", facts.RELEASES)
def test_twins_add_their_column_only(release: str) -> None:
    assert names("GV$SESSION", release) == ["INST_ID", *names("V$SESSION", release)]
    assert set(names("CDB_USERS", release)) - set(names("DBA_USERS", release)) == {"CON_ID"}


def test_types_are_as_described() -> None:
    columns = {column.name: column for column in facts.view("DBA_USERS", "19") or ()}
    assert (columns["USERNAME"].type, columns["USERNAME"].size, columns["USERNAME"].nullable) == ("VARCHAR2", 128,
                                                                                                  False)
    assert (columns["USER_ID"].type, columns["USER_ID"].precision, columns["USER_ID"].scale) == ("NUMBER", 0, -127)
    assert (columns["LAST_LOGIN"].type, columns["LAST_LOGIN"].scale) == ("TIMESTAMP WITH TIME ZONE", 9)
    durations = {column.name: column for column in facts.view("DBA_SCHEDULER_JOB_RUN_DETAILS", "19") or ()}
    assert (durations["RUN_DURATION"].type, durations["RUN_DURATION"].precision,
            durations["RUN_DURATION"].scale) == ("INTERVAL DAY TO SECOND", 3, 0)


def test_a_name_of_nobody_is_no_view() -> None:
    assert facts.view("V$NO_SUCH_VIEW", "19") is None


@pytest.mark.parametrize(("name", "canonical"), [
    ("V$SESSION", "GV$SESSION"), ("V$DATAFILE", "V$DATAFILE"), ("GV$DATAFILE", "V$DATAFILE"),
    ("DBA_USERS", "CDB_USERS"), ("USER_TABLES", "CDB_TABLES"),
    ("V$DIAG_ALERT_EXT", "GV$DIAG_ALERT_EXT"), ("V$RMAN_STATUS", "V$RMAN_STATUS"), ("DICTIONARY", "DICTIONARY")])
def test_canonical_member_of_a_family(name: str, canonical: str) -> None:
    assert families.member(name).canonical == canonical


def test_lists_of_names() -> None:
    assert "User Commits Per Sec" in {row[0] for row in facts.table("sysmetric_names")}
    assert "SELECT ANY DICTIONARY" in facts.named("system_privileges", "19")
    assert len(facts.targets()) == 185
