# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER PLUGGABLE DATABASE: open, close, save and discard state."""

from __future__ import annotations

from typing import Any

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result


@statement("ALTER PLUGGABLE DATABASE")
def alter_pdb(desk: Desk, words: Words) -> Result:
    """OPEN [READ WRITE|READ ONLY] [RESTRICTED] [FORCE], CLOSE [IMMEDIATE], SAVE|DISCARD STATE; ALL [EXCEPT] too."""
    if not desk.is_cdb:
        raise OraError(65090, "operation only allowed in a container database")
    if not (desk.has("ALTER PLUGGABLE DATABASE") or desk.has("ALTER DATABASE") or desk.administrative):
        raise OraError(1031, "insufficient privileges")
    pdbs = _named(desk, words)
    action = words.one_of("OPEN", "CLOSE", "SAVE STATE", "DISCARD STATE")
    if action is None:
        raise words.unknown("ALTER PLUGGABLE DATABASE")
    if action == "OPEN":
        _open(desk, words, pdbs)
    elif action == "CLOSE":
        _close(desk, words, pdbs)
    else:
        _instances(words)
        for pdb in pdbs:
            _save(desk, pdb, keep=action == "SAVE STATE")
    words.end()
    return desk.done()


def _named(desk: Desk, words: Words) -> list[dict[str, Any]]:
    rows = {row["NAME"]: row for row in desk.tables.rows("V$PDBS", "NAME <> 'PDB$SEED'")}
    if words.take("ALL"):
        excluded = _names(words) if words.take("EXCEPT") else []
        return [row for name, row in rows.items() if name not in excluded]
    if words.peek("OPEN") or words.peek("CLOSE") or words.peek("SAVE") or words.peek("DISCARD"):
        if not desk.in_pdb:
            raise OraError(65046, "operation not allowed from outside a pluggable database")
        return [row for row in rows.values() if row["CON_ID"] == desk.con_id]
    names = _names(words)
    for name in names:
        if name not in rows:
            raise OraError(65011, f"Pluggable database {name} does not exist.")
    return [rows[name] for name in names]


def _names(words: Words) -> list[str]:
    names = [words.name()]
    while words.take(","):
        names.append(words.name())
    return names


def _instances(words: Words) -> None:
    if words.take("INSTANCES", "="):
        words.take("ALL") or words.take("(", "'") or words.name()


def _open(desk: Desk, words: Words, pdbs: list[dict[str, Any]]) -> None:
    mode = words.one_of("READ WRITE", "READ ONLY") or "READ WRITE"
    restricted = words.take("RESTRICTED")
    force = words.take("FORCE")
    _instances(words)
    for pdb in pdbs:
        if pdb["OPEN_MODE"] in ("READ WRITE", "READ ONLY") and not force:
            raise OraError(65019, f"pluggable database {pdb['NAME']} already open")
        _mode(desk, pdb, mode, "YES" if restricted else "NO")


def _close(desk: Desk, words: Words, pdbs: list[dict[str, Any]]) -> None:
    words.one_of("IMMEDIATE", "ABORT")
    _instances(words)
    for pdb in pdbs:
        if pdb["OPEN_MODE"] == "MOUNTED":
            raise OraError(65020, f"pluggable database {pdb['NAME']} already closed")
        _mode(desk, pdb, "MOUNTED", None)
        desk.tables.delete("_SESSION", "CON_ID = ? AND TYPE = 'USER' AND SID <> ?", pdb["CON_ID"], desk.ctx.sid)


def _mode(desk: Desk, pdb: dict[str, Any], mode: str, restricted: str | None) -> None:
    values = {"OPEN_MODE": mode, "RESTRICTED": restricted}
    if mode != "MOUNTED":
        values["OPEN_TIME"] = desk.zoned_now()
    desk.tables.update("_CONTAINER", values, "CON_ID = ?", pdb["CON_ID"])
    verb = "Closed" if mode == "MOUNTED" else "Opened"
    desk.alert(f"Pluggable database {pdb['NAME']} {verb.lower()}" + ("" if verb == "Closed" else f" {mode.lower()}"))


def _save(desk: Desk, pdb: dict[str, Any], *, keep: bool) -> None:
    desk.tables.delete("CDB_PDB_SAVED_STATES", "CON_NAME = ?", pdb["NAME"])
    if keep and pdb["OPEN_MODE"] != "MOUNTED":
        for name in desk.instance_names:
            desk.tables.insert("CDB_PDB_SAVED_STATES", {
                "CON_ID": pdb["CON_ID"], "CON_NAME": pdb["NAME"], "INSTANCE_NAME": name, "CON_UID": pdb.get("CON_UID"),
                "GUID": pdb.get("GUID"), "STATE": "OPEN" if pdb["OPEN_MODE"] == "READ WRITE" else "OPEN READ ONLY",
                "RESTRICTED": pdb["RESTRICTED"]})
