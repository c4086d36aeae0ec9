# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every statement of the catalogue resolves, view by view and column by column, in each release that it claims.

The facts are those of the estate's dictionary; 23ai is 19c carried forward.
"""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError
from sqlglot.optimizer.qualify import qualify

from ansible_collections.medops.dbcare.plugins.module_utils.versions import matches
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from estate.dictionary.facts import facts_of

RELEASES = ("11.2", "12.1", "12.2", "18", "19", "23")
DICTIONARY_ROLES = {"PRIMARY", "LOGICAL STANDBY", "SNAPSHOT STANDBY"}
HEAVY = {"EXTENTS", "SEGMENTS", "FREE_SPACE"}
RESERVED = set("""
    access add all alter and any as asc audit between by char check cluster column column_value comment compress connect
    create current date decimal default delete desc distinct drop else exclusive exists file float for from grant group
    having identified immediate in increment index initial insert integer intersect into is level like lock long
    maxextents minus mlslabel mode modify nested_table_id noaudit nocompress not nowait null number of offline on online
    option or order pctfree prior public raw rename resource revoke row rowid rownum rows select session set share size
    smallint start successful synonym sysdate table then to trigger uid union unique update user validate values varchar
    varchar2 view whenever where with""".split())  # noqa: SIM905
FUNCTIONS_WITHOUT_BRACKETS = {"SYSDATE", "SYSTIMESTAMP", "USER"}
SQL_PROBES = {name: probe for name, probe in load_catalogue().probes.items() if probe["source"] == "sql"}
VARIANTS = [(name, position) for name, probe in SQL_PROBES.items() for position in range(len(probe["variants"]))]


def parse(sql: str) -> exp.Expression:
    return sqlglot.parse_one(sql, read="oracle")


def relations(tree: exp.Expression) -> set[str]:
    named = {cte.alias_or_name.upper() for cte in tree.find_all(exp.CTE)}
    return {table.name.upper() for table in tree.find_all(exp.Table)} - named


def columns_in(view: str, release: str) -> dict[str, str]:
    return {fact.column.name: fact.column.type for fact in facts_of(view) if fact.within(release)}


def claimed(variant: dict[str, str]) -> list[str]:
    """Releases that a variant claims; containers exist since 12.1."""
    first = "12.1" if variant["container"] == "cdb" else "11.2"
    return [release for release in RELEASES if matches(release, variant["versions"]) and matches(release, f">={first}")]


def resolve(sql: str, release: str) -> None:
    """Raise OptimizeError for a column, AssertionError for a view, that the release does not have."""
    tree = parse(sql)
    schema = {}
    for view in relations(tree):
        schema[view] = columns_in(view, release)
        assert schema[view], f"Oracle {release} has no view {view}"
    for column in list(tree.find_all(exp.Column)):
        if not column.table and column.name.upper() in FUNCTIONS_WITHOUT_BRACKETS:
            column.replace(exp.Literal.number(1))
    qualify(tree, schema=schema, dialect="oracle")


@pytest.mark.parametrize(("name", "position"), VARIANTS)
def test_statement_resolves_in_each_claimed_release(name: str, position: int) -> None:
    variant = SQL_PROBES[name]["variants"][position]
    assert claimed(variant), "the variant claims no release that is known"
    for release in claimed(variant):
        try:
            resolve(variant["sql"], release)
        except OptimizeError as error:
            pytest.fail(f"{name}, Oracle {release}: {error}")


@pytest.mark.parametrize(("name", "position"), VARIANTS)
def test_reads_and_columns_are_those_of_the_statement(name: str, position: int) -> None:
    probe = SQL_PROBES[name]
    variant = probe["variants"][position]
    tree = parse(variant["sql"])
    assert relations(tree) == set(variant.get("reads", probe["reads"]))
    declared = [key for key, column in probe["columns"].items() if column.get("source", "sql") == "sql"]
    assert [item.alias_or_name for item in tree.selects] == declared
    assert all(item.alias_or_name == item.alias_or_name.lower() for item in tree.selects)


@pytest.mark.parametrize("name", SQL_PROBES)
def test_reads_of_the_probe_are_those_of_its_variants(name: str) -> None:
    probe = SQL_PROBES[name]
    variants = [set(variant.get("reads", probe["reads"])) for variant in probe["variants"]]
    assert set().union(*variants) == set(probe["reads"])
    assert len(probe["reads"]) == len(set(probe["reads"]))


@pytest.mark.parametrize("name", SQL_PROBES)
def test_no_pack_no_hint_no_heavy_view(name: str) -> None:
    probe = SQL_PROBES[name]
    if probe["licence"] == "none":
        assert not [view for view in probe["reads"] if view.startswith("DBA_HIST_") or view.endswith("SESSION_HISTORY")]
    assert not {view.partition("_")[2] for view in probe["reads"]} & HEAVY
    for variant in probe["variants"]:
        assert not [mark for mark in ("/*", "--", ":", "&", ";") if mark in variant["sql"]]


@pytest.mark.parametrize(("name", "position"), VARIANTS)
def test_names_given_are_no_words_that_oracle_reserves(name: str, position: int) -> None:
    tree = parse(SQL_PROBES[name]["variants"][position]["sql"])
    given = {alias.alias.lower() for alias in tree.find_all(exp.Alias, exp.Table, exp.Subquery) if alias.alias}
    assert given & RESERVED == set()


def test_dictionary_checks_leave_mounted_standbys_alone() -> None:
    """DBA_ and CDB_ views answer ORA-01219 while a database is mounted, as a physical standby mostly is."""
    catalogue = load_catalogue()
    for check in catalogue.checks.values():
        if any(view.startswith("DBA_") for view in catalogue.probes[check["probe"]]["reads"]):
            roles = set(check.get("applies", {}).get("roles", ["any"]))
            assert roles <= DICTIONARY_ROLES, f"{check['id']}: say applies: {{roles: [...]}} of {DICTIONARY_ROLES}"


@pytest.mark.parametrize("name", SQL_PROBES)
def test_container_data_is_read_for_all_containers(name: str) -> None:
    """In a CDB the DBA_ views show the root alone: a variant for CDBs must not use one."""
    for variant in SQL_PROBES[name]["variants"]:
        if variant["container"] in ("cdb", "any"):
            assert not [view for view in relations(parse(variant["sql"])) if view.startswith(("DBA_", "ALL_", "USER_"))]


def test_the_resolver_sees_what_is_wrong() -> None:
    resolve("select s.sid, sysdate now from gv$session s", "11.2")
    with pytest.raises(AssertionError, match=r"Oracle 11.2 has no view V\$PDBS"):
        resolve("select p.name from v$pdbs p", "11.2")
    with pytest.raises(OptimizeError, match="CON_ID"):
        resolve("select s.con_id from gv$session s", "11.2")
    with pytest.raises(OptimizeError, match="VERSION_FULL"):
        resolve("select (select max(i.version_full) from v$instance i) v from v$database d", "12.2")
    with pytest.raises(OptimizeError, match="NOPE"):
        resolve("select d.name from v$database d order by nope", "19")
