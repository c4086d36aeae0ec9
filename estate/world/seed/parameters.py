# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Initialisation parameters, in memory and in the spfile."""

from __future__ import annotations

from typing import Any

from estate.world.scenario import size
from estate.world.seed.base import Seed, number_of, table

TYPES = {"1": "boolean", "2": "string", "3": "integer", "4": "file", "6": "big integer"}
SINCE = {"optimizer_adaptive_plans": "12.2"}
GONE = {"23": {"sec_case_sensitive_logon", "utl_file_dir", "O7_DICTIONARY_ACCESSIBILITY",
               "parallel_adaptive_multi_user", "remote_os_authent"}}


def fill(seed: Seed) -> None:
    """Initialization parameters of each instance as the release has them, and the server parameter file."""
    for instance in seed.spec.instances:
        set_here = _settings(seed, instance.number)
        for number, row in enumerate(table("parameters.tsv"), 1):
            if row[0] not in GONE.get(seed.spec.release, ()):
                seed.add("GV$SYSTEM_PARAMETER", {"INST_ID": instance.number, **_row(number, row, set_here)})
    _spfile(seed)


def _settings(seed: Seed, number: int) -> dict[str, str]:
    spec, data = seed.spec, seed.data
    instance = spec.instances[number - 1]
    processes = int(data["processes"])
    sessions = int(processes * 1.5) + 24 if spec.release == "12.2" else int(processes * 1.528)
    found = {
        "processes": str(processes), "sessions": str(sessions), "transactions": str(int(sessions * 1.1)),
        "dml_locks": str(int(sessions * 4.4)),
        "cpu_count": str(instance.cpus), "sga_max_size": str(size(data["sga"])), "sga_target": str(size(data["sga"])),
        "instance_name": instance.name,
        "pga_aggregate_target": str(size(data["pga"]["target"])),
        "pga_aggregate_limit": str(size(data["pga"]["limit"])),
        "control_files": ", ".join(data["control_files"]), "compatible": {"12.2": "12.2.0", "19": "19.0.0",
                                                                          "23": "23.6.0"}[spec.release],
        "db_recovery_file_dest": data["fra"]["dest"], "db_recovery_file_dest_size": str(size(data["fra"]["size"])),
        "db_name": spec.db_name,
        "db_unique_name": seed.unique, "service_names": spec.service, "instance_number": str(number),
        "thread": str(number if spec.rac else 0),
        "optimizer_features_enable": {"12.2": "12.2.0.1", "19": "19.1.0", "23": "23.1.0"}[spec.release],
        "undo_tablespace": f"UNDOTBS{number}",
        "enable_pluggable_database": "TRUE" if spec.cdb else "FALSE",
        "spfile": f"{data['files'].split('/')[0] or '/u01/app/oracle/dbs'}/spfile{spec.name}.ora",
        "db_create_file_dest": data["files"].split("/")[0] or data["files"].rsplit("/", 1)[0],
        "resource_manager_cpu_allocation": str(instance.cpus),
        "parallel_max_servers": str(instance.cpus * 4),
        "audit_trail": "DB, EXTENDED" if data.get("audit") == "traditional" else "DB",
        "local_listener": f"(ADDRESS=(PROTOCOL=TCP)(HOST={instance.host})(PORT=1521))",
        "core_dump_dest": f"/u01/app/oracle/diag/rdbms/{spec.name.lower()}/{instance.name}/cdump",
        "background_dump_dest": f"/u01/app/oracle/diag/rdbms/{spec.name.lower()}/{instance.name}/trace",
        "user_dump_dest": f"/u01/app/oracle/diag/rdbms/{spec.name.lower()}/{instance.name}/trace",
        "wallet_root": f"/u01/app/oracle/admin/{spec.name}/wallet" if data.get("wallet") else "",
        "tde_configuration": "KEYSTORE_CONFIGURATION=FILE" if data.get("wallet") else "",
    }
    return {**found, **{key: str(value) for key, value in data.get("parameters", {}).items()}}


def _row(number: int, row: list[str], settings: dict[str, str]) -> dict[str, Any]:
    name, kind, default, session, system, basic, text = row
    value = settings.get(name, default) or None
    return {
        "NUM": number, "NAME": name, "TYPE": int(kind), "VALUE": value, "DISPLAY_VALUE": display(value, kind),
        "DEFAULT_VALUE": default or None,
        "ISDEFAULT": "FALSE" if settings.get(name) else "TRUE", "ISSES_MODIFIABLE": session,
        "ISSYS_MODIFIABLE": system,
        "ISPDB_MODIFIABLE": session, "ISINSTANCE_MODIFIABLE": "FALSE" if system == "FALSE" else "TRUE",
        "ISMODIFIED": "FALSE", "ISADJUSTED": "FALSE",
        "ISDEPRECATED": "TRUE" if name in ("utl_file_dir", "remote_os_authent", "serial_reuse",
                                           "background_dump_dest") else "FALSE",
        "ISBASIC": basic, "DESCRIPTION": text, "UPDATE_COMMENT": None, "HASH": number_of(name), "CON_ID": 0}


def display(value: str | None, kind: str) -> str | None:
    """A big integer as V$PARAMETER.DISPLAY_VALUE shows it."""
    if value is None or kind != "6":
        return value
    number = int(value)
    for unit, step in (("G", 1 << 30), ("M", 1 << 20), ("K", 1 << 10)):
        if number and number % step == 0:
            return f"{number // step}{unit}"
    return value


def _spfile(seed: Seed) -> None:
    shared = _settings(seed, 1)
    own = {"instance_number", "thread", "undo_tablespace", "local_listener", "instance_name"}
    hidden = {"core_dump_dest", "background_dump_dest", "user_dump_dest", "spfile", "sessions", "transactions",
              "dml_locks", "service_names", "cpu_count",
              "parallel_max_servers", "resource_manager_cpu_allocation"}
    for row in table("parameters.tsv"):
        name, kind = row[0], row[1]
        if name in GONE.get(seed.spec.release, ()):
            continue
        specified = name in shared and shared[name] and name not in hidden
        sids = [i.name for i in seed.spec.instances] if name in own and seed.spec.rac else ["*"]
        for number, sid in enumerate(sids, 1):
            value = (_settings(seed, number) if len(sids) > 1 else shared).get(name) if specified else None
            seed.add("V$SPPARAMETER", {
                "FAMILY": None, "SID": sid, "NAME": name, "TYPE": TYPES[kind], "VALUE": value,
                "DISPLAY_VALUE": display(value, kind),
                "ISSPECIFIED": "TRUE" if specified else "FALSE", "ORDINAL": 1 if specified else 0,
                "UPDATE_COMMENT": None, "CON_ID": 0})
