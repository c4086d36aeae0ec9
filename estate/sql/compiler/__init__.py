# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From syntax trees to SQLite: names, types, clauses."""

from __future__ import annotations

from estate.sql.compiler import (
    aggregates,
    calls,
    conditions,
    conversions,
    document_calls,
    hierarchy,
    names,
    operators,
    query,
    windows,
)
from estate.sql.compiler.core import Compiler

__all__ = ["Compiler"]
MODULES = (aggregates, calls, conditions, conversions, document_calls, hierarchy, names, operators, query, windows)
