# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER DATABASE: open modes, logging modes, files, redo, backup mode, change tracking."""

from __future__ import annotations

from collections.abc import Callable

from estate.admin import datafiles, instances, redo
from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result


@statement("ALTER DATABASE")
def alter_database(desk: Desk, words: Words) -> Result:
    """Dispatch on the clause; a database name may stand before it."""
    if not (desk.has("ALTER DATABASE") or desk.administrative & {"SYSDBA", "SYSOPER", "SYSBACKUP", "SYSDG"}):
        raise OraError(1031, "insufficient privileges")
    if words.next is not None and words.next.text == desk.database_row()["NAME"]:
        words.name()
    for clause, action in CLAUSES.items():
        if words.take(*clause.split()):
            action(desk, words)
            return desk.done()
    raise words.error(2231, "missing or invalid option to ALTER DATABASE")


def _mount(desk: Desk, words: Words) -> None:
    words.take("STANDBY", "DATABASE")
    words.end()
    instances.mount(desk)


def _open(desk: Desk, words: Words) -> None:
    mode = "READ ONLY" if words.take("READ", "ONLY") else "READ WRITE"
    words.take("READ", "WRITE")
    resetlogs = words.one_of("RESETLOGS", "NORESETLOGS") == "RESETLOGS"
    words.end()
    if resetlogs:
        raise OraError(1139, "RESETLOGS option only valid after an incomplete database recovery")
    instances.open_database(desk, mode)


def _close(desk: Desk, words: Words) -> None:
    words.one_of("NORMAL", "IMMEDIATE")
    words.end()
    if desk.mounted_only:
        raise OraError(1109, "database not open")
    instances.close_database(desk)


def _log_mode(mode: str) -> Callable[[Desk, Words], None]:
    def act(desk: Desk, words: Words) -> None:
        words.take("MANUAL")
        words.end()
        if not desk.mounted_only:
            raise OraError(1126, "database must be mounted in this instance and not open in any instance")
        if mode == "NOARCHIVELOG" and desk.database_row().get("FLASHBACK_ON") == "YES":
            raise OraError(38774, "cannot disable media recovery - flashback database is enabled")
        desk.tables.update("_DATABASE", {"LOG_MODE": mode}, "1 = 1")
        desk.tables.update("_INSTANCE", {"ARCHIVER": "STARTED" if mode == "ARCHIVELOG" else "STOPPED"}, "1 = 1")

    return act


def _flashback(desk: Desk, words: Words) -> None:
    value = words.one_of("ON", "OFF")
    if value is None:
        raise words.error(2000, "missing ON or OFF keyword")
    words.end()
    if not desk.enterprise:
        raise OraError(439, "feature not enabled: Flashback Database")
    row = desk.database_row()
    if value == "ON" and row["LOG_MODE"] != "ARCHIVELOG":
        raise OraError(38706, "Cannot turn on FLASHBACK DATABASE logging.\nORA-38707: Media recovery is not enabled.")
    if value == "ON" and not desk.parameter("db_recovery_file_dest"):
        raise OraError(38706, "Cannot turn on FLASHBACK DATABASE logging.\n"
                              "ORA-38709: Recovery Area is not enabled.")
    desk.tables.update("_DATABASE", {"FLASHBACK_ON": "YES" if value == "ON" else "NO"}, "1 = 1")


def _force_logging(value: str) -> Callable[[Desk, Words], None]:
    def act(desk: Desk, words: Words) -> None:
        words.end()
        if desk.database_row().get("FORCE_LOGGING") == value:
            raise OraError(12920, "database is already in force logging mode") if value == "YES" else OraError(
                12921, "database is not in force logging mode")
        desk.tables.update("_DATABASE", {"FORCE_LOGGING": value}, "1 = 1")

    return act


def _add_logfile(desk: Desk, words: Words) -> None:
    if words.take("MEMBER"):
        member = words.text()
        words.need("TO", "GROUP")
        group = words.integer()
        words.end()
        return redo.add_member(desk, group, member)
    thread = desk.instance_number
    if words.take("INSTANCE"):
        thread = desk.instance_by_name(words.text()) or thread
    if words.take("THREAD"):
        thread = words.integer()
    number = words.integer() if words.take("GROUP") else None
    members = _members(desk, words)
    size = words.size() if words.take("SIZE") else None
    words.take("REUSE")
    words.end()
    return redo.add_group(desk, number, thread, members, size)


