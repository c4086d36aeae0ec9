# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module oracle_snapshot in the controller's process where the connection is local, otherwise beside the target."""

from __future__ import annotations

import contextlib
from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.modules.oracle_snapshot import argument_spec, run
from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import CatalogueError, load_catalogue, validate

# Ansible loads this file before it forks a worker for each host: what is read here is read once.
with contextlib.suppress(BadInput):
    load_catalogue()


def resolve(arguments: dict[str, Any]) -> list[dict[str, Any]]:
    """Whole definitions of the probes asked for. Raises CatalogueError."""
    catalogue = load_catalogue(tuple(arguments["catalogue"]))
    asked = arguments["probes"]
    if asked is None:
        probes = catalogue.probes_of(arguments["frequency"])
        if not probes:
            raise CatalogueError(f'The catalogue has no probes of the frequency "{arguments["frequency"]}".')
        return probes
    return [_definition(item) if isinstance(item, dict) else catalogue.pick_probes([str(item)])[0] for item in asked]


def _definition(item: dict[str, Any]) -> dict[str, Any]:
    validate("probe", item, f"Probe {item.get('id', '?')}")
    return item


class ActionModule(DbcareAction):
    """One target into one snapshot."""

    # The login is checked by normalise_login, whose sentences name the nearest key.
    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {**argument_spec(), "login": {"type": "dict", "required": True}}

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The result of the module's run()."""
        probes = resolve(arguments)
        arguments["login"] = normalise_login(arguments["login"])
        thick = bool(arguments["login"]["oracle_client_lib_dir"])
        if self._connection.transport == "local" and not thick:
            return run(arguments, probes)
        passed = {key: value for key, value in arguments.items() if value is not None and key != "catalogue"}
        passed["login"] = {key: value for key, value in arguments["login"].items() if value is not None}
        result = self._execute_module(
            module_name="medops.dbcare.oracle_snapshot", task_vars=task_vars, module_args={**passed, "probes": probes}
        )
        result.pop("invocation", None)
        return dict(result)
