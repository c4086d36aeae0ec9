# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the progress callback says, seen by running a small playbook with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.medops.dbcare.plugins.callback.dbcare_progress import CallbackModule, outcome

PROJECT = Path(__file__).resolve().parents[3]
PLAYBOOK = """
- name: Two hosts
  hosts: all
  gather_facts: false
  vars:
    ansible_connection: local
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    schedule_scheduler: cron
    schedule_cron_file: "{{ playbook_dir }}/none"
  tasks:
    - name: A task of the site is not a step
      ansible.builtin.command: "true"
    - name: A role of the collection
      ansible.builtin.import_role:
        name: medops.dbcare.schedule
    - name: Say the verdict
      ansible.builtin.set_stats:
        data:
          dbcare_run: {verdict: attention, report: /r/report.html, line: "Attention: 2 warnings {{ '{{' }} 1+1 }}"}
      run_once: true
"""


def play(folder: Path, **environment: str) -> list[str]:
    playbook = folder / "play.yml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    done = subprocess.run(
        [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "a,b", str(playbook)],
        capture_output=True, text=True, check=True, cwd=PROJECT,
        env={**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", **environment})
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return play(tmp_path_factory.mktemp("progress"))


def test_each_step_of_a_role_is_named_with_its_targets(lines: list[str]) -> None:
    assert "--> schedule: Remove the crontab of an empty schedule (2 targets)" in lines
    assert not [line for line in lines if line.startswith("--> ") and "site is not a step" in line]


def test_a_step_that_nobody_takes_is_said_to_be_skipped(lines: list[str]) -> None:
    start = lines.index("--> schedule: Write the crontab (2 targets)")
    assert lines[start + 1] == "    skipped"


def test_each_target_is_counted_down(lines: list[str]) -> None:
    start = lines.index("--> schedule: Remove the crontab of an empty schedule (2 targets)")
    first, second = lines[start + 1:start + 3]
    assert re.fullmatch(r"    [ab]: done \(1 left\)", first)
    assert re.fullmatch(r"    [ab]: done", second)
    assert first[4] != second[4]


def test_the_verdict_is_the_last_line_and_plain_text(lines: list[str]) -> None:
    assert lines[-1] == "Attention: 2 warnings {{ 1+1 }}"
    assert lines[-2] == "Report: /r/report.html"
    assert [line for line in lines if line.startswith("PLAY RECAP")]


def test_quiet_says_the_verdict_only(tmp_path: Path) -> None:
    quiet = play(tmp_path, DBCARE_PROGRESS_QUIET="true")
    assert quiet[-1] == "Attention: 2 warnings {{ 1+1 }}"
    assert not [line for line in quiet if line.startswith("-->")]


def test_a_snapshot_is_told_by_what_it_took() -> None:
    collected = {"statements": 61, "round_trips": 64, "sessions": 1}
    assert outcome({"snapshot": {"status": "ok", "error": None, "collected": collected}}) == (
        "ok, 61 statements, 64 round trips, 1 sessions")


def test_of_a_partial_snapshot_it_says_what_was_not_read_and_why() -> None:
    missing = {"status": "error", "error": {"code": "ORA-00942", "kind": "privilege",
                                            "message": "ORA-00942: table or view does not exist"}}
    slow = {"status": "error", "error": {"code": "DPY-4024", "kind": "timeout", "message": "DPY-4024: call timeout"}}
    snapshot = {"status": "partial", "error": None, "collected": {"statements": 61},
                "probes": {"redo_logs": missing, "alert_log": slow, "standby_destinations": missing,
                           "database_state": {"status": "ok", "error": None}}}
    assert outcome({"snapshot": snapshot}).splitlines() == [
        "partial, 61 statements",
        "        not read: redo_logs, standby_destinations: ORA-00942: table or view does not exist "
        "(the playbook onboard prints the grants)",
        "        not read: alert_log: DPY-4024: call timeout",
    ]


def test_an_unreadable_target_is_told_by_its_error() -> None:
    error = {"kind": "maintenance", "code": "ORA-01033", "message": "ORA-01033: initialization in progress"}
    assert outcome({"snapshot": {"status": "unreadable", "error": error}}) == (
        "unreadable (maintenance): ORA-01033: initialization in progress")


def test_warnings_are_told_once_though_the_stdout_callback_hides_what_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    callback, lines = CallbackModule(), []
    monkeypatch.setattr(callback, "_line", lambda text, colour="": lines.append(text))
    done = SimpleNamespace(_host=SimpleNamespace(get_name=lambda: "LIS"),
                           _result={"failures": ["mail was not sent"], "warnings": ["a waiver expired"]})
    callback.step = "judge: Judge what was read"
    callback.v2_runner_on_ok(done)
    callback.v2_runner_on_ok(done)
    assert lines == ["    mail was not sent", "    a waiver expired"]


def test_statements_are_shown_whole_to_be_copied() -> None:
    assert outcome({"statements": ["CREATE USER X", "GRANT CREATE SESSION TO X"]}).splitlines() == [
        "2 statements", "CREATE USER X;", "GRANT CREATE SESSION TO X;"]
