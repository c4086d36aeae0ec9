# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judge the snapshots of a run; runs on the controller."""

from __future__ import annotations

import socket
from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction, moment, new_run_id, operator
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.engine import ArchiveError
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.store import Archive
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.run_document import Request, build_run
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.snapshots import check_snapshots
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings, misspelt


def read_history(settings: dict[str, Any], kind: str, targets: list[str]) -> tuple[Any, list[str]]:
    """(history or None, warnings): an archive that cannot be read costs the comparison, not the inspection."""
    url = settings["dbcare_archive"].get("url")
    if not url:
        return None, []
    archive = Archive(url)
    try:
        return archive.history(kind, targets), []
    except ArchiveError as error:
        return None, [f"{error} Findings are not compared with earlier runs."]
    finally:
        archive.close()


def _request(arguments: dict[str, Any], settings: dict[str, Any], snapshots: list[Any], names: list[str]) -> Request:
    """``names``: the targets that ``snapshots`` are of, judged where ``targets`` was not given."""
    now = moment(arguments["now"])
    return Request(
        snapshots,
        arguments["targets"] or names,
        arguments["frequency"],
        arguments["kind"],
        settings,
        {key: value for key, value in arguments["target_limits"].items() if value},
        operator(arguments["operator"]),
        socket.gethostname(),
        arguments["simulated"],
        now,
        new_run_id(now),
        arguments["left_out"],
    )


class ActionModule(DbcareAction):
    """All snapshots of a run into one run document."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "snapshots": {"type": "list", "elements": "dict", "required": True},
        "targets": {"type": "list", "elements": "str"},
        "left_out": {"type": "list", "elements": "str", "default": []},
        "frequency": {"type": "str", "default": "daily"},
        "kind": {"type": "str", "default": "daily_inspection"},
        "settings": {"type": "dict", "default": {}},
        "target_limits": {"type": "dict", "default": {}},
        "catalogue": {"type": "list", "elements": "path", "default": []},
        "operator": {"type": "str"},
        "simulated": {"type": "bool", "default": False},
        "now": {"type": "str"},
    }

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Judge; changes nothing."""
        settings = load_settings(arguments["settings"])
        catalogue = load_catalogue(tuple(arguments["catalogue"]))
        if not catalogue.checks_of(arguments["frequency"]):
            raise BadInput(f'The catalogue has no checks of the frequency "{arguments["frequency"]}".')
        snapshots = check_snapshots(arguments["snapshots"])
        names = [snapshot["target"]["name"] for snapshot in snapshots]
        history, warnings = read_history(settings, arguments["kind"], names)
        built = build_run(_request(arguments, settings, snapshots, names), catalogue, history)
        document = built["document"]
        warnings += [notice["en"] for notice in document["notices"]] + misspelt(task_vars)
        return {
            "changed": False,
            "run": document,
            "samples": built["samples"],
            "warnings": warnings,
            "verdict": document["summary"]["verdict"],
            "unread": [item["what"] for item in document["scope"]["not_read"]],
        }
