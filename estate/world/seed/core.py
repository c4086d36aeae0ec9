# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Instances, the database, containers, services, options, registry."""

from __future__ import annotations

import hashlib
from typing import Any

from estate.world.clock import date_text, timestamp_text, zoned_text
from estate.world.scenario import age
from estate.world.seed.base import Seed, number_of

COMPONENTS = (
    ("CATALOG", "Oracle Database Catalog Views", "SYS"), ("CATPROC", "Oracle Database Packages and Types", "SYS"),
    ("XDB", "Oracle XML Database", "XDB"),
    ("JAVAVM", "JServer JAVA Virtual Machine", "SYS"), ("XML", "Oracle XDK", "SYS"),
    ("CATJAVA", "Oracle Database Java Packages", "SYS"),
    ("OWM", "Oracle Workspace Manager", "WMSYS"), ("CONTEXT", "Oracle Text", "CTXSYS"),
    ("ORDIM", "Oracle Multimedia", "ORDSYS"), ("SDO", "Spatial", "MDSYS"),
)
OPTIONS = (
    "Partitioning", "Objects", "Real Application Clusters", "Advanced replication", "Bit-mapped indexes",
    "Parallel execution", "Fast-Start Fault Recovery",
    "Flashback Table", "Flashback Database", "Incremental backup and recovery", "Online Redefinition",
    "Parallel backup and recovery", "Block Media Recovery",
    "Fine-grained access control", "Unused Block Compression", "Managed Standby", "Transparent Data Encryption",
    "Backup Encryption", "Active Data Guard",
    "Advanced Compression", "Unified Auditing", "OLAP", "Spatial", "Java",
)


def fill(seed: Seed) -> None:
    """Instances, database, containers, services, components, options and the banner."""
    _instances(seed)
    _database(seed)
    _containers(seed)
    _services(seed)
    _registry(seed)
    _options(seed)
    _banner(seed)


def _instances(seed: Seed) -> None:
    spec = seed.spec
    for item in spec.instances:
        seed.add("_INSTANCE", {
            "INST_ID": item.number, "INSTANCE_NAME": item.name, "HOST_NAME": item.host, "THREAD#": item.number,
            "STATE": "OPEN", "LOGINS": "ALLOWED",
            "ARCHIVER": "STARTED", "BLOCKED": "NO", "SHUTDOWN_PENDING": "NO", "ACTIVE_STATE": "NORMAL",
            "LOG_SWITCH_WAIT": None,
            "_STARTED": seed.now - item.uptime, "VERSION": spec.version, "VERSION_FULL": spec.version_full,
            "EDITION": "EE"})


def _database(seed: Seed) -> None:
    standby = seed.spec.role != "PRIMARY"
    seed.add("_DATABASE", {
        "DBID": seed.data["dbid"], "NAME": seed.spec.db_name, "DB_UNIQUE_NAME": seed.unique, "CREATED": seed.created,
        "RESETLOGS_CHANGE#": 1490582,
        "RESETLOGS_TIME": seed.created, "LOG_MODE": "ARCHIVELOG",
        "OPEN_MODE": "READ ONLY WITH APPLY" if standby else "READ WRITE", "DATABASE_ROLE": seed.spec.role,
        "PROTECTION_MODE": "MAXIMUM PERFORMANCE", "PROTECTION_LEVEL": "MAXIMUM PERFORMANCE",
        "FLASHBACK_ON": "YES" if seed.data.get("flashback") else "NO",
        "FORCE_LOGGING": "YES", "SUPPLEMENTAL_LOG_DATA_MIN": "NO",
        "CONTROLFILE_TYPE": "STANDBY" if standby else "CURRENT",
        "SWITCHOVER_STATUS": "NOT ALLOWED", "DATAGUARD_BROKER": "DISABLED", "GUARD_STATUS": "NONE", "PLATFORM_ID": 13,
        "PLATFORM_NAME": "Linux x86 64-bit",
        "CDB": "YES" if seed.spec.cdb else "NO", "OPEN_RESETLOGS": "NOT ALLOWED", "VERSION_TIME": seed.created,
        "PRIMARY_DB_UNIQUE_NAME": None,
        "_SCN": seed.scn_now, "_SCN_RATE": seed.scn_rate, "_SINCE": seed.now, "_FLASHBACK_RATE": _flashback(seed)})


