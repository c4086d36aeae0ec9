#!/usr/bin/env python3
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Inventory script: the databases of the embedded estate that runs now (``python -m estate up``)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]


def status() -> dict[str, Any]:
    """What ``estate status --json`` says. Exits with one sentence when no estate is up."""
    python = PROJECT / ".venv" / "bin" / "python"
    done = subprocess.run([str(python) if python.exists() else sys.executable, "-m", "estate", "status", "--json"],
                          cwd=PROJECT, capture_output=True, text=True, check=False)
    try:
        found = json.loads(done.stdout)
    except ValueError:
        found = {}
    if not found.get("databases"):
        sys.exit("The embedded estate is not up; start it with: python -m estate up --scenario demo "
                 "(or: make demo KEEP=1)")
    return dict(found)


def host_vars(database: dict[str, Any]) -> dict[str, Any]:
    """One database as Ansible variables: how the inspector logs in, and that nothing here is a real Oracle."""
    login = {key: database[key] for key in ("host", "port", "service_name")}
    login["instances"] = [{key: item[key] for key in ("name", "host", "port")} for item in database["instances"]]
    return {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}",
            "dbcare_login": {**login, **database["inspector"]}, "dbcare_simulated": True}


def inventory(found: dict[str, Any]) -> dict[str, Any]:
    """The answer to ``--list``: group dbcare_databases with all variables in _meta."""
    hosts = {database["name"]: host_vars(database) for database in found["databases"]}
    return {"dbcare_databases": {"hosts": list(hosts)}, "_meta": {"hostvars": hosts}}


if __name__ == "__main__":
    json.dump(inventory(status()), sys.stdout, indent=2)
