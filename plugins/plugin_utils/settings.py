# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Settings of a site: each dbcare_* dictionary validated, an unknown key refused by name with a suggestion."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

import jsonschema

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import describe, schema_validator
from ansible_collections.medops.dbcare.plugins.plugin_utils.notify import settings as notify_settings

DEFAULTS: dict[str, Any] = {
    "dbcare_contract": {},
    "dbcare_limits": {},
    "dbcare_waivers": [],
    "dbcare_schedule": {},
    "dbcare_archive": {},
    "dbcare_report": {},
    "dbcare_notify": {},
    "dbcare_people": {},
    "dbcare_licences": [],
    "dbcare_keys": {},
}
# Variables of a host or a run that carry the prefix and are no settings of the site.
OTHER_VARIABLES = ("dbcare_login", "dbcare_simulated", "dbcare_databases")


def _plain(value: Any) -> Any:
    """YAML dates as ISO texts; everything else as it is, in plain containers."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _sentence(error: jsonschema.ValidationError) -> str:
    name = str(error.absolute_path[0])
    wanted: Any = error.validator_value
    path = ".".join(str(part) for part in list(error.absolute_path)[1:])
    at = f"{name}.{path}" if path else name
    if error.validator == "enum":
        allowed = [str(item) for item in wanted]
        return f'{at}: "{error.instance}" is not one of {", ".join(allowed)}.{nearest(str(error.instance), allowed)}'
    if error.validator in ("additionalProperties", "required"):
        inner = describe(error)
        return f"{at}: {inner.split(': ', 1)[1] if inner.startswith('in ') else inner}"
    if error.validator == "type":
        words = {
            "object": "a dictionary",
            "array": "a list",
            "integer": "a whole number",
            "string": "a text",
            "boolean": "true or false",
            "number": "a number",
        }
        return f"{at} must be {words.get(wanted, str(wanted))}, not {error.instance!r}."
    return f"{at}: {error.message}."


def load_settings(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """All settings by full name, with defaults for those left out. Raises BadInput with one sentence."""
    given = {key: value for key, value in (given or {}).items() if value is not None}
    for name in given:
        if name not in DEFAULTS:
            raise BadInput(f'There is no setting "{name}".{nearest(name, DEFAULTS)}')
    plain = {str(key): _plain(value) for key, value in given.items()}
    validator = schema_validator("settings")
    error = jsonschema.exceptions.best_match(validator.iter_errors(plain))
    if error:
        raise BadInput(_sentence(error))
    if plain.get("dbcare_notify"):
        notify_settings.parse(plain["dbcare_notify"])
    return {**DEFAULTS, **plain}


def misspelt(variables: Iterable[str]) -> list[str]:
    """One sentence for each variable that looks like a setting and is none."""
    known = {*DEFAULTS, *OTHER_VARIABLES}
    found = []
    for name in sorted(set(variables) - known):
        near = difflib.get_close_matches(name, DEFAULTS, n=1, cutoff=0.85) if name.startswith("dbcare_") else []
        if near:
            found.append(f'The variable "{name}" is no setting and has no effect. Did you mean "{near[0]}"?')
    return found
