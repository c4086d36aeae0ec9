# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inspector of the estate holds exactly what the product says that an inspector needs."""

from __future__ import annotations

import pytest

from estate.dictionary import families
from tests.integration.conftest import EstateUnderTest
from tests.tools import inspector_grants


def test_the_list_is_what_the_probes_read() -> None:
    assert inspector_grants.TARGET.read_text(encoding="utf-8") == inspector_grants.text()


@pytest.mark.integration
@pytest.mark.parametrize("name", ["HIS", "LIS", "PACS", "EMR"])
def test_the_account_holds_what_its_database_needs(estate: EstateUnderTest, name: str) -> None:
    database = estate.databases[name]
    held = {families.public_name(row[0]) for row in estate.query(
        name, "SELECT table_name FROM dba_tab_privs WHERE grantee = :1", [database["inspector"]["user"]])}
    assert sorted(inspector_grants.needed(database["version"], cdb=name == "EMR") - held) == []
    assert estate.query(name, "SELECT privilege FROM dba_sys_privs WHERE grantee = :1 AND privilege <> "
                        "'SET CONTAINER'", [database["inspector"]["user"]]) == [("CREATE SESSION",)]
