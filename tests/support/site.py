# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A site in a folder of its own: inventory, settings, archive and reports, and the real playbooks run on it."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]


def logins(estate: Any) -> dict[str, dict[str, Any]]:
    """dbcare_login of each database of a running estate."""
    return {name: {**{key: item[key] for key in ("host", "port", "service_name")}, **item["inspector"],
                   "instances": [{key: one[key] for key in ("name", "host", "port")} for one in item["instances"]]}
            for name, item in estate.databases.items()}


def planted(estate: Any) -> list[tuple[str, str]]:
    """(database, check) for each fault that the estate's scenario brought about and that a check is for."""
    checks = {item["name"]: item["check"] for item in estate.ask("faults")}
    return [(name, checks[fault["name"]]) for name, item in estate.databases.items() for fault in item["faults"]
            if checks.get(fault["name"])]


@dataclass(frozen=True)
class Outcome:
    """How one run of ansible-playbook ended. ``report`` is the newest report.json, None where there is none."""

    status: int
    output: str
    seconds: float
    report: dict[str, Any] | None

    def finding(self, check: str, target: str) -> dict[str, Any]:
        """The finding of a check on a target; fails the test where there is not exactly one."""
        assert self.report is not None, self.output
        found = [item for item in self.report["findings"] if (item["check"], item["target"]) == (check, target)]
        assert len(found) == 1, f"{len(found)} findings of {check} on {target}"
        return dict(found[0])

    def statuses(self, target: str) -> dict[str, str]:
        """Check to status, for one target."""
        assert self.report is not None, self.output
        return {item["check"]: item["status"] for item in self.report["findings"] if item["target"] == target}

    def errors(self) -> str:
        """Standard output from the first error on, with line breaks as blanks (Ansible wraps)."""
        start = min((at for at in (self.output.find("[ERROR]"), self.output.find("fatal:")) if at >= 0), default=-1)
        return " ".join(self.output[start:].split()) if start >= 0 else ""


@dataclass
class Site:
    """``targets``: name to dbcare_login; ``settings``: the group's variables."""

    folder: Path
    targets: dict[str, dict[str, Any]]
    settings: dict[str, Any] = field(default_factory=dict)
    host_settings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings = {"dbcare_report": {"folder": str(self.folder / "reports")},
                         "dbcare_archive": {"url": f"sqlite:///{self.folder}/archive.sqlite"}, **self.settings}

    @property
    def reports(self) -> Path:
        """The folder of the reports of daily inspections."""
        return self.folder / "reports" / "daily_inspection"

    @property
    def archive(self) -> Path:
        """The archive's file."""
        return self.folder / "archive.sqlite"

    def login(self, target: str, **changes: Any) -> dict[str, Any]:
        """The login of a target with some of it changed."""
        return {**copy.deepcopy(self.targets[target]), **changes}

    def newest(self) -> dict[str, Any] | None:
        """The report of the newest run; None before the first."""
        path = self.reports / "latest" / "report.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _inventory(self) -> Path:
        hosts = {name: {"dbcare_login": login, **self.host_settings.get(name, {})}
                 for name, login in self.targets.items()}
        variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                     **self.settings}
        path = self.folder / "hosts.yml"
        path.write_text(yaml.safe_dump({"dbcare_databases": {"hosts": hosts, "vars": variables}}), encoding="utf-8")
        return path

    def play(self, *arguments: str, playbook: str = "playbooks/daily_inspection.yml", **environment: str) -> Outcome:
        """Run a playbook on the site as somebody at a terminal would."""
        start = time.monotonic()
        command = Path(sys.executable).with_name("ansible-playbook")
        done = subprocess.run(
            [str(command), "-i", str(self._inventory()), playbook, *arguments],
            cwd=PROJECT, capture_output=True, text=True, check=False, timeout=300,
            env={**os.environ, "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1", **environment})
        return Outcome(done.returncode, done.stdout + done.stderr, time.monotonic() - start, self.newest())
