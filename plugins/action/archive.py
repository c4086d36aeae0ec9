# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify, migrate, export or prune the archive; runs on the controller."""

from __future__ import annotations

import datetime
import json
import socket
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.action.record_run import open_archive, utc_now
from ansible_collections.medops.dbcare.plugins.module_utils.collect import VERSION
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction, moment, new_run_id, operator
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.engine import ArchiveError
from ansible_collections.medops.dbcare.plugins.plugin_utils.archive.store import Archive
from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings

Result = dict[str, Any]
KEEP_DAYS = 1095


def verified(archive: Archive) -> Result:
    """The chain recomputed; failed when something does not agree."""
    problems = archive.verify()
    result: Result = {"changed": False, "problems": problems}
    if problems:
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        result.update(failed=True, msg=f"The archive {archive.shown} does not verify: {problems[0]}{more}")
    return result


def migrated(archive: Archive, check_mode: bool) -> Result:
    """The tables at the newest version."""
    if check_mode:
        state = archive.status()
        return {"changed": state["version"] != state["newest_version"]}
    return {"changed": archive.migrate()}


def _write(path: Path, text: str, check_mode: bool) -> bool:
    """Whether ``path`` had to be written."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    if not check_mode:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return True


def exported(archive: Archive, dest: str | None, check_mode: bool) -> Result:
    """One file a run below ``dest``."""
    if not dest:
        raise BadInput("dest is missing: the folder that the runs are exported to.")
    files, changed = [], False
    try:
        for document in archive.documents():
            path = (
                Path(dest) / document["run"]["kind"] / f"{document['run']['sequence']:06d}-{document['run']['id']}.json"
            )
            changed |= _write(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n", check_mode)
            files.append(str(path))
    except OSError as error:
        raise ArchiveError(f"The archive cannot be exported to {dest}: {error.strerror} ({error.filename}).") from None
    return {"changed": changed, "files": files}


def pruned(archive: Archive, settings: Result, who: str, check_mode: bool) -> Result:
    """Bodies of snapshots older than the retention removed, and that recorded."""
    days = settings["dbcare_archive"].get("retention_days", KEEP_DAYS)
    now = moment(None)
    before = (now.astimezone(datetime.UTC) - datetime.timedelta(days=days)).isoformat(timespec="milliseconds")
    stamp = now.isoformat(timespec="seconds")
    document = {
        "schema": "medops.dbcare/archive-pruned/1",
        "run": {
            "id": new_run_id(now),
            "kind": "archive_pruned",
            "started": stamp,
            "finished": stamp,
            "operator": who,
            "controller": socket.gethostname(),
            "version": VERSION,
            "catalogue_hash": None,
        },
        "retention_days": days,
        "before": before,
    }
    count = archive.prune(before, document, utc_now(), dry=check_mode)
    return {"changed": bool(count), "pruned": count}


class ActionModule(DbcareAction):
    """Look after the archive."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "state": {"type": "str", "choices": ["verified", "migrated", "exported", "pruned"], "default": "verified"},
        "dest": {"type": "path"},
        "settings": {"type": "dict", "default": {}},
        "operator": {"type": "str"},
    }

    def work(self, arguments: Result, task_vars: Result) -> Result:
        """Bring the archive to the state asked for."""
        settings = load_settings(arguments["settings"])
        archive = open_archive(settings)
        check = bool(self._task.check_mode)
        try:
            result = {
                "verified": lambda: verified(archive),
                "migrated": lambda: migrated(archive, check),
                "exported": lambda: exported(archive, arguments["dest"], check),
                "pruned": lambda: pruned(archive, settings, operator(arguments["operator"]), check),
            }[arguments["state"]]()
            return {**result, "archive": archive.status()}
        finally:
            archive.close()
