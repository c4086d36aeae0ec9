# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JMESPath over one row, with ``limits``, ``facts`` and ``target`` beside its columns."""

from __future__ import annotations

import functools
import re
from typing import Any

import jmespath


class _Functions(jmespath.functions.Functions):
    """Functions beside the standard ones; null in, null (or false) out."""

    @jmespath.functions.signature({"types": ["string", "null"]})
    def _func_lower(self, text: str | None) -> str | None:
        return text.lower() if text is not None else None

    @jmespath.functions.signature({"types": ["string", "null"]})
    def _func_upper(self, text: str | None) -> str | None:
        return text.upper() if text is not None else None

    @jmespath.functions.signature({"types": ["string", "null"]}, {"types": ["string"]})
    def _func_matches(self, text: str | None, pattern: str) -> bool:
        return text is not None and re.search(pattern, text) is not None


_OPTIONS = jmespath.Options(custom_functions=_Functions())


@functools.lru_cache(maxsize=1024)
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)


def nested(limits: dict[str, Any]) -> dict[str, Any]:
    """{"storage.min_free_pct": 20} -> {"storage": {"min_free_pct": 20}}, as expressions name it."""
    result: dict[str, Any] = {}
    for key, value in limits.items():
        area, name = key.split(".", 1)
        result.setdefault(area, {})[name] = value
    return result


def evaluate(expression: str, row: dict[str, Any], surroundings: dict[str, Any]) -> Any:
    """The value of ``expression``; a plain column name needs no JMESPath. Raises jmespath.exceptions.JMESPathError."""
    if expression in row:
        return row[expression]
    return _compiled(expression).search({**surroundings, **row}, _OPTIONS)
