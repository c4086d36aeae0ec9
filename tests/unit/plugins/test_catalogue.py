# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The loader of the catalogue: what is wrong is named with file and key."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.versions import matches
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import names
from tests.unit.plugins import cases

Json = dict[str, Any]
T = {"zh": "中", "en": "en"}
PROBE = {
    "id": "space",
    "title": T,
    "scope": "database",
    "frequency": ["daily"],
    "reads": ["DBA_FREE_SPACE"],
    "variants": [{"versions": ">=11.2", "container": "any", "sql": "select 1 free_pct from dual"}],
    "columns": {"name": {"type": "string"}, "free_pct": {"type": "number"}},
}
CHECK = {
    **cases.CHECK,
    "probe": "space",
    "when_empty": "unknown",
    "evidence": ["free_pct"],
    "judge": {"compare": {"observed": "free_pct", "healthy": ">=", "fail": "storage.min_free_pct"}},
}
LIMITS = {
    "storage.min_free_pct": {"value": 20, "stricter": "higher", "contract": True, "clause": "daily.storage", "title": T}
}
CLAUSES = [{"id": "daily.storage", "src": "S3.1", "zh": "中", "en": "en"}]


def write(root: Path, name: str, data: Any) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "probes/space.yml", PROBE)
    write(tmp_path, "checks/storage/free.yml", CHECK)
    write(tmp_path, "contract/limits.yml", LIMITS)
    write(tmp_path, "contract/clauses.yml", CLAUSES)
    return tmp_path


def changed(data: Json, **values: Any) -> Json:
    return {**copy.deepcopy(data), **values}


def test_defaults_are_filled_in(root: Path) -> None:
    catalogue = load_catalogue((), root)
    probe, check = catalogue.probes["space"], catalogue.checks["storage.free"]
    assert (probe["max_rows"], probe["timeout"], probe["licence"], probe["edition"]) == (500, 20, "none", "any")
    assert (check["frequency"], check["null_observed"]) == (["daily"], "unknown")
    assert [item["id"] for item in catalogue.checks_of("daily")] == ["storage.free"]
    assert catalogue.checks_of("monthly") == []


