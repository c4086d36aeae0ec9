# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inspector's account: grants derived from probes, made and taken back without touching others."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.grants import (
    Account,
    granted_object,
    needed_grants,
    statements_to_undo,
)
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.module_utils.session import Session
from ansible_collections.medops.dbcare.plugins.modules.inspector_account import described, run
from tests.unit.plugins.stub_driver import LOGIN, Driver

PROBES = [
    {
        "id": "p",
        "reads": ["CDB_USERS", "DBA_USERS", "ALL_TABLES", "V$SESSION"],
        "variants": [
            {"versions": ">=12.1", "container": "cdb", "sql": "x", "reads": ["CDB_USERS", "V$SESSION"]},
            {
                "versions": ">=11.2",
                "container": "noncdb",
                "sql": "x",
                "reads": ["DBA_USERS", "V$SESSION", "ALL_TABLES"],
            },
        ],
    },
    {
        "id": "ash",
        "licence": "diagnostics_pack",
        "reads": ["GV$ACTIVE_SESSION_HISTORY"],
        "variants": [{"versions": ">=11.2", "container": "any", "sql": "x"}],
    },
]
FACTS = {("SELECT", "SYS", name) for name in ("V_$DATABASE", "V_$THREAD", "GV_$INSTANCE", "V_$DATAFILE")}
WANTED = FACTS | {("CREATE SESSION", "", ""), ("SELECT", "SYS", "DBA_USERS"), ("SELECT", "SYS", "V_$SESSION")}


@pytest.mark.parametrize(
    ("relation", "grant"),
    [
        ("V$SESSION", ("SELECT", "SYS", "V_$SESSION")),
        ("GV$SESSION", ("SELECT", "SYS", "GV_$SESSION")),
        ("CDB_USERS", ("SELECT", "SYS", "CDB_USERS")),
        ("UNIFIED_AUDIT_TRAIL", ("SELECT", "AUDSYS", "UNIFIED_AUDIT_TRAIL")),
        ("DBMS_SQLTUNE", ("EXECUTE", "SYS", "DBMS_SQLTUNE")),
    ],
)
def test_what_is_granted_for_a_relation(relation: str, grant: tuple[str, str, str]) -> None:
    assert granted_object(relation) == grant


def test_only_what_the_statements_for_this_database_read_is_granted() -> None:
    assert needed_grants(PROBES, "19.0.0.0.0", False) == WANTED
    cdb = needed_grants(PROBES, "23.4.0.0.0", True, ["diagnostics_pack"])
    assert ("SELECT", "SYS", "GV_$ACTIVE_SESSION_HISTORY") in cdb
    assert ("SELECT", "SYS", "CDB_TABLESPACES") in cdb
    assert ("SELECT", "SYS", "DBA_USERS") not in cdb


def account(
    user: str = "DBCARE", exists: bool = True, grants: Any = (), cdb: str = "NO", container: str = "LIS", shown: int = 0
) -> Driver:
    objects = [grant for grant in grants if grant[2]]
    system = [(grant[0],) for grant in grants if not grant[2]]
    return Driver(
        {
            "from v$database": (["CDB", "CON_NAME"], [(cdb, container)]),
            "from dba_users": (["USERNAME"], [(user,)] if exists else []),
            "from dba_tab_privs": (["PRIVILEGE", "OWNER", "TABLE_NAME"], objects),
            "from dba_sys_privs": (["PRIVILEGE"], system),
            "from dba_container_data": (["FOUND"], [(shown,)]),
            "CREATE USER": ([], []),
            "DROP USER": ([], []),
            "GRANT": ([], []),
            "REVOKE": ([], []),
            "ALTER USER": ([], []),
        }
    )


