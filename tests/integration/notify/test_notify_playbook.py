# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report and the role notify in real playbooks: hostile text, check mode, failing channels, secrets."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.sample_run import RUN_ID, sample_run

PROJECT = Path(__file__).resolve().parents[3]
HOSTILE = "<script>x</script> {{ 1+1 }} {% raw %} {{ lookup('env', 'HOME') }} =cmd()"


def play(folder: Path, run_file: Path, notify: dict[str, Any], *arguments: str) -> tuple[int, str, dict[str, Any]]:
    """Run render_report and the role notify in a play; (exit status, all output, what the tasks returned)."""
    told = {"notify_run": "{{ document }}", "notify_report_path": "{{ report.report_html }}",
            "notify_settings": notify}
    tasks: list[dict[str, Any]] = [
        {"name": "Read", "ansible.builtin.slurp": {"src": str(run_file)}, "register": "raw", "check_mode": False},
        {"name": "Parse", "ansible.builtin.set_fact": {
            "document": "{{ raw.content | b64decode | from_json }}"}},
        {"name": "Report", "register": "report", "medops.dbcare.render_report": {
            "run_document": "{{ document }}", "folder": str(folder / "reports")}},
        {"name": "Tell", "ansible.builtin.include_role": {"name": "medops.dbcare.notify"}, "vars": told},
        {"name": "Keep", "check_mode": False, "ansible.builtin.copy": {
            "content": "{{ {'report': report, 'notify': __notify_result} | to_json }}",
            "dest": str(folder / "returned.json"), "mode": "0600"}},
    ]
    book = folder / "play.yml"
    book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "localhost,", "-c", "local", str(book),
               "-e", f"ansible_python_interpreter={sys.executable}", *arguments]
    environment = os.environ | {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_DISPLAY_OK_HOSTS": "true"}
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=120,
                          check=False)
    kept = folder / "returned.json"
    returned = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    return done.returncode, done.stdout + done.stderr, returned


@pytest.fixture
def hostile() -> dict[str, Any]:
    document = sample_run()
    document["findings"][6] |= {"title": {"zh": HOSTILE, "en": HOSTILE}, "evidence": [{"tablespace": HOSTILE}]}
    return document


def test_report_and_message(tmp_path: Path, hooks: Any, smtp: Any, run_file: Any, hostile: dict[str, Any]) -> None:
    hook, (inbox, mail) = hooks(), smtp("starttls")
    notify = {"mail": mail, "webhooks": [{"kind": "generic", "url": hook.url, "secret": "S3CRET"}]}
    code, output, returned = play(tmp_path, run_file(hostile), notify, "-vvv")
    assert code == 0, output
    assert returned["report"]["folder"] == str(tmp_path / "reports" / "daily_inspection" / RUN_ID)
    kept = json.loads(Path(returned["report"]["report_json"]).read_text(encoding="utf-8"))
    assert kept == hostile
    page = Path(returned["report"]["report_html"]).read_text(encoding="utf-8")
    assert html.escape(HOSTILE).replace("&#x27;", "&#39;") in page
    assert returned["report"]["summary"]["en"].startswith("Daily database inspection: Incomplete")
    assert json.loads(hook.requests[0][2])["report"] == returned["report"]["report_html"]
    assert len(inbox.envelopes) == 1 and [d["sent"] for d in returned["notify"]["deliveries"]] == [True, True]
    assert "T0KEN" not in json.dumps(returned) and "S3CRET" not in json.dumps(returned)


def test_failing_channel_is_a_warning(tmp_path: Path, hooks: Any, run_file: Any) -> None:
    hook = hooks()
    hook.answers = [(404, "x")]
    code, output, returned = play(tmp_path, run_file(sample_run()), {"webhooks": [{"kind": "wecom", "url": hook.url}]})
    sentence = "Notification by wecom 127.0.0.1 failed: HTTP 404. The report itself is not affected."
    assert code == 0 and sentence in " ".join(output.split()) and "T0KEN" not in output
    assert returned["notify"]["failures"] == [sentence] and Path(returned["report"]["report_html"]).is_file()


def test_check_mode_writes_and_sends_nothing(tmp_path: Path, hooks: Any, run_file: Any) -> None:
    hook = hooks()
    code, output, returned = play(tmp_path, run_file(sample_run()), {"webhooks": [{"kind": "wecom", "url": hook.url}]},
                                  "--check")
    assert code == 0, output
    assert returned["report"]["changed"] is True and returned["report"]["report_html"].endswith("/report.html")
    assert returned["notify"]["deliveries"] == [{"channel": "wecom 127.0.0.1", "sent": False}]
    assert not (tmp_path / "reports").exists() and hook.requests == []


def test_wrong_setting_names_its_key_and_keeps_the_report(tmp_path: Path, run_file: Any) -> None:
    code, output, _returned = play(tmp_path, run_file(sample_run()), {"mial": {"password": "S3CRET"}})
    assert code != 0 and 'dbcare_notify: unknown key "mial". Did you mean "mail"?' in " ".join(output.split())
    assert "S3CRET" not in output
    assert (tmp_path / "reports" / "daily_inspection" / "latest" / "report.html").is_file()


def test_unwritable_folder_is_one_sentence(tmp_path: Path, run_file: Any) -> None:
    (tmp_path / "reports").write_text("in the way", encoding="utf-8")
    code, output, _returned = play(tmp_path, run_file(sample_run()), {})
    assert code != 0 and "The report cannot be written to" in output and "Traceback" not in output
