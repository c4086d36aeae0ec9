# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writes the report of a run, on the controller."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import DbcareAction
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import LANGUAGES
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.render import Rendered, render
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.text import digest, summary_line


class ActionModule(DbcareAction):
    """One run document into a folder of files."""

    ARGUMENT_SPEC: ClassVar[dict[str, Any]] = {
        "run_document": {"type": "dict", "required": True},
        "folder": {"type": "path", "required": True},
        "languages": {"type": "list", "elements": "str", "default": ["zh", "en"]},
    }

    def work(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Write the report, or in check mode say where it would be."""
        run_document = arguments["run_document"]
        rendered = render(run_document, arguments["folder"], arguments["languages"], write=not self._task.check_mode)
        return described(rendered, run_document)


def described(rendered: Rendered, run_document: dict[str, Any]) -> dict[str, Any]:
    """What the module returns."""
    return {
        "changed": rendered.changed,
        "folder": str(rendered.folder),
        "files": [str(path) for path in rendered.files.values()],
        "report_json": str(rendered.files["report.json"]),
        "report_html": str(rendered.files["report.html"]),
        "latest": str(rendered.latest),
        "verdict": run_document["summary"]["verdict"],
        "summary": {language: summary_line(run_document, language) for language in LANGUAGES},
        "digest": {language: digest(run_document, language) for language in LANGUAGES},
    }
