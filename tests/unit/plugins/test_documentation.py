# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation and argument specs say the same."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.medops.dbcare.plugins.doc_fragments.login import ModuleDocFragment
from ansible_collections.medops.dbcare.plugins.module_utils.login import LOGIN_SPEC, login_argument_spec

Json = dict[str, Any]
PLUGINS = Path(__file__).parents[3] / "plugins"
MODULES = "ansible_collections.medops.dbcare.plugins.modules."
ACTIONS = "ansible_collections.medops.dbcare.plugins.action."
OWN = ("oracle_snapshot", "judge_snapshots", "record_run", "archive", "inspector_account")


def _agree(documented: Json, spec: Json, where: str) -> None:
    assert set(documented) == set(spec), where
    for name, option in spec.items():
        said = documented[name]
        assert said["type"] == option["type"], f"{where}.{name}"
        assert said.get("required", False) == option.get("required", False), f"{where}.{name}"
        assert said.get("default") == option.get("default"), f"{where}.{name}"
        assert said.get("choices") == option.get("choices"), f"{where}.{name}"
        assert said.get("elements") == option.get("elements"), f"{where}.{name}"
        if "options" in option and "suboptions" in said:
            _agree(said["suboptions"], option["options"], f"{where}.{name}")


def test_the_login_fragment_and_the_login_spec_agree() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]["login"]
    _agree(documented["suboptions"], LOGIN_SPEC, "login")
    assert documented["required"] is login_argument_spec()["login"]["required"]


def test_what_is_secret_in_a_login_is_marked() -> None:
    assert {name for name, option in LOGIN_SPEC.items() if option.get("no_log")} == {"password", "wallet_password"}


@pytest.mark.parametrize("name", OWN)
def test_modules_document_what_they_take(name: str) -> None:
    module = importlib.import_module(MODULES + name)
    documented = dict(yaml.safe_load(module.DOCUMENTATION)["options"])
    spec = (
        dict(importlib.import_module(ACTIONS + name).ActionModule.ARGUMENT_SPEC)
        if (PLUGINS / "action" / f"{name}.py").exists()
        else dict(module.argument_spec())
    )
    for options in (documented, spec):
        options.pop("login", None)
    _agree(documented, spec, name)


@pytest.mark.parametrize("name", OWN)
def test_modules_have_examples_and_say_what_they_return(name: str) -> None:
    module = importlib.import_module(MODULES + name)
    tasks = yaml.safe_load(module.EXAMPLES)
    assert all(f"medops.dbcare.{name}" in task for task in tasks)
    assert all(value["description"] and value["returned"] for value in yaml.safe_load(module.RETURN).values())