def _flashback(seed: Seed) -> float:
    from estate.world.scenario import size

    return float(size(seed.data["flashback"])) if seed.data.get("flashback") else 0.0


def _containers(seed: Seed) -> None:
    if not seed.spec.cdb:
        return
    started = seed.now - seed.spec.instances[0].uptime
    items: list[dict[str, Any]] = [
        {"con_id": 1, "name": "CDB$ROOT", "dbid": seed.data["dbid"], "mode": "READ WRITE"},
        {"con_id": 2, "name": "PDB$SEED", "dbid": seed.data["dbid"] % 900_000_000 + 17, "mode": "READ ONLY"},
        *({**pdb, "mode": "READ WRITE"} for pdb in seed.data["pdbs"])]
    for item in items:
        guid = hashlib.md5(f"{seed.spec.name}/{item['name']}".encode(), usedforsecurity=False).digest()
        seed.add("_CONTAINER", {
            "CON_ID": item["con_id"], "DBID": item["dbid"], "CON_UID": 1 if item["con_id"] == 1 else item["dbid"],
            "GUID": guid, "NAME": item["name"],
            "OPEN_MODE": item["mode"], "RESTRICTED": "NO", "OPEN_TIME": zoned_text(started + 60),
            "CREATION_TIME": seed.created, "STATUS": "NORMAL"})


def service_names(seed: Seed) -> list[tuple[str, int]]:
    """Services of the database with the container that each belongs to."""
    root = seed.spec.root
    found = [("SYS$BACKGROUND", root), ("SYS$USERS", root), (f"{seed.spec.name}XDB", root), (seed.spec.service, root)]
    return found + [(pdb["service"], int(pdb["con_id"])) for pdb in seed.data.get("pdbs", [])]


def _services(seed: Seed) -> None:
    pdbs = {int(p["con_id"]): p["name"] for p in seed.data.get("pdbs", [])}
    for number, (name, con_id) in enumerate(service_names(seed), 1):
        background = name.startswith("SYS$")
        common = {
            "SERVICE_ID": number, "NAME": name, "NAME_HASH": number_of(name),
            "NETWORK_NAME": None if background else name, "CREATION_DATE": seed.created,
            "CREATION_DATE_HASH": number_of(name + "c"), "GOAL": "NONE", "DTP": "N",
            "CLB_GOAL": "SHORT" if background else "LONG", "COMMIT_OUTCOME": "NO",
            "RETENTION_TIME": 86400, "REPLAY_INITIATION_TIMEOUT": 300, "SESSION_STATE_CONSISTENCY": "DYNAMIC",
            "GLOBAL": "NO", "CON_ID": con_id}
        container = pdbs.get(con_id, "CDB$ROOT" if seed.spec.cdb else None)
        for instance in seed.spec.instances:
            seed.add("GV$SERVICES", {"INST_ID": instance.number, "AQ_HA_NOTIFICATION": "NO", "PDB": container,
                                     **common})
            seed.add("GV$ACTIVE_SERVICES", {"INST_ID": instance.number, "BLOCKED": "NO", "AQ_HA_NOTIFICATION": "NO",
                                            "CON_NAME": container, **common})
        cdb_row = {key: value for key, value in common.items() if key not in ("RETENTION_TIME", "GLOBAL")}
        seed.add("CDB_SERVICES", {**cdb_row, "ENABLED": "YES", "AQ_HA_NOTIFICATIONS": "NO", "RETENTION_TIMEOUT": 86400,
                                  "GLOBAL_SERVICE": "NO", "PDB": container})


