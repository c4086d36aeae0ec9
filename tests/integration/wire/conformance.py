# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Records which client could do what: .cache/conformance/wire.json, {client: {feature: {profile: outcome}}}.

Tests carry `@pytest.mark.conformance(client, feature)`; outcomes are passed, failed and skipped. Runs add to the
file, so that a part of the tests refreshes its part of the table.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.merged_json import merge

TABLE = Path(__file__).resolve().parents[3] / ".cache" / "conformance" / "wire.json"
Outcomes = dict[tuple[str, str, str], str]
_WORST = {"passed": 0, "skipped": 1, "failed": 2}


def note(outcomes: Outcomes, client: str, feature: str, profile: str, outcome: str) -> None:
    """Keep the worst outcome of all tests of one feature."""
    key = (client, feature, profile)
    if _WORST[outcome] >= _WORST.get(outcomes.get(key, "passed"), 0):
        outcomes[key] = outcome


def save(outcomes: Outcomes, path: Path = TABLE) -> dict[str, Any]:
    """Merge outcomes into the file; several test workers may do so at the same time."""
    def added(table: dict[str, Any] | None) -> dict[str, Any]:
        table = table or {}
        for (client, feature, profile), outcome in sorted(outcomes.items()):
            table.setdefault(client, {}).setdefault(feature, {})[profile] = outcome
        return table

    table: dict[str, Any] = merge(path, added)
    return table