def _members(desk: Desk, words: Words) -> list[str]:
    if words.take("("):
        members = [words.text()]
        while words.take(","):
            members.append(words.text())
        words.need(")", code=907, message="missing right parenthesis")
        return members
    given = words.maybe_text()
    return [given] if given else [desk.managed_file("onlinelog", "log")]


def _drop_logfile(desk: Desk, words: Words) -> None:
    if words.take("MEMBER"):
        member = words.text()
        words.end()
        rows = desk.tables.rows("V$LOGFILE", "MEMBER = ?", member)
        if not rows:
            raise OraError(360, f"not a logfile member: {member}")
        if len(desk.tables.rows("V$LOGFILE", '"GROUP#" = ?', rows[0]["GROUP#"])) < 2:
            raise OraError(361, f"cannot remove last log member {member} for group {rows[0]['GROUP#']}")
        desk.tables.delete("V$LOGFILE", "MEMBER = ?", member)
        return
    words.need("GROUP")
    number = words.integer()
    words.end()
    redo.drop_group(desk, number)


def _backup_mode(status: str) -> Callable[[Desk, Words], None]:
    def act(desk: Desk, words: Words) -> None:
        words.end()
        if desk.database_row()["LOG_MODE"] != "ARCHIVELOG":
            raise OraError(1123, "cannot start online backup; media recovery not enabled")
        active = desk.tables.rows("_DATAFILE", "BACKUP_STATUS = 'ACTIVE'")
        if status == "NOT ACTIVE" and not active:
            raise OraError(1142, "cannot end online backup - none of the files are in backup")
        if status == "ACTIVE" and active:
            raise OraError(1146, f"cannot start online backup - file {active[0]['FILE#']} is already in backup")
        time = {"BACKUP_TIME": desk.now()} if status == "ACTIVE" else {}
        desk.tables.update("_DATAFILE", {"BACKUP_STATUS": status, **time}, "1 = 1")

    return act


def _change_tracking(status: str) -> Callable[[Desk, Words], None]:
    def act(desk: Desk, words: Words) -> None:
        file = words.text() if words.take("USING", "FILE") else None
        words.take("REUSE")
        words.end()
        now = next(iter(desk.tables.rows("V$BLOCK_CHANGE_TRACKING", "1 = 1")), {})
        if now.get("STATUS") == status:
            raise OraError(19760, "block change tracking is already enabled") \
                if status == "ENABLED" else OraError(19759, "block change tracking is not enabled")
        if not desk.enterprise:
            raise OraError(439, "feature not enabled: Block Change Tracking")
        desk.tables.delete("V$BLOCK_CHANGE_TRACKING", "1 = 1")
        name = (file or desk.managed_file("changetracking", "ctf")) if status == "ENABLED" else None
        desk.tables.insert("V$BLOCK_CHANGE_TRACKING", {
            "STATUS": status, "FILENAME": name, "BYTES": 11599872 if name else None, "CON_ID": 0})

    return act


def _datafile(desk: Desk, words: Words) -> None:
    datafiles.alter(desk, words, "V$DATAFILE")


def _tempfile(desk: Desk, words: Words) -> None:
    datafiles.alter(desk, words, "V$TEMPFILE")


def _default(column: str) -> Callable[[Desk, Words], None]:
    def act(desk: Desk, words: Words) -> None:
        name = words.name()
        desk.tablespace(name)
        words.end()
        desk.set_property(column, name)

    return act


CLAUSES: dict[str, Callable[[Desk, Words], None]] = {
    "MOUNT": _mount, "OPEN": _open, "CLOSE": _close, "ARCHIVELOG": _log_mode("ARCHIVELOG"),
    "NOARCHIVELOG": _log_mode("NOARCHIVELOG"), "FLASHBACK": _flashback, "FORCE LOGGING": _force_logging("YES"),
    "NO FORCE LOGGING": _force_logging("NO"), "DATAFILE": _datafile, "TEMPFILE": _tempfile,
    "ADD LOGFILE": _add_logfile, "DROP LOGFILE": _drop_logfile,
    "BEGIN BACKUP": _backup_mode("ACTIVE"), "END BACKUP": _backup_mode("NOT ACTIVE"),
    "ENABLE BLOCK CHANGE TRACKING": _change_tracking("ENABLED"),
    "DISABLE BLOCK CHANGE TRACKING": _change_tracking("DISABLED"),
    "DEFAULT TABLESPACE": _default("DEFAULT_PERMANENT_TABLESPACE"),
    "DEFAULT TEMPORARY TABLESPACE": _default("DEFAULT_TEMP_TABLESPACE"),
}
