# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_RESULT_CACHE.STATUS: whether the parameters allow a result cache."""

from __future__ import annotations

from estate.admin.desk import Desk
from estate.admin.registry import reader


@reader("DBMS_RESULT_CACHE.STATUS", "VARCHAR2")
def status(desk: Desk) -> str:
    """DISABLED where RESULT_CACHE_MAX_SIZE is 0, else ENABLED."""
    size = desk.tables.value("SELECT VALUE FROM {GV$SYSTEM_PARAMETER} WHERE NAME = 'result_cache_max_size' "
                             "AND INST_ID = ?", desk.ctx.inst_id)
    return "DISABLED" if str(size) == "0" else "ENABLED"
