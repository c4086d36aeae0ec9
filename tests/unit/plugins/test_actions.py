# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The action plugins through ansible-playbook: results, check mode, one sentence for bad input, no secret shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.cases import snapshot

Json = dict[str, Any]
ROOT = Path(__file__).parents[3]
SECRET = "tops3cret-Pw"
LOGIN = {"host": "127.0.0.1", "port": 1, "service_name": "X", "user": "u", "password": SECRET, "connect_timeout": 3}


class Played:
    """A playbook of some tasks, run once: ``results`` by task name, ``output`` of ansible-playbook at -vvv."""

    def __init__(self, folder: Path, tasks: list[Json], *options: str) -> None:
        names = [f"r{number}" for number in range(len(tasks))]
        steps = [{"register": name, "ignore_errors": True, **task} for name, task in zip(names, tasks, strict=True)]
        saved = {"dest": f"{folder}/results.json", "content": f"{{{{ [{', '.join(names)}] | to_json }}}}"}
        steps.append({"check_mode": False, "ansible.builtin.copy": saved})
        play = [{"hosts": "localhost", "gather_facts": False, "connection": "local", "tasks": steps}]
        (folder / "play.yml").write_text(json.dumps(play), encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-vvv", *options]
        environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_LOCALHOST_WARNING": "false"}
        done = subprocess.run(
            [*command, "-e", f"ansible_python_interpreter={sys.executable}", str(folder / "play.yml")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=environment,
        )
        self.output = done.stdout + done.stderr
        assert done.returncode == 0, self.output
        self.results = json.loads((folder / "results.json").read_text("utf-8"))


def readable() -> Json:
    given = snapshot(name="LIS")
    given["facts"].update(version_full="19.22.0.0.0", role="PRIMARY")
    return given


def chain(folder: Path, **settings: Any) -> list[Json]:
    given = {"dbcare_archive": {"url": f"sqlite:///{folder}/archive.sqlite"}, **settings}
    judged = {"snapshots": [readable()], "targets": ["LIS", "HIS"], "settings": given, "operator": "zhang"}
    recorded = {"run": "{{ r0.run }}", "snapshots": [readable()], "samples": "{{ r0.samples }}", "settings": given}
    return [
        {"medops.dbcare.judge_snapshots": judged},
        {"medops.dbcare.record_run": recorded},
        {"medops.dbcare.record_run": recorded},
        {"medops.dbcare.archive": {"state": "verified", "settings": given}},
        {"medops.dbcare.archive": {"state": "exported", "dest": f"{folder}/out", "settings": given}},
        {"medops.dbcare.archive": {"state": "exported", "dest": f"{folder}/out", "settings": given}},
        {"medops.dbcare.archive": {"state": "migrated", "settings": given}},
        {"medops.dbcare.archive": {"state": "pruned", "settings": given}},
        {"medops.dbcare.recorded_run_info": {"settings": given}},
        {"medops.dbcare.recorded_run_info": {"kind": "acceptance", "settings": given}},
    ]


def test_a_run_is_judged_recorded_verified_and_exported(tmp_path: Path) -> None:
    results = Played(tmp_path, chain(tmp_path)).results
    judged, recorded, again, verified, exported, same, migrated, pruned, newest, none = results
    assert (judged["changed"], judged["verdict"], judged["unread"]) == (False, "incomplete", ["HIS"])
    assert judged["run"]["run"]["operator"] == "zhang"
    assert judged["run"]["run"]["sequence"] is None
    assert (recorded["changed"], recorded["run"]["run"]["sequence"]) == (True, 1)
    assert recorded["run"]["run"]["hash"].startswith("sha256:")
    assert (again["changed"], again["run"]["run"]["hash"]) == (False, recorded["run"]["run"]["hash"])
    assert (verified["changed"], verified["problems"], verified["archive"]["runs"]) == (False, [], 1)
    assert (exported["changed"], len(exported["files"]), same["changed"]) == (True, 1, False)
    assert json.loads(Path(exported["files"][0]).read_text("utf-8")) == recorded["run"]
    assert (migrated["changed"], pruned["changed"], pruned["pruned"]) == (False, False, 0)
    assert (newest["changed"], newest["run"]) == (False, recorded["run"])
    assert none["msg"] == (f"The archive sqlite:///{tmp_path}/archive.sqlite holds no run of the kind acceptance; run "
                           "the playbook once without --tags report.")


def test_check_mode_judges_predicts_and_writes_nothing(tmp_path: Path) -> None:
    judged, recorded, *_rest = Played(tmp_path, chain(tmp_path), "--check").results
    assert judged["verdict"] == "incomplete"
    assert (recorded["changed"], recorded["run"]["run"]["sequence"], recorded["run"]["run"]["hash"]) == (True, 1, None)
    assert not (tmp_path / "archive.sqlite").exists()
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Played:
    folder = tmp_path_factory.mktemp("bad")
    (folder / "file").write_text("", encoding="utf-8")
    nowhere = {"dbcare_archive": {"url": f"sqlite:///{folder}/file/a.sqlite"}}
    judge = {"snapshots": [readable()]}
    return Played(
        folder,
        [
            {"medops.dbcare.oracle_snapshot": {"name": "A", "login": LOGIN}},
            {"medops.dbcare.oracle_snapshot": {"name": "A", "login": {**LOGIN, "oracle_client_lib_dir": "/nowhere"}}},
            {"medops.dbcare.oracle_snapshot": {"name": "A", "login": LOGIN, "probes": ["tablespace_usag"]}},
            {"medops.dbcare.oracle_snapshot": {"name": "A", "login": {**LOGIN, "service_name": ""}}},
            {"medops.dbcare.oracle_snapshot": {"name": "A", "login": LOGIN, "frequency": "dayly"}},
            {"medops.dbcare.judge_snapshots": {**judge, "settings": {"dbcare_limits": {"storage.min_free_pct": "x"}}}},
            {"medops.dbcare.judge_snapshots": {**judge, "settings": {"dbcare_reports": {}}}},
            {"medops.dbcare.judge_snapshots": {"snapshots": [{"schema": "other"}]}},
            {"medops.dbcare.record_run": {"run": {"run": {"id": "x"}}, "snapshots": [readable()], "settings": nowhere}},
            {"medops.dbcare.record_run": {"run": {"run": {"id": "x"}}, "snapshots": [readable()]}},
            {"medops.dbcare.judge_snapshots": {**judge, "now": "yesterday"}},
        ],
    )


def test_a_database_that_is_down_is_a_snapshot_and_no_failure(bad: Played) -> None:
    result = bad.results[0]
    assert "failed" not in result or not result["failed"]
    assert (result["snapshot"]["status"], result["snapshot"]["error"]["kind"]) == ("unreadable", "down")


def test_thick_mode_runs_in_a_process_of_its_own(bad: Played) -> None:
    error = bad.results[1]["snapshot"]["error"]
    assert error["code"] == "DPI-1047"


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (2, 'There is no probe "tablespace_usag" in the catalogue. Did you mean "tablespace_usage"?'),
        (3, "login.service_name is missing."),
        (4, 'The catalogue has no probes of the frequency "dayly".'),
        (5, "dbcare_limits: storage.min_free_pct must be a number, not 'x'."),
        (6, 'There is no setting "dbcare_reports". Did you mean "dbcare_report"?'),
        (7, 'Snapshot 1 is of the format "other"; this release reads medops.dbcare/snapshot/1.'),
        (8, "cannot be created: File exists"),
        (9, "dbcare_archive.url is missing"),
        (10, 'now must be an ISO 8601 time such as 2026-11-22T07:00:00+08:00, not "yesterday".'),
    ],
)
def test_bad_input_is_one_sentence(bad: Played, number: int, sentence: str) -> None:
    result = bad.results[number]
    assert result["failed"]
    assert sentence in result["msg"]
    assert "\n" not in result["msg"]


def test_no_password_is_shown_at_high_verbosity(bad: Played) -> None:
    assert "oracle_snapshot" in bad.output
    assert SECRET not in bad.output
    assert SECRET not in json.dumps(bad.results)
