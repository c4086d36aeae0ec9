# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module inspector_account with the probes of the catalogue; in process where the connection is local."""

from __future__ import annotations

from typing import Any

from ansible_collections.medops.dbcare.plugins.modules.inspector_account import argument_spec, perform
from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue


class ActionModule(DbcareAction):
    """One account on one database."""

    ARGUMENT_SPEC = argument_spec()

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The result of the module's perform()."""
        catalogue = load_catalogue(tuple(arguments["catalogue"]))
        frequency = arguments["frequency"]
        probes = arguments["probes"] or (
            catalogue.probes_of(frequency) if frequency else list(catalogue.probes.values())
        )
        thick = bool((arguments["login"] or {}).get("oracle_client_lib_dir"))
        if arguments["state"] == "described" or (self._connection.transport == "local" and not thick):
            return perform(arguments, probes, bool(self._task.check_mode))
        passed = {key: value for key, value in arguments.items() if value is not None and key != "catalogue"}
        result = self._execute_module(
            module_name="medops.dbcare.inspector_account", task_vars=task_vars, module_args={**passed, "probes": probes}
        )
        result.pop("invocation", None)
        return dict(result)
