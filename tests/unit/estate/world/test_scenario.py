# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scenario files: read, merged, checked; ports given out."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from estate.dictionary import facts, families
from estate.world import scenario, templates
from estate.world.database import Database
from tests.support.databases import inspector, value


def test_the_shipped_scenarios() -> None:
    assert scenario.names() == ["demo", "fleet", "healthy", "standby"]
    healthy = scenario.load("healthy", port_base=20000)
    assert {name: (spec.release, spec.port) for name, spec in healthy.databases.items()} == {
        "HIS": ("19", 20000), "LIS": ("19", 20010), "PACS": ("12.2", 20020), "EMR": ("23", 20030)}
    assert [i.port for i in healthy.databases["HIS"].instances] == [20001, 20002] and healthy.faults == []
    assert healthy.databases["HIS"].kinds() == {"rac", "noncdb", "asm", "ee", "19c"}
    demo = scenario.load("demo")
    assert {item["target"] for item in demo.faults} == {"HIS", "LIS", "PACS", "EMR"} and 8 <= len(demo.faults) <= 14
    pair = scenario.load("standby").databases
    assert {name: (spec.role, spec.db_name, spec.threads) for name, spec in pair.items()} == {
        "HIS": ("PRIMARY", "HIS", [1, 2]), "HISDG": ("PHYSICAL STANDBY", "HIS", [1, 2])}


def test_only_some_databases_keep_their_ports() -> None:
    chosen = scenario.load("demo", only=["PACS"], port_base=30000)
    assert list(chosen.databases) == ["PACS"] and chosen.databases["PACS"].port == 30020
    assert {item["target"] for item in chosen.faults} == {"PACS"}


def test_sizes_and_ages() -> None:
    assert scenario.size("1.5T") == 1649267441664 and scenario.size("512M") == 536870912 and scenario.size(7) == 7
    assert scenario.age("3d 2h") == 266400 and scenario.age("45m") == 2700
    for wrong in ("big", "12X"):
        with pytest.raises(scenario.ScenarioError, match=wrong):
            scenario.size(wrong)


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(scenario.ScenarioError, match="no scenario 'nightmare'; there are demo, fleet, healthy"):
        scenario.load("nightmare")
    with pytest.raises(scenario.ScenarioError, match="no database RIS; it has HIS, LIS, PACS, EMR"):
        scenario.load("healthy", only=["RIS"])
    own = tmp_path / "own.yml"
    own.write_text("extends: healthy\ndatabases: {LIS: {colour: red}}\n", encoding="utf-8")
    with pytest.raises(scenario.ScenarioError, match="database LIS: unknown setting colour"):
        scenario.load(str(own))
    own.write_text("databases: [", encoding="utf-8")
    with pytest.raises(scenario.ScenarioError, match="not valid YAML"):
        scenario.load(str(own))


def test_a_scenario_of_ones_own_extends_a_shipped_one(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text("extends: healthy\ndatabases: {LIS: {processes: 222}}\n", encoding="utf-8")
    spec = scenario.load(str(own), only=["LIS"]).databases["LIS"]
    db = Database(spec, tmp_path)
    assert value(inspector(db), "SELECT value FROM v$parameter WHERE name = 'processes'") == "222"
    db.close()


def test_a_fleets_databases_are_copies_with_names_of_their_own(tmp_path: Path) -> None:
    fleet = scenario.load(fleet=3, port_base=21000)
    assert [(spec.name, spec.port) for spec in fleet.databases.values()] == [("DB001", 21000), ("DB002", 21001),
                                                                             ("DB003", 21002)]
    made = [Database(spec, tmp_path) for spec in fleet.databases.values()]
    assert [value(inspector(db), "SELECT name || instance_name FROM v$database, v$instance")
            for db in made] == ["DB001DB001", "DB002DB002", "DB003DB003"]
    assert len({value(inspector(db), "SELECT dbid FROM v$database") for db in made}) == 3
    assert templates.of(made[0].spec, tmp_path) == tmp_path / "template" / "FLEET.db"
    for db in made:
        db.close()


def test_the_inspectors_grants_are_on_views_that_exist() -> None:
    listed = yaml.safe_load((scenario.FOLDER / "inspector_grants.yml").read_text(encoding="utf-8"))["objects"]
    assert len(listed) == len(set(listed))
    assert [name for name in listed if not any(facts.view(families.public_name(name),
                                                          release) for release in facts.RELEASES)] == []
