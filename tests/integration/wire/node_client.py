# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Installs node-oracledb into .cache/node; `python -m tests.integration.wire.node_client` does it ahead of tests."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "node"
INSTALLED = Path(__file__).resolve().parents[3] / ".cache" / "node"


@cache
def install() -> str | None:
    """Install the package into .cache/node, once; gives the reason why it cannot be had, or None."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "node and npm are not installed (Debian: apt install nodejs npm)"
    wanted = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]["oracledb"]
    present = INSTALLED / "node_modules" / "oracledb" / "package.json"
    if present.exists() and json.loads(present.read_text(encoding="utf-8"))["version"] == wanted:
        return None
    INSTALLED.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / "package.json", INSTALLED)
    command = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, timeout=120, check=False)
    return None if done.returncode == 0 else f"npm install of oracledb {wanted} failed: {done.stderr.strip()[-200:]}"


if __name__ == "__main__":
    sys.exit(install())
