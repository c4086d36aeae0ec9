# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Oracle's functions as Python functions for SQLite."""

from __future__ import annotations

from estate.sql.functions import (
                                  aggregates,
                                  binary,
                                  constraints,
                                  convert,
                                  datetimes,
                                  document_aggregates,
                                  documents,
                                  general,
                                  json_functions,
                                  numeric,
                                  regexp,
                                  session,
                                  strings,
)
from estate.sql.functions.registry import AGGREGATES, FUNCTIONS, State, register

__all__ = ["AGGREGATES", "FUNCTIONS", "State", "register"]
MODULES = (aggregates, binary, constraints, convert, datetimes, document_aggregates, documents, general,
           json_functions, numeric, regexp, session, strings)