def _registry(seed: Seed) -> None:
    update = seed.data["release_update"]
    installed = seed.now - age(update["age"])
    log = f"/u01/app/oracle/cfgtoollogs/sqlpatch/{update['patch']}/{25800000 + update['patch'] % 90000}"
    for con_id in seed.spec.containers:
        components = list(COMPONENTS) + ([("RAC", "Oracle Real Application Clusters", "SYS")] if seed.spec.rac else [])
        for code, name, schema in components:
            if code == "ORDIM" and seed.spec.release == "23":
                continue
            seed.add("CDB_REGISTRY", {
                "COMP_ID": code, "COMP_NAME": name, "VERSION": seed.spec.version,
                "VERSION_FULL": seed.spec.version_full, "STATUS": "VALID",
                "MODIFIED": date_text(installed).replace("-", "/"), "NAMESPACE": "SERVER", "CONTROL": "SYS",
                "SCHEMA": schema, "STARTUP": None, "CON_ID": con_id})
        seed.add("CDB_REGISTRY_SQLPATCH", {
            "INSTALL_ID": 1, "PATCH_ID": update["patch"], "PATCH_UID": 25800000 + update["patch"] % 90000,
            "PATCH_TYPE": "RU", "ACTION": "APPLY", "STATUS": "SUCCESS",
            "ACTION_TIME": timestamp_text(installed), "DESCRIPTION": update["description"],
            "LOGFILE": f"{log}/{update['patch']}_apply_{seed.spec.name}.log",
            "FLAGS": "NB", "SOURCE_VERSION": seed.spec.version, "TARGET_VERSION": seed.spec.version_full,
            "CON_ID": con_id})
        seed.add("CDB_REGISTRY_HISTORY", {
            "ACTION_TIME": timestamp_text(installed), "ACTION": "RU_APPLY", "NAMESPACE": "SERVER",
            "VERSION": seed.spec.version_full, "ID": None,
            "COMMENTS": f"Patch applied on {seed.spec.version_full}: {update['description']}", "CON_ID": con_id})
        seed.add("CDB_REGISTRY_HISTORY", {
            "ACTION_TIME": timestamp_text(installed), "ACTION": "BOOTSTRAP", "NAMESPACE": "DATAPATCH",
            "VERSION": seed.spec.release, "ID": None,
            "COMMENTS": "RDBMS_" + seed.spec.version_full, "CON_ID": con_id})


def _options(seed: Seed) -> None:
    for name in OPTIONS:
        on = {"Real Application Clusters": seed.spec.rac, "Unified Auditing": seed.spec.cdb,
              "Spatial": True}.get(name, True)
        seed.add("V$OPTION", {"PARAMETER": name, "VALUE": "TRUE" if on else "FALSE", "CON_ID": 0})


def _banner(seed: Seed) -> None:
    spec = seed.spec
    label = {"12.2": "12c Enterprise Edition Release 12.2.0.1.0 - 64bit Production",
             "19": "19c Enterprise Edition Release 19.0.0.0.0 - Production",
             "23": "23ai Enterprise Edition Release 23.0.0.0.0 - Production"}[spec.release]
    text = f"Oracle Database {label}"
    if spec.release == "12.2":
        lines = [text, "PL/SQL Release 12.2.0.1.0 - Production", "CORE\t12.2.0.1.0\tProduction",
                 "TNS for Linux: Version 12.2.0.1.0 - Production",
                 "NLSRTL Version 12.2.0.1.0 - Production"]
        for line in lines:
            seed.add("V$VERSION", {"BANNER": line, "CON_ID": 0})
        return
    full = f"{text}\nVersion {spec.version_full}"
    seed.add("V$VERSION", {"BANNER": text, "BANNER_FULL": full, "BANNER_LEGACY": text, "CON_ID": 0})
    seed.add("V$TIMEZONE_FILE", {"FILENAME": "timezlrg_43.dat" if spec.release == "23" else "timezlrg_32.dat",
                                 "VERSION": 43 if spec.release == "23" else 32, "CON_ID": 0})
