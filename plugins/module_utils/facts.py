# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of a database, read before its probes: which it is, what it runs on, which instances and containers it has.

The statements have the form of probes, so that grants and dictionary tests cover them, too.
"""

from __future__ import annotations

from typing import Any, Dict, List

from ansible_collections.medops.dbcare.plugins.module_utils.errors import TargetError
from ansible_collections.medops.dbcare.plugins.module_utils.session import Session
from ansible_collections.medops.dbcare.plugins.module_utils.values import json_value
from ansible_collections.medops.dbcare.plugins.module_utils.versions import matches

_DATABASE_SQL = """
select d.name db_name, d.db_unique_name, d.dbid, d.database_role, d.open_mode, d.log_mode, d.created, d.platform_name,
       %(cdb)s cdb, %(edition)s edition, %(full)s version_full,
       t.thread# thread, t.instance thread_instance,
       i.instance_number, i.instance_name, i.host_name, i.status, i.version, i.startup_time,
       (select count(*) from v$datafile f where f.name like '+%%') asm_files,
       to_char(systimestamp, 'YYYY-MM-DD"T"HH24:MI:SS.FF3TZH:TZM') database_time,
       sys_context('USERENV', 'INSTANCE_NAME') connected_instance,
       sys_context('USERENV', 'SESSION_USER') session_user
  from v$database d
 cross join v$thread t
  left join gv$instance i on i.thread# = t.thread#
 where t.enabled <> 'DISABLED'
 order by t.thread#
"""
_EDITION_112 = "(select max(b.banner) from v$version b where b.banner like 'Oracle Database%%')"
# A container whose tablespaces a CDB_ view does not show is one whose data this user may not see.
_CONTAINERS_SQL = """
select c.con_id, c.name, c.open_mode, c.restricted,
       (select count(*) from cdb_tablespaces s where s.con_id = c.con_id) tablespaces
  from v$containers c
 order by c.con_id
