# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of an Oracle server on one machine: homes, inventory, network files, stand-ins for data and backups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from estate.hosts.machine import BASE, INVENTORY, Machine
from estate.world.scenario import DatabaseSpec

Rows = Callable[[str], list[dict[str, Any]]]
STAND_IN = 8192
ADR_FOLDERS = ("alert", "cdump", "hm", "incident", "incpkg", "ir", "lck", "metadata", "stage", "sweep", "trace")
HOME_FOLDERS = ("bin", "dbs", "network/admin", "network/log", "OPatch", "rdbms/admin", "sqlpatch",
                "inventory/ContentsXML", "cfgtoollogs/opatch")
GRID_FOLDERS = ("bin", "network/admin", "OPatch", "crs", "inventory/ContentsXML", "cfgtoollogs/opatch")
# What stands in the file system for a view's rows: the view, its column, and which rows.
STORED = (
    ('"_DATAFILE"', "NAME", "1 = 1"), ('"_TEMPFILE"', "NAME", "1 = 1"),
    ('"V$CONTROLFILE"', "NAME", "1 = 1"), ('"V$LOGFILE"', "MEMBER", "1 = 1"),
)
COPIES = (
    ('"V$BACKUP_PIECE"', "HANDLE", "STATUS = 'A' AND DEVICE_TYPE = 'DISK'"),
    ('"V$ARCHIVED_LOG"', "NAME", "DELETED = 'NO' AND STATUS = 'A'"),
)


def build(machine: Machine, databases: Sequence[DatabaseSpec], rows: Rows) -> None:
    """Write everything but the diagnostic logs. ``databases`` are those of the estate, for tnsnames.ora; ``rows`` asks
    the machine's database."""
    _folders(machine)
    for path, text in {**_system(machine), **_home(machine, databases), **_grid(machine, databases)}.items():
        _write(machine.real(path), text)
    found = rows("SELECT VALUE FROM \"GV$SYSTEM_PARAMETER\" WHERE NAME = 'spfile'")
    _parameters(machine, found[0]["VALUE"] if found else None)
    _stored(machine, rows, STORED)


def add_copies(machine: Machine, rows: Rows) -> None:
    """Stand-ins for backup pieces and archived logs: many, so that they may come a moment later."""
    _stored(machine, rows, COPIES)


