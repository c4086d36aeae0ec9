# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The newest recorded run of a kind, from the archive."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.action.record_run import open_archive
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings


class ActionModule(DbcareAction):
    """One run out of the archive."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "kind": {"type": "str", "default": "daily_inspection"},
        "settings": {"type": "dict", "required": True},
    }

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Read; changes nothing. Raises BadInput where there is no run of the kind."""
        archive = open_archive(load_settings(arguments["settings"]))
        try:
            found = archive.newest(arguments["kind"])
        finally:
            archive.close()
        if found is None:
            raise BadInput(f"The archive {archive.shown} holds no run of the kind {arguments['kind']}; run the "
                           "playbook once without --tags report.")
        return {"changed": False, "run": found, "archive": archive.shown}