"""
_READS = ["V$DATABASE", "V$THREAD", "GV$INSTANCE", "V$DATAFILE"]
_TEXT = {"type": "string"}


def _database_variant(versions: str, cdb: str, edition: str, full: str, reads: List[str]) -> Dict[str, Any]:
    sql = _DATABASE_SQL % {"cdb": cdb, "edition": edition, "full": full}
    return {"versions": versions, "container": "any", "sql": sql.replace("%%", "%"), "reads": reads}


FACT_PROBES: List[Dict[str, Any]] = [
    {
        "id": "facts_database",
        "scope": "database",
        "variants": [
            _database_variant(">=18", "d.cdb", "i.edition", "i.version_full", _READS),
            _database_variant(">=12.1,<18", "d.cdb", "i.edition", "i.version", _READS),
            _database_variant(">=11.2,<12.1", "'NO'", _EDITION_112, "i.version", [*_READS, "V$VERSION"]),
        ],
        "max_rows": 100,
    },
    {
        "id": "facts_containers",
        "scope": "database",
        "variants": [
            {
                "versions": ">=12.1",
                "container": "cdb",
                "sql": _CONTAINERS_SQL,
                "reads": ["V$CONTAINERS", "CDB_TABLESPACES"],
            }
        ],
        "max_rows": 4200,
    },
]


def _select(probe: Dict[str, Any], version: str, target: str) -> str:
    for variant in probe["variants"]:
        if matches(version, variant["versions"]):
            return variant["sql"]
    raise TargetError("other", "", "Oracle %s is older than 11.2, the oldest that is read" % version, target)


def _edition(word: Any) -> str:
    text = str(word or "")
    if "Enterprise" in text:
        return "EE"
    return "SE" if "Standard" in text else text.strip()


def _instance(row: Dict[str, Any], offset: str) -> Dict[str, Any]:
    return {
        "name": row["instance_name"] or row["thread_instance"],
        "number": row["instance_number"],
        "thread": row["thread"],
        "host": row["host_name"],
        "status": row["status"],
        "version": row["version"],
        "startup_time": json_value(row["startup_time"], offset),
    }


def _declared(login: Dict[str, Any], known: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    names = {str(instance["name"]).upper() for instance in known}
    return [
        {
            "name": item["name"],
            "number": None,
            "thread": None,
            "host": item.get("host"),
            "status": None,
            "version": None,
            "startup_time": None,
        }
        for item in login["instances"]
        if item["name"].upper() not in names
    ]


def _database_facts(rows: List[Dict[str, Any]], session: Session) -> Dict[str, Any]:
    first = next((row for row in rows if row["instance_name"]), rows[0])
    offset = first["database_time"][-6:]
    instances = [_instance(row, offset) for row in rows]
    instances += _declared(session.login, instances)
    return {
        "version": first["version"] or session.version,
        "version_full": first["version_full"] or session.version,
        "edition": _edition(first["edition"]),
        "role": first["database_role"],
        "open_mode": first["open_mode"],
        "log_mode": first["log_mode"],
        "cdb": first["cdb"] == "YES",
        "rac": len(instances) > 1,
        "asm": bool(first["asm_files"]),
        "db_name": first["db_name"],
        "db_unique_name": first["db_unique_name"],
        "dbid": first["dbid"],
        "created": json_value(first["created"], offset),
        "platform": first["platform_name"],
        "instances": instances,
        "host_names": sorted({item["host"] for item in instances if item["host"]}),
        "database_time": first["database_time"],
        "time_offset": offset,
        "connected_instance": first["connected_instance"] or session.instance_name or first["instance_name"],
        "user": first["session_user"],
        "containers": [],
        "containers_unread": [],
    }


def _unread_reason(row: Dict[str, Any]) -> str:
    if row["name"] == "PDB$SEED" or row["tablespaces"]:
        return ""
    if row["open_mode"] not in ("READ WRITE", "READ ONLY"):
        return "not open (%s)" % row["open_mode"]
    if row["restricted"] == "YES":
        return "open in restricted mode"
    return "its data does not appear in CDB_ views: the account lacks CONTAINER_DATA or its grants there"


def _add_containers(facts: Dict[str, Any], rows: List[Dict[str, Any]]) -> None:
    for row in rows:
        reason = _unread_reason(row)
        facts["containers"].append(
            {
                "con_id": row["con_id"],
                "name": row["name"],
                "open_mode": row["open_mode"],
                "restricted": row["restricted"],
                "read": not reason and row["name"] != "PDB$SEED",
            }
        )
        if reason:
            facts["containers_unread"].append({"name": row["name"], "open_mode": row["open_mode"], "reason": reason})
    if not any(row["con_id"] > 2 for row in rows):
        facts["containers_unread"].append(
            {
                "name": "PDB",
                "open_mode": None,
                "reason": "no pluggable database is visible: the account lacks CONTAINER_DATA, or there is none",
            }
        )


def _read(session: Session, probe: Dict[str, Any], timeout: float) -> List[Dict[str, Any]]:
    sql = _select(probe, session.version, session.target)
    rows = session.query(sql, max_rows=probe["max_rows"], timeout=timeout, probe=probe["id"])
    return [dict(zip(rows.columns, row)) for row in rows.rows]  # noqa: B905 (Python 3.8 has no strict)


def read_facts(session: Session, timeout: float) -> Dict[str, Any]:
    """Facts of the database that ``session`` is on: two statements, ``timeout`` s each at most. Raises TargetError."""
    rows = _read(session, FACT_PROBES[0], timeout)
    if not rows:
        raise TargetError("other", "", "V$DATABASE gave no row", session.target, FACT_PROBES[0]["id"])
    facts = _database_facts(rows, session)
    if facts["cdb"]:
        _add_containers(facts, _read(session, FACT_PROBES[1], timeout))
    return facts