def _folders(machine: Machine) -> None:
    paths = [f"{machine.oracle_home}/{name}" for name in HOME_FOLDERS]
    paths += [f"{machine.grid_home}/{name}" for name in GRID_FOLDERS] if machine.grid_home else []
    for home in (machine.adr_home, machine.listener_adr_home):
        paths += [f"{home}/{name}" for name in ADR_FOLDERS]
    paths += [f"{BASE}/admin/{machine.spec.name}/adump", f"{BASE}/cfgtoollogs", machine.backup_dest]
    paths += [path for path in (machine.data_dest, machine.recovery_dest) if path]
    for path in paths:
        machine.real(path).mkdir(parents=True, exist_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _system(machine: Machine) -> dict[str, str]:
    """Files of the machine, and the central inventory."""
    names = [("OraDB_home1", machine.oracle_home)]
    if machine.grid_home:
        names.insert(0, ("OraGI_home1", machine.grid_home))
    homes = "".join(f'<HOME NAME="{name}" LOC={quoteattr(machine.shown(home))} TYPE="O" IDX="{index}"'
                    f'{" CRS=" + quoteattr("true") if home == machine.grid_home else ""}/>\n'
                    for index, (name, home) in enumerate(names, 1))
    version = f"{machine.release}.0.0"
    inventory = ('<?xml version="1.0" standalone="yes" ?>\n<INVENTORY>\n<VERSION_INFO>\n'
                 f"   <SAVED_WITH>{version}</SAVED_WITH>\n   <MINIMUM_VER>2.1.0.6.0</MINIMUM_VER>\n</VERSION_INFO>\n"
                 f"<HOME_LIST>\n{homes}</HOME_LIST>\n<COMPOSITEHOME_LIST>\n</COMPOSITEHOME_LIST>\n</INVENTORY>\n")
    entry = machine.spec.name if machine.spec.rac else machine.sid
    number = machine.instance.number if machine.spec.rac else ""
    asm = f"+ASM{number}:{machine.shown(machine.grid_home)}:N\n" if machine.grid_home else ""
    pointer = f"inventory_loc={machine.shown(INVENTORY)}\ninst_group=oinstall\n"
    names_known = Path("/etc/hosts").read_text(encoding="utf-8") if Path("/etc/hosts").exists() else ""
    return {
        "/etc/hosts": f"{names_known.rstrip()}\n{machine.address}\t{machine.name}\n",
        f"{INVENTORY}/ContentsXML/inventory.xml": inventory, f"{INVENTORY}/oraInst.loc": pointer,
        "/etc/oraInst.loc": pointer, "/etc/hostname": f"{machine.name}\n",
        "/etc/oratab": f"# database:home:started at boot\n{asm}{entry}:{machine.shown(machine.oracle_home)}:N\n"}


def _home(machine: Machine, databases: Sequence[DatabaseSpec]) -> dict[str, str]:
    admin, dbs = f"{machine.oracle_home}/network/admin", f"{machine.oracle_home}/dbs"
    files = {
        f"{admin}/tnsnames.ora": "".join(_alias(spec, machine.address) for spec in databases),
        f"{admin}/sqlnet.ora": "NAMES.DIRECTORY_PATH = (TNSNAMES, EZCONNECT)\nSQLNET.EXPIRE_TIME = 10\n",
        f"{dbs}/orapw{machine.sid}": "a password file's place; it holds no password\n",
        f"{machine.oracle_home}/oraInst.loc": f"inventory_loc={machine.shown(INVENTORY)}\ninst_group=oinstall\n"}
    if machine.grid_home is None:
        files[f"{admin}/listener.ora"] = _listener(machine)
    return files


def _grid(machine: Machine, databases: Sequence[DatabaseSpec]) -> dict[str, str]:
    if machine.grid_home is None:
        return {}
    admin = f"{machine.grid_home}/network/admin"
    return {f"{admin}/listener.ora": _listener(machine),
            f"{admin}/sqlnet.ora": "NAMES.DIRECTORY_PATH = (TNSNAMES, EZCONNECT)\n",
            f"{admin}/tnsnames.ora": "".join(_alias(spec, machine.address) for spec in databases)}


def _alias(spec: DatabaseSpec, address: str) -> str:
    return (f"{spec.name} =\n  (DESCRIPTION =\n    (ADDRESS = (PROTOCOL = TCP)(HOST = {address})(PORT = {spec.port}))\n"
            f"    (CONNECT_DATA =\n      (SERVER = DEDICATED)\n      (SERVICE_NAME = {spec.service})\n    )\n  )\n\n")


def _listener(machine: Machine) -> str:
    return ("LISTENER =\n  (DESCRIPTION_LIST =\n    (DESCRIPTION =\n"
            f"      (ADDRESS = (PROTOCOL = TCP)(HOST = {machine.address})(PORT = {machine.instance.port}))\n"
            "    )\n  )\n\n"
            f"ADR_BASE_LISTENER = {BASE}\nVALID_NODE_CHECKING_REGISTRATION_LISTENER = ON\n")


def _parameters(machine: Machine, spfile: str | None) -> None:
    """init<SID>.ora points to the server parameter file, which is in ASM or here."""
    if not spfile:
        return
    _write(machine.real(f"{machine.oracle_home}/dbs/init{machine.sid}.ora"), f"SPFILE='{spfile}'\n")
    if spfile.startswith("/"):
        _stand_in(machine.real(spfile), spfile, machine)


def _stored(machine: Machine, rows: Rows, views: Sequence[tuple[str, str, str]]) -> None:
    """A small file for each data file, log and backup piece that is in a file system."""
    if machine.instance.number != 1:
        return
    for view, column, where in views:
        for row in rows(f"SELECT {column} AS NAME FROM {view} WHERE {where}"):
            if str(row["NAME"] or "").startswith("/"):
                _stand_in(machine.real(row["NAME"]), row["NAME"], machine)


def _stand_in(path: Path, name: str, machine: Machine) -> None:
    """A file of one block that says what it stands for: its size in the database would fill the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"stands for {name} of {machine.spec.name}\n".encode().ljust(STAND_IN, b"\0"))
