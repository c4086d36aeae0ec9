# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Speed of an inspection, side by side with a plain python-oracledb script that sends the same statements.

    .venv/bin/pytest tests/benchmarks/bench_inspection.py -q -s

Both read the same database in turn, so that a busy machine slows both; the middle of several turns counts.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import oracledb
import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import collect, fit
from ansible_collections.medops.dbcare.plugins.module_utils.facts import FACT_PROBES
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from tests.integration.conftest import ROOT, EstateUnderTest, up

Json = dict[str, Any]
TURNS = 9
MOST_TIMES_A_SCRIPT = 1.5
MOST_SECONDS_FOR_FOUR = 10
MOST_MEGABYTES = 150


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EstateUnderTest]:
    with up(tmp_path_factory.mktemp("estate"), "healthy") as running:
        yield running


def statements(facts: Json) -> list[str]:
    """What an inspection of this database sends, in its order."""
    probes = [probe for probe in [*FACT_PROBES, *load_catalogue().probes_of("daily")] if probe.get("variants")]
    return [fitted["sql"] for fitted, _reason in (fit(probe, facts, []) for probe in probes) if fitted]


def plain_script(login: Json, sent: list[str]) -> None:
    """What somebody would write by hand: connect, execute and fetch all, close."""
    with oracledb.connect(
        host=login["host"],
        port=login["port"],
        service_name=login["service_name"],
        user=login["user"],
        password=login["password"],
    ) as connection:
        for sql in sent:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                cursor.fetchall()


def timed(action: Callable[[], Any]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@pytest.mark.parametrize("target", ["LIS", "PACS", "EMR"])
def test_an_inspection_takes_at_most_half_as_long_again_as_a_script(estate: EstateUnderTest, target: str) -> None:
    login = normalise_login(estate.logins()[target])
    probes = load_catalogue().probes_of("daily")
    snapshot = collect(target, login, probes)
    sent = statements(snapshot["facts"])
    pairs = [
        (timed(lambda: collect(target, login, probes)), timed(lambda: plain_script(login, sent)))
        for _turn in range(TURNS)
    ]
    ours, script = (statistics.median(column) for column in zip(*pairs, strict=True))
    collected = snapshot["collected"]
    print(
        f"\n{target:<5} {collected['statements']} statements, {collected['round_trips']} round trips, "
        f"{collected['sessions']} session: {ours * 1000:.0f} ms; script {script * 1000:.0f} ms; "
        f"{ours / script:.2f} times (at most {MOST_TIMES_A_SCRIPT})"
    )
    assert collected["statements"] == len(sent)
    assert ours <= MOST_TIMES_A_SCRIPT * script


def test_four_databases_take_at_most_ten_seconds_and_little_memory(estate: EstateUnderTest, tmp_path: Path) -> None:
    inventory = {
        "dbcare_databases": {
            "hosts": {name: {"dbcare_login": login} for name, login in estate.logins().items()},
            "vars": {
                "ansible_connection": "local",
                "ansible_python_interpreter": sys.executable,
                "dbcare_archive": {"url": f"sqlite:///{tmp_path}/archive.sqlite"},
                "dbcare_report": {"folder": str(tmp_path / "reports"), "languages": ["zh-CN", "en"]},
            },
        }
    }
    (tmp_path / "hosts.yml").write_text(json.dumps(inventory), encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "ansible-playbook"),
        "-i",
        str(tmp_path / "hosts.yml"),
        "playbooks/daily_inspection.yml",
    ]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    elapsed = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nfour databases: {elapsed:.1f} s (at most {MOST_SECONDS_FOR_FOUR}),", end=" ")
    print(f"controller {megabytes:.0f} MB (at most {MOST_MEGABYTES})")
    assert done.returncode == 0, done.stdout + done.stderr
    assert elapsed <= MOST_SECONDS_FOR_FOUR
    assert megabytes <= MOST_MEGABYTES
