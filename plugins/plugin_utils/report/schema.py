# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The published schema of the run document."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import jsonschema

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput

SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "schemas" / "report-1.json"


@functools.cache
def load_schema() -> dict[str, Any]:
    """docs/schemas/report-1.json."""
    return dict(json.loads(SCHEMA.read_text(encoding="utf-8")))


@functools.cache
def validator() -> jsonschema.Draft202012Validator:
    """Validator of docs/schemas/report-1.json."""
    return jsonschema.Draft202012Validator(load_schema())


def validate_run_document(run_document: Any) -> None:
    """Raise BadInput that names the first wrong key when ``run_document`` does not fit its schema."""
    if validator().is_valid(run_document):
        return
    error = jsonschema.exceptions.best_match(validator().iter_errors(run_document))
    if error is None:
        return
    path = ".".join(str(part) for part in error.absolute_path) or "the document"
    message = error.message if len(error.message) < 300 else error.message[:297] + "..."
    raise BadInput(f"The run document does not fit {SCHEMA.name}: at {path}: {message}. No report was written.")


def with_optional(run_document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a valid document with every property that the schema knows, None where it was missing."""
    filled = _fill(run_document, load_schema())
    return dict(filled)


def _fill(data: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = load_schema()["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(data, list):
        return [_fill(item, schema.get("items", {})) for item in data]
    if not isinstance(data, dict):
        return data
    schema = next((option for option in schema.get("anyOf", []) if "$ref" in option), schema)
    if "$ref" in schema:
        return _fill(data, schema)
    known = schema.get("properties", {})
    other = schema.get("additionalProperties", {})
    rest = {key: _fill(value, known.get(key, other)) for key, value in data.items()}
    return {**dict.fromkeys(known), **rest}
