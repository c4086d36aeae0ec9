# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the report of a run, on the controller."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.medops.dbcare.plugins.module_utils.errors import DbcareError
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import LANGUAGES
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.render import Rendered, render
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.text import digest, summary_line

ARGUMENT_SPEC = {
    "run_document": {"type": "dict", "required": True},
    "folder": {"type": "path", "required": True},
    "languages": {"type": "list", "elements": "str", "default": ["zh", "en"]},
}


class ActionModule(ActionBase):
    """Everything is done in the controller's process; no connection is opened."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _checked, args = self.validate_argument_spec(argument_spec=ARGUMENT_SPEC)
        run_document = args["run_document"]
        try:
            rendered = render(run_document, args["folder"], args["languages"], write=not self._task.check_mode)
        except DbcareError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, **described(rendered, run_document)}


def described(rendered: Rendered, run_document: dict[str, Any]) -> dict[str, Any]:
    """What the module returns."""
    return {
        "changed": rendered.changed,
        "dbcare_progress": str(rendered.files["report.html"]),
        "folder": str(rendered.folder),
        "files": [str(path) for path in rendered.files.values()],
        "report_json": str(rendered.files["report.json"]),
        "report_html": str(rendered.files["report.html"]),
        "latest": str(rendered.latest),
        "verdict": run_document["summary"]["verdict"],
        "summary": {language: summary_line(run_document, language) for language in LANGUAGES},
        "digest": {language: digest(run_document, language) for language in LANGUAGES},
    }
