# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every construct of tests/cases/sql/*.yml: statement, and the rows or the error that Oracle documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from estate.api import OraError
from estate.sql.numbers import number_text
from tests.support.merged_json import merge

from . import sample

ROOT = Path(__file__).resolve().parents[4]
CASES = [(document["area"], case) for path in sorted((ROOT / "tests/cases/sql").glob("*.yml"))
         for document in [yaml.safe_load(path.read_text(encoding="utf-8"))] for case in document["cases"]]
RESULTS: list[dict[str, Any]] = []


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    made = sample.engine(tmp_path_factory.mktemp("sql"))
    yield made
    made.close()
    merge(ROOT / ".cache/conformance/sql.json", with_results)


def with_results(before: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """What workers and earlier runs recorded, with this worker's results, in the order of the case files."""
    known = {(entry["area"], entry["construct"]): entry for entry in [*(before or ()), *RESULTS]}
    return [known[key] for area, case in CASES if (key := (area, case["construct"])) in known]


def plain(value: Any) -> Any:
    """A value as the case files write it."""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, timedelta):
        return f"-{-value}" if value < timedelta(0) and value != timedelta(-1) else str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, tuple):
        return list(value)
    return value.hex().upper() if isinstance(value, bytes) else value


def same(got: Any, expected: Any) -> bool:
    if isinstance(expected, bool) or isinstance(got, bool):
        return got is expected
    if isinstance(got, (int, float)) and isinstance(expected, (int, float)):
        return abs(got - expected) < 1e-9 * max(1.0, abs(expected))
    return got == expected


def run(engine: Any, case: dict[str, Any]) -> tuple[list[str], list[tuple[Any, ...]]]:
    ctx = sample.context(f"{case.get('version', '19')}.0.0.0.0")
    ctx.nls.update(case.get("nls", {}))
    session = engine.session(ctx)
    try:
        for step in case.get("steps", ()):
            session.execute(step)
        if "sql" not in case:
            return [], []
        result = session.execute(case["sql"])
        return [column.name for column in result.columns], list(result.rows)
    finally:
        session.close()


def printed(engine: Any, block: str) -> list[str]:
    """What a block prints through DBMS_OUTPUT."""
    session = engine.session(sample.context())
    session.output.enabled = True
    session.execute(block)
    session.close()
    return list(session.output.lines)


@pytest.mark.parametrize(("area", "case"), CASES, ids=[f"{area}: {case['construct']}" for area, case in CASES])
def test_case(engine: Any, area: str, case: dict[str, Any]) -> None:
    entry = {
        "area": area,
        "construct": case["construct"],
        "source": case["source"],
        "result": "failed",
        "statement": case.get("sql") or case.get("block") or case["steps"][-1],
        "supported": case.get("error") != 3001,
    }
    RESULTS.append(entry)
    if "block" in case:
        assert printed(engine, case["block"]) == case["output"]
    elif "error" in case:
        with pytest.raises(OraError) as raised:
            run(engine, case)
        assert raised.value.code == case["error"], raised.value
        assert case.get("message", "") in raised.value.message
        assert raised.value.position == case.get("position", raised.value.position)
    else:
        names, rows = run(engine, case)
        if "columns" in case:
            assert names == case["columns"]
        if "text" in case:
            assert [[number_text(str(value)) for value in row] for row in rows] == case["text"]
        else:
            got = [[plain(value) for value in row] for row in rows]
            assert len(got) == len(case["rows"]), got
            for row, expected in zip(got, case["rows"], strict=False):
                assert len(row) == len(expected)
                assert all(map(same, row, expected)), (row, expected)
    entry["result"] = "passed"


def test_every_case_names_its_source() -> None:
    assert all(case["source"] for _, case in CASES)
    assert len(CASES) > 200
