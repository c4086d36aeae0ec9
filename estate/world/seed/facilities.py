# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands around a database: diagnostic folders, change tracking, interconnects, directories, plans."""

from __future__ import annotations

from estate.world.scenario import InstanceSpec
from estate.world.seed.base import MB, Seed

OCCUPANTS = (
    ("SM/AWR", "Server Manageability - Automatic Workload Repository", "SYS", 900),
    ("SM/OPTSTAT", "Server Manageability - Optimizer Statistics History", "SYS", 520),
    ("SM/ADVISOR", "Server Manageability - Advisor Framework", "SYS", 140),
    ("SM/OTHER", "Server Manageability - Other Components", "SYS", 60), ("XDB", "XDB", "XDB", 180),
    ("AUDSYS", "AUDSYS schema objects", "AUDSYS", 540), ("JOB_SCHEDULER", "Unified Job Scheduler", "SYS", 12),
    ("LOGMNR", "LogMiner", "SYSTEM", 10), ("SMON_SCN_TIME", "Transaction Layer - SCN to TIME mapping", "SYS", 4))
DIRECTORIES = (("DATA_PUMP_DIR", "/u01/app/oracle/admin/{name}/dpdump/"),
               ("ORACLE_OCM_CONFIG_DIR", "/u01/app/oracle/product/dbhome_1/ccr/state"),
               ("OPATCH_LOG_DIR", "/u01/app/oracle/product/dbhome_1/rdbms/log"),
               ("OPATCH_SCRIPT_DIR", "/u01/app/oracle/product/dbhome_1/QOpatch"))
FEATURES = (("Partitioning (system)", "TRUE"), ("Automatic Workload Repository", "TRUE"),
            ("Recovery Manager (RMAN)", "TRUE"),
            ("Automatic SGA Tuning", "TRUE"), ("Automatic Undo Management", "TRUE"), ("Data Guard", "FALSE"),
            ("Locally Managed Tablespaces (user)", "TRUE"), ("Oracle Multitenant", "FALSE"))
PLAN = ((0, None, "SELECT STATEMENT", None, None), (1, 0, "TABLE ACCESS", "BY INDEX ROWID BATCHED", "TABLE"),
        (2, 1, "INDEX", "RANGE SCAN", "INDEX"))


def fill(seed: Seed) -> None:
    """Diagnostics, resource plans, interconnects, block change tracking, occupants of SYSAUX."""
    for instance in seed.spec.instances:
        _diagnostics(seed, instance)
        _plans(seed, instance)
        if seed.spec.rac:
            seed.add("GV$CLUSTER_INTERCONNECTS", {
                "INST_ID": instance.number, "NAME": "ib0", "IP_ADDRESS": f"192.168.10.{10 + instance.number}",
                "IS_PUBLIC": "NO", "SOURCE": None, "CON_ID": 0})
    folder = str(seed.data["files"])
    name = f"{folder}/change_tracking.f" if not folder.startswith("+") else "+DATA/HIS/CHANGETRACKING/ctf.274.1047"
    seed.add("V$BLOCK_CHANGE_TRACKING", {"STATUS": "ENABLED", "FILENAME": name, "BYTES": 11599872, "CON_ID": 0})
    for code, text, schema, megabytes in OCCUPANTS:
        seed.add("V$SYSAUX_OCCUPANTS", {"OCCUPANT_NAME": code, "OCCUPANT_DESC": text, "SCHEMA_NAME": schema,
                                        "SPACE_USAGE_KBYTES": megabytes * MB // 1024, "CON_ID": seed.spec.root})
    for con_id in seed.spec.containers:
        for directory, path in DIRECTORIES:
            seed.add("CDB_DIRECTORIES", {"OWNER": "SYS", "DIRECTORY_NAME": directory, "ORIGIN_CON_ID": con_id,
                                         "DIRECTORY_PATH": path.format(name=seed.spec.name), "CON_ID": con_id})
    for feature, used in FEATURES:
        seed.add("CDB_FEATURE_USAGE_STATISTICS", {
            "DBID": seed.data["dbid"], "NAME": feature, "VERSION": seed.spec.version, "DETECTED_USAGES": 40,
            "TOTAL_SAMPLES": 40, "CURRENTLY_USED": used, "FIRST_USAGE_DATE": seed.created,
            "LAST_USAGE_DATE": seed.ago(3 * 86400) if used == "TRUE" else None, "LAST_SAMPLE_DATE": seed.ago(3 * 86400),
            "LAST_SAMPLE_PERIOD": 604800, "SAMPLE_INTERVAL": 604800, "CON_ID": seed.spec.root})


def _diagnostics(seed: Seed, instance: InstanceSpec) -> None:
    home = f"/u01/app/oracle/diag/rdbms/{seed.unique.lower()}/{instance.name}"
    values = {"Diag Enabled": "TRUE", "ADR Base": "/u01/app/oracle", "ADR Home": home, "Diag Trace": f"{home}/trace",
              "Diag Alert": f"{home}/alert", "Diag Incident": f"{home}/incident", "Diag Cdump": f"{home}/cdump",
              "Health Monitor": f"{home}/hm", "Default Trace File": f"{home}/trace/{instance.name}_ora_50123.trc",
              "Active Problem Count": "0", "Active Incident Count": "0",
              "ORACLE_HOME": "/u01/app/oracle/product/dbhome_1"}
    for name, value in values.items():
        seed.add("GV$DIAG_INFO", {"INST_ID": instance.number, "NAME": name, "VALUE": value, "CON_ID": 0})


def _plans(seed: Seed, instance: InstanceSpec) -> None:
    """Each statement over one table reads it by an index."""
    for row in seed.tables["_SQL"]:
        if row["INST_ID"] != instance.number or not row["SQL_TEXT"].startswith("SELECT *"):
            continue
        owner, table = row["SQL_TEXT"].split("FROM ")[1].split()[0].split(".")
        for number, parent, operation, options, kind in PLAN:
            seed.add("GV$SQL_PLAN", {
                "INST_ID": instance.number, "HASH_VALUE": row["HASH_VALUE"], "SQL_ID": row["SQL_ID"],
                "PLAN_HASH_VALUE": row["PLAN_HASH_VALUE"], "CHILD_NUMBER": 0, "TIMESTAMP": seed.ago(86400),
                "OPERATION": operation, "OPTIONS": options, "OBJECT_OWNER": owner if kind else None,
                "OBJECT_NAME": {"TABLE": table, "INDEX": f"{table}_IX1"}.get(kind or ""), "OBJECT_TYPE": kind,
                "OPTIMIZER": None if number else "ALL_ROWS", "ID": number, "PARENT_ID": parent, "DEPTH": number,
                "POSITION": 1, "COST": 9 - number, "CARDINALITY": 6, "BYTES": 984, "CON_ID": row["CON_ID"]})
