# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection as Galaxy would ship it: what is in it, and that it works from where it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[3]
VERSION = yaml.safe_load((PROJECT / "galaxy.yml").read_text(encoding="utf-8"))["version"]
NOT_SHIPPED = {"estate", "tests", "molecule", "reports", "var", "build", "Makefile", "pyproject.toml", "ansible.cfg",
               ".venv", ".git", ".collections", ".cache", ".ci", ".config", ".estate"}


def tool(name: str, *arguments: str, cwd: Path, **environment: str) -> str:
    """Run one of Ansible's commands away from the checkout's settings; returns standard output."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_") and key != "PYTHONPATH"}
    done = subprocess.run([str(Path(sys.executable).with_name(name)), *arguments], cwd=cwd, env={**env, **environment},
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("build")
    tool("ansible-galaxy", "collection", "build", "--output-path", str(folder), ".", cwd=PROJECT)
    return folder / f"medops-dbcare-{VERSION}.tar.gz"


@pytest.fixture(scope="module")
def installed(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    tool("ansible-galaxy", "collection", "install", "--no-deps", "-p", str(folder / "collections"), str(tarball),
         cwd=folder)
    return folder


def test_the_tarball_holds_what_runs_at_a_site_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = archive.getnames()
    top = {name.split("/")[0] for name in names}
    assert top & NOT_SHIPPED == set()
    assert {"plugins", "roles", "playbooks", "catalogue", "docs", "meta", "LICENSE", "README.md"} <= top
    assert not [name for name in names if name.endswith((".pyc", ".sqlite", ".log")) or "__pycache__" in name]
    assert "requirements/runtime.txt" in names


def test_playbooks_resolve_by_full_name_from_the_installed_collection(installed: Path) -> None:
    listed = tool("ansible-playbook", "-i", "HIS,", "--list-tasks", "medops.dbcare.daily_inspection", cwd=installed,
                  ANSIBLE_COLLECTIONS_PATH=str(installed / "collections"))
    assert "collect : Read the database" in listed


def test_the_catalogue_is_found_from_the_installed_collection(installed: Path) -> None:
    code = ("from ansible_collections.medops.dbcare.plugins.plugin_utils import catalogue as c; "
            "print(c.BUILT_IN, len(c.load_catalogue().checks))")
    done = subprocess.run([sys.executable, "-c", code], cwd=installed, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(installed / "collections")})
    folder, count = done.stdout.split()
    assert Path(folder) == installed / "collections/ansible_collections/medops/dbcare/catalogue"
    assert int(count) >= 40
