# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The account that the module makes suffices for the whole inspection; each step is proven on the server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import collect
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.modules.inspector_account import argument_spec, perform
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from tests.integration.conftest import EstateUnderTest

pytestmark = pytest.mark.integration
Json = dict[str, Any]
PASSWORD = "Fresh-Inspector-1"
USERS = {"HIS": "CARE_TEST", "LIS": "CARE_TEST", "PACS": "CARE_TEST", "EMR": "C##CARE_TEST"}


def admin_login(estate: EstateUnderTest, target: str) -> Json:
    return {**estate.logins()[target], **estate.admin(target)}


def perform_on(estate: EstateUnderTest, target: str, check_mode: bool = False, **params: Any) -> Json:
    given = {name: option.get("default") for name, option in argument_spec().items()}
    given.update(login=admin_login(estate, target), user=USERS[target], password=PASSWORD, **params)
    result: Json = perform(given, list(load_catalogue().probes.values()), check_mode)
    return result


def grants(estate: EstateUnderTest, target: str) -> set[tuple[Any, ...]]:
    """What the server says that the account has."""
    sql = """select privilege, owner || '.' || table_name from dba_tab_privs where grantee = :u
             union all select privilege, null from dba_sys_privs where grantee = :u
             union all select 'USER', username from dba_users where username = :u"""
    return set(estate.query(target, sql, {"u": USERS[target]}))


@pytest.fixture(params=["LIS", "PACS", "EMR"])
def target(request: pytest.FixtureRequest, estate: EstateUnderTest) -> Iterator[str]:
    yield request.param
    perform_on(estate, request.param, state="absent")


def test_made_enough_idempotent_and_taken_back(estate: EstateUnderTest, target: str) -> None:
    predicted = perform_on(estate, target, check_mode=True)
    assert predicted["changed"]
    assert grants(estate, target) == set()

    made = perform_on(estate, target)
    assert made == predicted
    assert len(grants(estate, target)) == sum(item.startswith(("CREATE USER", "GRANT")) for item in made["statements"])

    again = perform_on(estate, target)
    assert (again["changed"], again["statements"], again["superfluous"]) == (False, [], [])

    login = normalise_login({**estate.logins()[target], "user": USERS[target], "password": PASSWORD})
    snapshot = collect(target, login, load_catalogue().probes_of("daily"))
    unread = {name: result["reason"] for name, result in snapshot["probes"].items() if result["status"] == "error"}
    assert (snapshot["error"], unread, snapshot["status"]) == (None, {}, "ok")

    removed = perform_on(estate, target, state="absent")
    assert removed["changed"]
    assert grants(estate, target) == set()
    assert not perform_on(estate, target, state="absent")["changed"]


def test_only_what_the_module_gave_is_taken_back(estate: EstateUnderTest) -> None:
    target = "LIS"
    perform_on(estate, target)
    try:
        with estate.connect(target, "admin") as connection:
            connection.cursor().execute("grant select on sys.dba_jobs to care_test")
        assert perform_on(estate, target)["superfluous"] == ['SELECT ON SYS."DBA_JOBS"']
        perform_on(estate, target, state="absent", manage_user=False)
        assert grants(estate, target) == {("USER", "CARE_TEST"), ("SELECT", "SYS.DBA_JOBS")}
    finally:
        perform_on(estate, target, state="absent")
