# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tells people of a run by mail and webhook, from the controller."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction
from ansible_collections.medops.dbcare.plugins.plugin_utils.notify import delivery, message
from ansible_collections.medops.dbcare.plugins.plugin_utils.notify.settings import parse
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.clean import encodable
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.schema import validate_run_document


class ActionModule(DbcareAction):
    """One run over the channels of dbcare_notify."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "run_document": {"type": "dict", "required": True},
        "report_path": {"type": "path"},
        # What is in it is checked by settings.parse, whose sentences name the key of dbcare_notify.
        "settings": {"type": "dict", "required": True, "no_log": True},
    }

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Tell, or in check mode say who would be told."""
        run_document = encodable(arguments["run_document"])
        return tell(run_document, arguments["settings"], arguments["report_path"], send=not self._task.check_mode)


def tell(run_document: dict[str, Any], raw: dict[str, Any], report_path: str | None, *, send: bool) -> dict[str, Any]:
    """Send what ``raw`` (dbcare_notify) asks for and return the module's result. Raises BadInput."""
    settings = parse(raw)
    validate_run_document(run_document)
    due = message.is_due(run_document, settings["when"])
    names = [name for name, _send in delivery.channels(settings)] if due else []
    if not names or not send:
        return {"changed": bool(names), "due": due, "deliveries": [{"channel": name, "sent": False} for name in names]}
    report = message.where(run_document, report_path, settings["report_url"])
    done = delivery.notify(settings, message.compose(run_document, settings["language"], report))
    return outcome(done)


def outcome(done: list[delivery.Delivery]) -> dict[str, Any]:
    """The result of a task whose message was sent; what failed is a warning."""
    failures = [entry.message for entry in done if not entry.ok]
    return {"changed": any(entry.ok for entry in done), "due": True, "failures": failures, "warnings": failures,
            "deliveries": [{"channel": entry.channel, "sent": entry.ok} for entry in done]}
