# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing a run: report.json, its page in each language, and the link to the latest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput
from ansible_collections.medops.dbcare.plugins.plugin_utils.report import page
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.clean import encodable
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.i18n import language_code
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.publish import (
    LATEST,
    ReportError,
    is_current,
    publish,
)
from ansible_collections.medops.dbcare.plugins.plugin_utils.report.schema import validate_run_document

__all__ = ["Rendered", "ReportError", "render"]

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Rendered:
    """Where a report is (or, in check mode, would be): its folder, its files by name, whether anything was written."""

    folder: Path
    files: dict[str, Path]
    latest: Path
    changed: bool


def page_names(languages: Sequence[str]) -> dict[str, str]:
    """{language: file name}: the first language is report.html, each other one report.<language>.html."""
    codes = list(dict.fromkeys(language_code(name) for name in languages))
    if not codes:
        raise BadInput("dbcare_report.languages is empty; name at least one of zh and en.")
    return {code: "report.html" if code == codes[0] else f"report.{code}.html" for code in codes}


def render(run_document: dict[str, Any], folder: str | Path, languages: Sequence[str] = LANGUAGES, *,
           write: bool = True) -> Rendered:
    """Write <folder>/<kind>/<run id>/report.json and report*.html, and point <folder>/<kind>/latest to it.

    The same document gives the same bytes. Raises BadInput when the document does not fit its schema, ReportError when
    it cannot be written; either way nothing half-written is left. With ``write`` false nothing is written.
    """
    names = page_names(languages)
    run_document = encodable(run_document)
    validate_run_document(run_document)
    files = {"report.json": as_json(run_document)}
    for code, name in names.items():
        files[name] = page.html(run_document, code, names)
    run = run_document["run"]
    place = Path(folder).expanduser().absolute() / run["kind"] / run["id"]
    changed = publish(place, files) if write else not is_current(place, files)
    return Rendered(place, {name: place / name for name in files}, place.parent / LATEST, changed)


def as_json(run_document: dict[str, Any]) -> bytes:
    """The bytes of report.json: UTF-8, indented, in the document's own order. NaN and infinity raise BadInput."""
    try:
        # Sorted, so that a run rendered again from the archive gives the same bytes.
        text = json.dumps(run_document, ensure_ascii=False, indent=2, allow_nan=False, sort_keys=True)
    except (ValueError, TypeError) as error:
        raise BadInput(f"The run document cannot be written as JSON: {error}. No report was written.") from error
    return text.encode() + b"\n"