def do(driver: Driver, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    given = {"state": "present", "user": "DBCARE", "password": "pw-1", "manage_user": True, "licences": [], **params}
    with Session(normalise_login(LOGIN), "LIS", driver=driver) as session:
        return dict(run(session, given, PROBES, check_mode))


def changes(driver: Driver) -> list[str]:
    return [sql for _step, sql, _binds, _limit in driver.executed if not sql.lower().startswith("select")]


def test_a_new_account_gets_what_it_needs_and_its_password_is_not_shown() -> None:
    driver = account(exists=False)
    result = do(driver)
    assert result["changed"]
    assert changes(driver)[0] == 'CREATE USER DBCARE IDENTIFIED BY "pw-1"'
    assert result["statements"][0] == "CREATE USER DBCARE IDENTIFIED BY :password"
    assert "pw-1" not in str(result)
    assert result["statements"][1:3] == ["GRANT CREATE SESSION TO DBCARE", 'GRANT SELECT ON SYS."DBA_USERS" TO DBCARE']
    assert len(result["statements"]) == 1 + len(WANTED)
    assert (result["diff"]["before"], result["diff"]["after"].splitlines()[0]) == ("", "USER DBCARE")


def test_check_mode_says_the_same_and_changes_nothing() -> None:
    driver = account(exists=False)
    assert do(driver, check_mode=True) == do(account(exists=False))
    assert changes(driver) == []


def test_an_account_that_has_everything_is_left_alone() -> None:
    driver = account(grants=WANTED | {("SELECT", "SYS", "DBA_ROLES"), ("CREATE TABLE", "", "")})
    result = do(driver)
    assert (result["changed"], result["statements"], changes(driver)) == (False, [], [])
    assert result["superfluous"] == ["CREATE TABLE", 'SELECT ON SYS."DBA_ROLES"']


def test_only_what_is_missing_is_granted() -> None:
    driver = account(grants=WANTED - {("SELECT", "SYS", "V_$SESSION")})
    assert do(driver)["statements"] == changes(driver) == ['GRANT SELECT ON SYS."V_$SESSION" TO DBCARE']


def test_in_a_container_database_the_account_sees_all_containers() -> None:
    driver = account("C##DBCARE", grants=needed_grants(PROBES, "19.22.0.0.0", True), cdb="YES", container="CDB$ROOT")
    assert do(driver, user="c##dbcare")["statements"] == [
        "ALTER USER C##DBCARE SET CONTAINER_DATA = ALL CONTAINER = CURRENT"
    ]
    done = account(
        "C##DBCARE", grants=needed_grants(PROBES, "19.22.0.0.0", True), cdb="YES", container="CDB$ROOT", shown=1
    )
    assert not do(done, user="C##DBCARE")["changed"]


def test_taking_back_drops_the_account_or_only_its_grants() -> None:
    own = ("SELECT", "SYS", "DBA_ROLES")
    assert do(account(grants=WANTED | {own}), state="absent")["statements"] == ["DROP USER DBCARE"]
    kept = do(account(grants=WANTED | {own}), state="absent", manage_user=False)
    assert len(kept["statements"]) == len(WANTED)
    assert all(statement.startswith("REVOKE ") for statement in kept["statements"])
    assert kept["diff"]["after"] == 'USER DBCARE\nSELECT ON SYS."DBA_ROLES"\n'
    assert not do(account(exists=False), state="absent")["changed"]


@pytest.mark.parametrize(("shown", "last"), [(1, "ALTER USER C##DBCARE SET CONTAINER_DATA = DEFAULT"), (0, "REVOKE ")])
def test_taking_back_grants_also_takes_back_the_sight_of_all_containers(shown: int, last: str) -> None:
    grants = needed_grants(PROBES, "19.22.0.0.0", True)
    driver = account("C##DBCARE", grants=grants, cdb="YES", container="CDB$ROOT", shown=shown)
    statements = do(driver, user="C##DBCARE", state="absent", manage_user=False)["statements"]
    assert (len(statements), statements[-1].startswith(last)) == (len(grants) + shown, True)


def test_an_account_never_loses_what_was_not_wanted_of_it() -> None:
    sees_all = Account(True, {("CREATE SESSION", "", "")}, True)
    wanted = Account(True, {("CREATE SESSION", "", "")}, False)
    assert statements_to_undo(sees_all, wanted, "DBCARE", False) == ["REVOKE CREATE SESSION FROM DBCARE"]


@pytest.mark.parametrize(
    ("driver", "params", "sentence"),
    [
        (account(exists=False), {"password": None}, "The account does not exist yet and password is missing."),
        (account(exists=False), {"password": 'a"b'}, "must not hold a double quote"),
        (account(exists=False), {"manage_user": False}, "The account DBCARE does not exist and manage_user is false"),
        (account(), {"user": "x; drop"}, 'user "x; drop" is no plain Oracle user name.'),
        (account(cdb="YES", container="CDB$ROOT"), {}, 'write "C##DBCARE" instead of "DBCARE"'),
        (account(), {"user": "C##DBCARE"}, "this is no container database"),
        (account(cdb="YES", container="EMRPDB"), {}, "leads to the container EMRPDB; log in to CDB$ROOT instead"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(driver: Driver, params: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        do(driver, **params)
    assert sentence in str(caught.value)
    assert changes(driver) == []


def test_statements_are_described_without_a_database() -> None:
    params = {"user": "dbcare", "cdb": False, "version": "19", "licences": [], "manage_user": True}
    statements = described(params, PROBES)["statements"]
    assert statements[0] == "CREATE USER DBCARE IDENTIFIED BY :password"
    assert len(statements) == 1 + len(WANTED)
