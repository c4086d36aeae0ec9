# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue as a whole: complete, in both languages, without twins."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import BUILT_IN, load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.knowledge import ora_codes
from tests.tools.checks_doc import TARGET, page

CATALOGUE = load_catalogue()
COLUMNS = BUILT_IN / "columns.yml"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
LIMIT_NAME = re.compile(r"limits\.([a-z_]+\.[a-z_]+)")
SOURCE_CLAUSES = {"daily.instance", "daily.storage", "daily.logs", "daily.sessions", "daily.backup", "daily.security"}


def texts(node: Any, path: str = "") -> list[tuple[str, dict[str, str]]]:
    """Every {zh, en} below ``node`` with its path."""
    if isinstance(node, dict) and set(node) == {"zh", "en"}:
        return [(path, node)]
    items = node.items() if isinstance(node, dict) else []
    return [found for key, value in items for found in texts(value, f"{path}.{key}")]


ALL_TEXTS = [
    *texts(CATALOGUE.probes, "probes"), *texts(CATALOGUE.checks, "checks"), *texts(CATALOGUE.limits, "limits"),
    *texts(ora_codes(), "knowledge"),
]


def test_sizes() -> None:
    assert len(CATALOGUE.checks) >= 60
    assert len(ora_codes()) >= 60
    assert len(CATALOGUE.clauses) == 65


@pytest.mark.parametrize("clause", sorted(SOURCE_CLAUSES))
def test_each_daily_clause_has_checks(clause: str) -> None:
    area = clause.split(".")[1]
    assert [check for check in CATALOGUE.checks_of("daily")
            if check["clause"] == clause and check["id"].startswith(f"{area}.")]


def test_texts_are_chinese_and_english() -> None:
    wrong = [path for path, text in ALL_TEXTS if not CHINESE.search(text["zh"]) or CHINESE.search(text["en"])]
    assert wrong == []


def test_texts_hold_no_template_and_no_markup() -> None:
    wrong = [path for path, text in ALL_TEXTS for word in ("{{", "{%", "</", "TODO") if word in text["zh"] + text["en"]]
    assert wrong == []


def test_no_two_checks_judge_the_same() -> None:
    seen: dict[str, str] = {}
    for check in CATALOGUE.checks.values():
        key = repr((check["probe"], check.get("filter"), sorted(check["judge"].items(), key=repr)))
        assert key not in seen, f"{check['id']} judges what {seen.get(key)} judges"
        seen[key] = check["id"]


def test_every_probe_and_limit_is_used() -> None:
    used = {check["probe"] for check in CATALOGUE.checks.values()}
    assert set(CATALOGUE.probes) - used == set()
    text = repr(CATALOGUE.checks)
    named = set(LIMIT_NAME.findall(text)) | {key for key in CATALOGUE.limits if f"'{key}'" in text}
    assert set(CATALOGUE.limits) - named == set()
    assert set(LIMIT_NAME.findall(text)) - set(CATALOGUE.limits) == set()


@pytest.mark.parametrize(("limit", "clause", "key"), [
    ("storage.min_free_pct", "daily.storage", "min_free_pct"),
    ("logs.min_retention_days", "daily.logs", "min_log_retention_days"),
    ("performance.max_cpu_pct", "performance.limits", "max_cpu_pct"),
    ("performance.max_io_wait_ms", "performance.limits", "max_io_wait_ms"),
    ("backup.full_within_days", "backup.policy", "full_within_days"),
    ("backup.incremental_within_days", "backup.policy", "incremental_within_days"),
    ("backup.min_retention_days", "backup.storage", "min_retention_days"),
])
def test_contract_figures_come_from_the_clauses(limit: str, clause: str, key: str) -> None:
    assert CATALOGUE.limits[limit]["value"] == CATALOGUE.clauses[clause]["limit"][key]
    assert CATALOGUE.limits[limit]["contract"] is True
    assert CATALOGUE.limits[limit]["clause"] == clause


def test_warnings_come_before_failures() -> None:
    """Where a check has both, crossing the warning must not need more than crossing the failure."""
    for check in CATALOGUE.checks.values():
        rule = check["judge"].get("compare", {})
        if isinstance(rule.get("warn"), str) and isinstance(rule.get("fail"), str):
            warn, fail = CATALOGUE.limits[rule["warn"]]["value"], CATALOGUE.limits[rule["fail"]]["value"]
            assert warn >= fail if rule["healthy"] in (">=", ">") else warn <= fail, check["id"]


def test_edition_bound_checks_say_so() -> None:
    """Standard Edition 2 has no Data Guard, block change tracking or Flashback Database."""
    for check in CATALOGUE.checks.values():
        reads = CATALOGUE.probes[check["probe"]]["reads"]
        if {"V$ARCHIVE_DEST_STATUS", "V$DATAGUARD_STATS", "V$BLOCK_CHANGE_TRACKING"} & set(reads):
            assert check["applies"]["edition"] == "EE", check["id"]


@pytest.mark.parametrize("code", sorted(ora_codes()))
def test_knowledge_is_well_formed(code: str) -> None:
    entry = ora_codes()[code]
    assert re.fullmatch(r"(ORA|TNS|RMAN)-\d{5}", code)
    assert set(entry) == {"severity", "title", "cause", "handling"}
    assert entry["severity"] in ("critical", "high", "medium", "low", "info")


def test_files_are_plain_yaml_without_doubled_keys() -> None:
    files = sorted(Path(BUILT_IN).rglob("*.yml"))
    assert len(files) > 120
    for path in files:
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path


def test_the_page_of_checks_is_generated_from_the_catalogue() -> None:
    text = page(CATALOGUE)
    assert TARGET.read_text(encoding="utf-8") == text, "run: PYTHONPATH=.collections:. python -m tests.tools.checks_doc"
    assert all(f"| `{check}`<br>" in text for check in CATALOGUE.checks)
    assert "**20 %** (`storage.min_free_pct`)" in text


def test_every_column_of_evidence_has_words() -> None:
    words = yaml.safe_load(COLUMNS.read_text(encoding="utf-8"))
    shown = {name for check in CATALOGUE.checks.values() for name in check.get("evidence", [])}
    assert sorted(shown - set(words)) == [], f"give these columns words in {COLUMNS}"
    assert [name for name, entry in words.items() if not (entry["zh"] and entry["en"])] == []
    probed = {name for probe in CATALOGUE.probes.values() for name in probe["columns"]}
    assert sorted(set(words) - probed) == [], f"no probe has these columns of {COLUMNS}"
