# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes docs/conformance.md from what the last test run recorded: ``python -m tests.tools.conformance_doc``."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
RECORDED = PROJECT / ".cache" / "conformance"
TARGET = PROJECT / "docs" / "conformance.md"
PROFILES = ("12.2", "19", "23ai")
SIGNS = {"passed": "✓", "failed": "✗", "skipped": "skipped"}
HEAD = """# What clients and statements the estate carries

Generated from the last run of the tests (`python -m tests.tools.conformance_doc`), not edited by hand. All of it is
[simulated](simulated.md): no Oracle Database took part. ✓ is a test that passed, "skipped" one that could not run where
the table was made, and an empty cell a profile that the test does not ask about.
"""
# What no test can show, said plainly.
LIMITS = Path(__file__).with_name("not_faithful.md")


def wire_table(client: str, features: dict[str, dict[str, str]]) -> str:
    """One client: features by profile."""
    lines = [f"### {client}", "", "| feature | " + " | ".join(PROFILES) + " |", "|---|" + "---|" * len(PROFILES)]
    for feature, outcomes in sorted(features.items()):
        lines.append(f"| {feature} | " + " | ".join(SIGNS.get(outcomes.get(name, ""), "") for name in PROFILES) + " |")
    return "\n".join(lines)


def sql_table(area: str, cases: list[dict[str, Any]]) -> str:
    """One area of SQL: constructs with where the expected values are from, and the outcome."""
    lines = [f"### {area}", "", "| construct | values from | result |", "|---|---|---|"]
    for case in cases:
        result = SIGNS.get(case["result"], case["result"]) if case["supported"] else "error, as meant"
        lines.append(f"| {case['construct']} | {case['source']} | {result} |")
    return "\n".join(lines).replace("||", "\\|\\|")


def page(wire: dict[str, Any], sql: list[dict[str, Any]]) -> str:
    """The whole page. ``wire`` is {client: {feature: {profile: outcome}}}, ``sql`` a list of cases."""
    ordered = sorted(sql, key=lambda case: case["area"])
    clients = [wire_table(*item) + "\n" for item in sorted(wire.items())]
    areas = [sql_table(area, list(cases)) + "\n" for area, cases in groupby(ordered, key=lambda case: case["area"])]
    said = LIMITS.read_text(encoding="utf-8")
    return "\n".join([HEAD, said, "## Clients by feature\n", *clients, "## SQL constructs\n", *areas])


def main() -> int:
    """Write the page. Returns 1 when the tests have recorded nothing yet."""
    try:
        wire, sql = (json.loads((RECORDED / name).read_text(encoding="utf-8")) for name in ("wire.json", "sql.json"))
    except FileNotFoundError as error:
        sys.stderr.write(f"{error.filename} is missing: run the tests first (make unit integration).\n")
        return 1
    TARGET.write_text(page(wire, sql), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