def test_the_hash_follows_the_content(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    for path in root.rglob("*.yml"):
        write(other, str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    first = load_catalogue((), root).hash
    assert first.startswith("sha256:")
    assert load_catalogue((), other).hash == first
    third = tmp_path_factory.mktemp("third")
    for path in root.rglob("*.yml"):
        write(third, str(path.relative_to(root)), path.read_text(encoding="utf-8"))
    write(
        third,
        "contract/limits.yml",
        {**LIMITS, "storage.min_free_pct": {**LIMITS["storage.min_free_pct"], "value": 21}},
    )
    assert load_catalogue((), third).hash != first


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("probes/space.yml", changed(PROBE, colums={}), 'space.yml: unknown key "colums". Did you mean "columns"?'),
        (
            "probes/space.yml",
            {key: value for key, value in PROBE.items() if key != "scope"},
            'space.yml: the key "scope" is missing.',
        ),
        (
            "probes/space.yml",
            changed(PROBE, variants=[{"versions": "new", "container": "any", "sql": "select 1 from dual"}]),
            'in "variants.0.versions"',
        ),
        ("probes/space.yml", changed(PROBE, id="spaces"), 'the id "spaces" must be the name of the file'),
        ("probes/space.yml", "id: [", "space.yml, line"),
        ("probes/space.yml", "id: a\nid: b\n", 'the key "id" stands twice'),
        ("checks/storage/free.yml", changed(CHECK, severity="urgent"), 'in "severity"'),
        ("checks/storage/free.yml", changed(CHECK, id="storage.fre"), "must be <folder>.<name of the file>"),
        (
            "checks/storage/free.yml",
            changed(CHECK, probe="spaze"),
            'probe "spaze" does not exist. Did you mean "space"?',
        ),
        (
            "checks/storage/free.yml",
            changed(CHECK, clause="daily.storag"),
            'clause "daily.storag" does not exist. Did you mean "daily.storage"?',
        ),
        (
            "checks/storage/free.yml",
            changed(CHECK, judge={"compare": {"observed": "free_pct", "healthy": ">=", "fail": "storage.min"}}),
            'limit "storage.min" does not exist.',
        ),
        ("checks/storage/free.yml", changed(CHECK, evidence=["fre_pct"]), '"evidence" names the column "fre_pct"'),
        ("checks/storage/free.yml", changed(CHECK, filter="a =="), '"filter" is no JMESPath'),
        (
            "checks/storage/free.yml",
            changed(CHECK, judge={"compare": {"observed": "fre_pct", "healthy": ">=", "fail": 20}}),
            '"judge.compare.observed" names the column "fre_pct", which probe "space" does not have. '
            'Did you mean "free_pct"?',
        ),
        (
            "checks/storage/free.yml",
            changed(CHECK, filter="limits.storage.any && lower(tablespce) != 'x'"),
            '"filter" names the column "tablespce"',
        ),
        (
            "checks/storage/free.yml",
            changed(CHECK, judge={"python": {"name": "blocking_chain"}}),
            'there is no judge "blocking_chain". Did you mean "blocking_chains"?',
        ),
        (
            "checks/storage/free.yml",
            changed(CHECK, judge={"compare": {"observed": "free_pct", "healthy": ">="}}),
            'in "judge.compare"',
        ),
        ("checks/storage/free.yml", changed(CHECK, judge={}), 'in "judge"'),
        (
            "contract/limits.yml",
            {"storage.min_free_pct": {**LIMITS["storage.min_free_pct"], "clause": "daily.nothing"}},
            'names the clause "daily.nothing", which does not exist',
        ),
        (
            "contract/limits.yml",
            {"storage.min_free_pct": {"value": 1, "stricter": "higher", "contract": True, "title": T}},
            'in "storage.min_free_pct": the key "clause" is missing.',
        ),
    ],
)
def test_what_is_wrong_is_named_with_file_and_key(root: Path, name: str, data: Any, words: str) -> None:
    write(root, name, data)
    with pytest.raises(BadInput) as caught:
        load_catalogue((), root)
    assert words in str(caught.value)
    assert str(root / name) in str(caught.value)


def test_a_site_adds_checks_and_may_not_reuse_an_id(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    site = tmp_path_factory.mktemp("site")
    write(site, "checks/storage/own.yml", changed(CHECK, id="storage.own"))
    assert set(load_catalogue((str(site),), root).checks) == {"storage.free", "storage.own"}
    again = tmp_path_factory.mktemp("again")
    write(again, "checks/storage/free.yml", CHECK)
    with pytest.raises(BadInput, match=r'the id "storage.free" is already used in .*free\.yml; ids are never reused'):
        load_catalogue((str(again),), root)


def test_a_folder_that_is_missing_and_a_probe_that_is_unknown_are_named(root: Path) -> None:
    with pytest.raises(BadInput, match=r"catalogue folder /nowhere does not exist"):
        load_catalogue(("/nowhere",), root)
    with pytest.raises(BadInput, match=r'no probe "spce" in the catalogue. Did you mean "space"\?'):
        load_catalogue((), root).pick_probes(["spce"])


def test_the_shipped_catalogue_loads() -> None:
    catalogue = load_catalogue()
    assert len(catalogue.checks) >= 40
    assert {check["probe"] for check in catalogue.checks.values()} <= set(catalogue.probes)
    assert "target_readable" in names()


@pytest.mark.parametrize(
    ("version", "ranges", "expected"),
    [
        ("19.22.0.0.0", ">=12.1", True),
        ("12.1.0.2.0", ">=12.1", True),
        ("11.2.0.4.0", ">=12.1", False),
        ("12.2.0.1.0", "<12.2", False),
        ("12.1.0.2", ">=12.1,<12.2", True),
        ("23.4.0.24.5", ">=19,<23", False),
        ("19.3", "19", True),
        ("19.3", "==18", False),
        ("9.2", ">=10", False),
    ],
)
def test_version_ranges(version: str, ranges: str, expected: bool) -> None:
    assert matches(version, ranges) is expected
