# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Record a judged run in the archive; runs on the controller."""

from __future__ import annotations

import datetime
from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.engine import ArchiveError
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.store import Archive
from ansible_collections.medops.dbcare.plugins.plugin_utils.run.snapshots import check_snapshots
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings


def open_archive(settings: dict[str, Any]) -> Archive:
    """The archive of the settings. Raises ArchiveError when none is named."""
    url = settings["dbcare_archive"].get("url")
    if not url:
        raise ArchiveError("dbcare_archive.url is missing; write for example sqlite:////var/lib/dbcare/archive.sqlite.")
    return Archive(url)


def utc_now() -> str:
    """Now, ISO 8601 in UTC: times of recording sort as text."""
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def predict(archive: Archive, document: dict[str, Any]) -> dict[str, Any]:
    """The document with the place it would get; nothing is written."""
    state = archive.status()
    place = {"sequence": (state["head_sequence"] or 0) + 1, "previous_hash": state["head_hash"]}
    return {**document, "run": {**document["run"], **place}}


class ActionModule(DbcareAction):
    """One run into the archive."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "run": {"type": "dict", "required": True},
        "snapshots": {"type": "list", "elements": "dict", "required": True},
        "samples": {"type": "list", "elements": "dict", "default": []},
        "settings": {"type": "dict", "default": {}},
    }

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Record, or in check mode say what would be recorded."""
        snapshots = check_snapshots(arguments["snapshots"])
        archive = open_archive(load_settings(arguments["settings"]))
        try:
            if self._task.check_mode:
                return {"changed": True, "run": predict(archive, arguments["run"]), "archive": archive.shown}
            document, appended = archive.record(arguments["run"], snapshots, arguments["samples"], utc_now())
            return {"changed": appended, "run": document, "archive": archive.shown}
        finally:
            archive.close()
