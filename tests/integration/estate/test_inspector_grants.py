# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The inspector of the estate holds exactly what the product says that an inspector needs."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.medops.dbcare.plugins.module_utils.grants import needed_grants
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from estate.dictionary import families
from estate.world import scenario
from tests.integration.conftest import EstateUnderTest

VERSIONS = ("12.2.0.1.0", "19.24.0.0.0", "23.6.0.24.10")


def needed(version: str, *, cdb: bool) -> set[str]:
    """Relations that the statements of all probes read on a database."""
    return {families.public_name(name) for privilege, _owner, name
            in needed_grants(load_catalogue(()).probes.values(), version, cdb) if privilege == "SELECT"}


def test_the_list_is_what_the_probes_read() -> None:
    listed = yaml.safe_load((scenario.FOLDER / "inspector_grants.yml").read_text(encoding="utf-8"))["objects"]
    wanted = set().union(*(needed(version, cdb=cdb) for version in VERSIONS for cdb in (True, False)))
    assert sorted(listed) == sorted(wanted)


@pytest.mark.integration
@pytest.mark.parametrize("name", ["HIS", "LIS", "PACS", "EMR"])
def test_the_account_holds_what_its_database_needs(estate: EstateUnderTest, name: str) -> None:
    database = estate.databases[name]
    held = {families.public_name(row[0]) for row in estate.query(
        name, "SELECT table_name FROM dba_tab_privs WHERE grantee = :1", [database["inspector"]["user"]])}
    assert sorted(needed(database["version"], cdb=name == "EMR") - held) == []
    assert estate.query(name, "SELECT privilege FROM dba_sys_privs WHERE grantee = :1 AND privilege <> "
                        "'SET CONTAINER'", [database["inspector"]["user"]]) == [("CREATE SESSION",)]
