# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE and DROP RESTORE POINT."""

from __future__ import annotations

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result


@statement("CREATE RESTORE POINT", "CREATE CLEAN RESTORE POINT")
def create_restore_point(desk: Desk, words: Words) -> Result:
    """A named SCN; guaranteed ones need ARCHIVELOG mode and a recovery area."""
    name = words.name()
    words.take("FOR", "PLUGGABLE", "DATABASE") and words.name()
    scn = words.integer() if words.take("AS", "OF", "SCN") else desk.scn()
    guaranteed = words.take("GUARANTEE", "FLASHBACK", "DATABASE")
    preserved = words.take("PRESERVE")
    words.end()
    _check(desk, name, guaranteed=guaranteed)
    now = desk.clock().strftime("%Y-%m-%d %H:%M:%S.%f")
    desk.tables.insert("V$RESTORE_POINT", {
        "SCN": scn, "DATABASE_INCARNATION#": 2, "GUARANTEE_FLASHBACK_DATABASE": "YES" if guaranteed else "NO",
        "STORAGE_SIZE": 209715200 if guaranteed else 0, "TIME": now, "RESTORE_POINT_TIME": None,
        "PRESERVED": "YES" if guaranteed or preserved else "NO", "NAME": name,
        "PDB_RESTORE_POINT": "YES" if desk.in_pdb else "NO", "CLEAN_PDB_RESTORE_POINT": "NO", "PDB_INCARNATION#": 0,
        "REPLICATED": "NO", "CON_ID": desk.con_id})
    if guaranteed and desk.database_row().get("FLASHBACK_ON") == "NO":
        desk.tables.update("_DATABASE", {"FLASHBACK_ON": "RESTORE POINT ONLY"}, "1 = 1")
    desk.alert(f"Created {'guaranteed ' if guaranteed else ''}restore point {name}")
    return desk.done()


def _check(desk: Desk, name: str, *, guaranteed: bool) -> None:
    allowed = ("FLASHBACK ANY TABLE", "SELECT ANY DICTIONARY") if not guaranteed else ()
    if not (desk.administrative & {"SYSDBA", "SYSBACKUP", "SYSDG"} or any(map(desk.has, allowed))):
        raise OraError(1031, "insufficient privileges")
    if desk.tables.rows("V$RESTORE_POINT", "NAME = ?", name):
        raise OraError(38778, f"Restore point '{name}' already exists.")
    if not guaranteed:
        return
    if desk.database_row()["LOG_MODE"] != "ARCHIVELOG":
        raise OraError(38784, f"Cannot create restore point '{name}'.\nORA-38785: Media recovery must be enabled for "
                              "guaranteed restore point.")
    if not desk.parameter("db_recovery_file_dest"):
        raise OraError(38784, f"Cannot create restore point '{name}'.\nORA-38786: Recovery area is not enabled.")


@statement("DROP RESTORE POINT")
def drop_restore_point(desk: Desk, words: Words) -> Result:
    """Forget a restore point."""
    name = words.name()
    words.take("FOR", "PLUGGABLE", "DATABASE") and words.name()
    words.end()
    rows = desk.tables.rows("V$RESTORE_POINT", "NAME = ?", name)
    if not rows:
        raise OraError(38780, f"Restore point '{name}' does not exist.")
    if not (desk.administrative or desk.has("FLASHBACK ANY TABLE")):
        raise OraError(1031, "insufficient privileges")
    desk.tables.delete("V$RESTORE_POINT", "NAME = ?", name)
    left = desk.tables.rows("V$RESTORE_POINT", "GUARANTEE_FLASHBACK_DATABASE = 'YES'")
    if not left and desk.database_row().get("FLASHBACK_ON") == "RESTORE POINT ONLY":
        desk.tables.update("_DATABASE", {"FLASHBACK_ON": "NO"}, "1 = 1")
    desk.alert(f"Drop {'guaranteed ' if rows[0]['GUARANTEE_FLASHBACK_DATABASE'] == 'YES' else ''}restore point {name}")
    return desk.done()
