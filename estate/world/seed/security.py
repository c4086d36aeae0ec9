# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users, roles, privileges, profiles, password file, audit settings and trail."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Any

import yaml

from estate.dictionary import facts, families
from estate.world.clock import date_text, timestamp_text, zoned_text
from estate.world.scenario import FOLDER
from estate.world.seed.base import DAY, HOUR, Seed

DBA_PRIVILEGES_NOT = {"SYSDBA", "SYSOPER", "SYSBACKUP", "SYSDG", "SYSKM", "SYSRAC", "EXEMPT ACCESS POLICY",
                      "EXEMPT REDACTION POLICY", "INHERIT ANY PRIVILEGES", "KEEP DATE TIME",
                      "KEEP SYSGUID", "PURGE DBA_RECYCLEBIN", "TRANSLATE ANY SQL", "UNLIMITED TABLESPACE"}
ROLE_GRANTS = {
    "DBA": ("SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE", "EXP_FULL_DATABASE", "IMP_FULL_DATABASE",
            "DATAPUMP_EXP_FULL_DATABASE", "DATAPUMP_IMP_FULL_DATABASE", "SCHEDULER_ADMIN",
            "GATHER_SYSTEM_STATISTICS", "CAPTURE_ADMIN", "OPTIMIZER_PROCESSING_RATE", "EM_EXPRESS_ALL", "XDBADMIN"),
    "EXP_FULL_DATABASE": ("SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"),
    "IMP_FULL_DATABASE": ("SELECT_CATALOG_ROLE", "EXECUTE_CATALOG_ROLE"),
    "DATAPUMP_EXP_FULL_DATABASE": ("EXP_FULL_DATABASE",),
    "DATAPUMP_IMP_FULL_DATABASE": ("EXP_FULL_DATABASE", "IMP_FULL_DATABASE"),
    "SELECT_CATALOG_ROLE": ("HS_ADMIN_SELECT_ROLE",), "EXECUTE_CATALOG_ROLE": ("HS_ADMIN_EXECUTE_ROLE",),
}
ROLE_PRIVILEGES = {
    "CONNECT": ("CREATE SESSION", "SET CONTAINER"), "RESOURCE": ("CREATE TABLE", "CREATE SEQUENCE", "CREATE TRIGGER",
                                                                 "CREATE CLUSTER", "CREATE PROCEDURE", "CREATE TYPE",
                                                                 "CREATE OPERATOR", "CREATE INDEXTYPE"),
    "SCHEDULER_ADMIN": ("CREATE JOB", "CREATE ANY JOB", "EXECUTE ANY PROGRAM", "EXECUTE ANY CLASS", "MANAGE SCHEDULER",
                        "CREATE EXTERNAL JOB"),
    "EXP_FULL_DATABASE": ("SELECT ANY TABLE", "SELECT ANY SEQUENCE", "BACKUP ANY TABLE", "CREATE SESSION"),
    "IMP_FULL_DATABASE": ("CREATE ANY TABLE", "DROP ANY TABLE", "CREATE USER", "CREATE SESSION"),
    "AUDIT_ADMIN": ("AUDIT SYSTEM", "AUDIT ANY"), "RECOVERY_CATALOG_OWNER": ("CREATE SESSION", "CREATE TABLE"),
}
SYSTEM_GRANTS = {"SYSTEM": (("DBA", "AQ_ADMINISTRATOR_ROLE"), ("UNLIMITED TABLESPACE", "GLOBAL QUERY REWRITE",
                                                               "SELECT ANY TABLE", "CREATE TABLE")),
                                                               "SYS": (("DBA", "AUDIT_ADMIN", "AUDIT_VIEWER"),
                                                                       ("UNLIMITED TABLESPACE",)),
                 "DBSNMP": (("OEM_MONITOR",), ("CREATE SESSION", "SELECT ANY DICTIONARY")),
                 "OEM_MONITOR": ((), ("CREATE SESSION", "SELECT ANY DICTIONARY", "ANALYZE ANY"))}
ABSENT = {"ADAMS", "BI", "APEX_040200", "APEX_PUBLIC_USER", "BAASSYS", "DMSYS", "EXFSYS", "FLOWS_FILES", "HR", "IX",
          "MGMT_VIEW", "MTSSYS", "OE", "OWBSYS", "OWBSYS_AUDIT", "PDBADMIN",
          "PERFSTAT", "PM", "SH", "SYSMAN", "TSMSYS", "VECSYS", "DGPDB_INT", "WK_TEST", "OLAPSYS",
          "SPATIAL_CSW_ADMIN_USR", "SPATIAL_WFS_ADMIN_USR"}
PROFILE = {"COMPOSITE_LIMIT": "UNLIMITED", "SESSIONS_PER_USER": "UNLIMITED", "CPU_PER_SESSION": "UNLIMITED",
           "CPU_PER_CALL": "UNLIMITED", "LOGICAL_READS_PER_SESSION": "UNLIMITED",
           "LOGICAL_READS_PER_CALL": "UNLIMITED", "IDLE_TIME": "UNLIMITED", "CONNECT_TIME": "UNLIMITED",
           "PRIVATE_SGA": "UNLIMITED", "FAILED_LOGIN_ATTEMPTS": "10", "PASSWORD_LIFE_TIME": "180",
           "PASSWORD_REUSE_TIME": "UNLIMITED", "PASSWORD_REUSE_MAX": "UNLIMITED", "PASSWORD_VERIFY_FUNCTION": "NULL",
           "PASSWORD_LOCK_TIME": "1", "PASSWORD_GRACE_TIME": "7", "INACTIVE_ACCOUNT_TIME": "UNLIMITED",
           "PASSWORD_ROLLOVER_TIME": "0"}
PROFILES: dict[str, dict[str, str]] = {
    "DEFAULT": {}, "SERVICE_PROFILE": {"PASSWORD_LIFE_TIME": "UNLIMITED", "FAILED_LOGIN_ATTEMPTS": "10",
                                       "PASSWORD_VERIFY_FUNCTION": "ORA12C_STRONG_VERIFY_FUNCTION"},
    "PERSON_PROFILE": {"PASSWORD_LIFE_TIME": "90", "FAILED_LOGIN_ATTEMPTS": "5", "PASSWORD_REUSE_MAX": "5",
                       "PASSWORD_VERIFY_FUNCTION": "ORA12C_STRONG_VERIFY_FUNCTION", "IDLE_TIME": "60"}}
POLICIES = {"ORA_LOGON_FAILURES": ("LOGON", "STANDARD ACTION"), "ORA_SECURECONFIG": ("ALTER USER", "STANDARD ACTION"),
            "ORA_ACCOUNT_MGMT": ("CREATE USER", "STANDARD ACTION"),
            "ORA_DATABASE_PARAMETER": ("ALTER SYSTEM", "STANDARD ACTION")}


@functools.cache
def derived_key(password: str, salt: bytes) -> bytes:
    """PBKDF2-SHA512 of the 12c verifier (see api.Verifier)."""
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt + b"AUTH_PBKDF2_SPEEDY_KEY", 4096, 64)


@functools.cache
def inspector_grants() -> tuple[str, ...]:
    """Dictionary objects that the inspector may select from."""
    return tuple(yaml.safe_load((Path(FOLDER) / "inspector_grants.yml").read_text(encoding="utf-8"))["objects"])


def fill(seed: Seed) -> None:
    """Accounts, roles and grants of each container, the password file, auditing and properties."""
    for con_id in seed.spec.containers:
        builder = Builder(seed, con_id)
        builder.oracle()
        builder.profiles()
        builder.roles()
        builder.applications()
        builder.product()
    _password_file(seed)
    _audit(seed)
    _properties(seed)


class Builder:
    """Accounts and grants of one container."""

    def __init__(self, seed: Seed, con_id: int) -> None:
        self.seed, self.con_id = seed, con_id
        self.inherited = "YES" if con_id > 1 else "NO"
        self.number = 0

    def user(self, name: str, status: str, *, maintained: bool, profile: str = "DEFAULT", changed: float = 60.0,
             common: bool | None = None, logon: float | None = None) -> None:
        """A row of CDB_USERS. ``changed``: days since the password was set, which with the profile gives the expiry
        date."""
        self.number += 1
        seed, life = self.seed, PROFILES[profile].get("PASSWORD_LIFE_TIME", PROFILE["PASSWORD_LIFE_TIME"])
        everywhere = maintained if common is None else common
        opened = status == "OPEN"
        expiry = None if life == "UNLIMITED" or not opened else seed.ago((changed - float(life)) * DAY)
        seed.add("CDB_USERS", {
            "USERNAME": name, "USER_ID": {"SYS": 0, "SYSTEM": 9}.get(name,
                                                                     12 + self.number if maintained
                                                                     else 90 + self.number), "PASSWORD": None,
                                                                     "ACCOUNT_STATUS": status,
            "LOCK_DATE": None if opened else seed.created, "EXPIRY_DATE": expiry if opened else seed.created,
            "DEFAULT_TABLESPACE": "SYSTEM" if name in ("SYS", "SYSTEM") else "USERS",
            "TEMPORARY_TABLESPACE": "TEMP", "LOCAL_TEMP_TABLESPACE": "TEMP", "CREATED": seed.created,
            "PROFILE": profile, "INITIAL_RSRC_CONSUMER_GROUP": "DEFAULT_CONSUMER_GROUP",
            "PASSWORD_VERSIONS": "11G 12C " if opened else None, "EDITIONS_ENABLED": "N",
            "AUTHENTICATION_TYPE": "PASSWORD" if opened or name == "SYS" else "NONE", "PROXY_ONLY_CONNECT": "N",
            "COMMON": "YES" if everywhere and seed.spec.cdb else "NO",
            "LAST_LOGIN": zoned_text(seed.now - logon) if logon is not None else None,
            "ORACLE_MAINTAINED": "Y" if maintained else "N",
            "INHERITED": self.inherited if everywhere else "NO", "DEFAULT_COLLATION": "USING_NLS_COMP",
            "IMPLICIT": "NO", "ALL_SHARD": "NO",
            "PASSWORD_CHANGE_DATE": seed.ago(changed * DAY) if opened else None, "EXTERNAL_SHARD": "NO",
            "MANDATORY_PROFILE_VIOLATION": "NO", "PROTECTED": "NO", "READ_ONLY": "NO",
            "DICTIONARY_PROTECTED": "NO", "CON_ID": self.con_id})

    def account(self, name: str, password: str) -> None:
        """The verifier of an account that can log in."""
        salt = hashlib.sha256(f"{self.seed.spec.name}/{name}".encode()).digest()[:16]
        self.seed.add("_ACCOUNT", {"CON_ID": self.con_id, "USERNAME": name, "SALT": salt,
                                   "KEY": derived_key(password, salt), "_DEFAULT": 0})

    def role_to(self, grantee: str, role: str, admin: str = "NO", common: str | None = None) -> None:
        """Grant a role; ``admin`` and ``common`` are YES or NO, ``common`` by default as the grantee is."""
        self.seed.add("CDB_ROLE_PRIVS", {"GRANTEE": grantee, "GRANTED_ROLE": role, "ADMIN_OPTION": admin,
                                         "DELEGATE_OPTION": "NO", "DEFAULT_ROLE": "YES",
                                         "COMMON": common or self._common(grantee),
                                         "INHERITED": self.inherited if self._common(grantee) == "YES" else "NO",
                                         "CON_ID": self.con_id})

    def privilege_to(self, grantee: str, privilege: str, admin: str = "NO") -> None:
        """Grant a system privilege; ``admin`` is YES or NO."""
        self.seed.add("CDB_SYS_PRIVS", {"GRANTEE": grantee, "PRIVILEGE": privilege, "ADMIN_OPTION": admin,
                                        "COMMON": self._common(grantee),
                                        "INHERITED": self.inherited if self._common(grantee) == "YES" else "NO",
                                        "CON_ID": self.con_id})

    def object_to(self, grantee: str, owner: str, name: str, privilege: str, kind: str) -> None:
        """Grant a privilege on an object of type ``kind``."""
        self.seed.add("CDB_TAB_PRIVS", {"GRANTEE": grantee, "OWNER": owner, "TABLE_NAME": name, "GRANTOR": owner,
                                        "PRIVILEGE": privilege, "GRANTABLE": "NO", "HIERARCHY": "NO",
                                        "COMMON": self._common(grantee), "TYPE": kind, "INHERITED": "NO",
                                        "CON_ID": self.con_id})

    def _common(self, grantee: str) -> str:
        local = grantee in {a["name"] for a in self.seed.data["accounts"]} and not grantee.startswith("C##")
        local = local or grantee in self.seed.data["schemas"] or grantee in self.seed.data["roles"]
        return "YES" if self.seed.spec.cdb and not local else "NO"

    def oracle(self) -> None:
        """Oracle's own accounts: all locked but SYS, SYSTEM, and DBSNMP for monitoring."""
        for name, _kind in facts.table("oracle_accounts"):
            if name in ABSENT:
                continue
            opened = name in ("SYS", "SYSTEM", "DBSNMP")
            self.user(name, "OPEN" if opened else "EXPIRED & LOCKED" if name in ("ANONYMOUS", "XS$NULL", "DIP")
                      else "LOCKED", maintained=True, changed=30.0 if opened else 60.0,
                      profile="DEFAULT", logon=2 * DAY if opened else None)
            if opened:
                self.account(name, f"{name.title()}#{self.seed.spec.name}_2024")
        for name, (roles, privileges) in SYSTEM_GRANTS.items():
            for role in roles:
                self.role_to(name, role, "YES" if role == "DBA" else "NO")
            for privilege in privileges:
                self.privilege_to(name, privilege)

    def profiles(self) -> None:
        """Limits of every profile, in the release's resources."""
        release = self.seed.spec.release
        for profile, limits in PROFILES.items():
            for resource, value in PROFILE.items():
                if resource == "PASSWORD_ROLLOVER_TIME" and release == "12.2":
                    continue
                limit = limits.get(resource, value if profile == "DEFAULT" else "DEFAULT")
                self.seed.add("CDB_PROFILES", {
                    "PROFILE": profile, "RESOURCE_NAME": resource,
                    "RESOURCE_TYPE": "PASSWORD" if resource.startswith(("PASSWORD", "FAILED", "INACTIVE"))
                    else "KERNEL", "LIMIT": limit,
                    "COMMON": "NO", "INHERITED": "NO", "IMPLICIT": "NO", "CON_ID": self.con_id})

    def roles(self) -> None:
        """Oracle's roles with what they are granted, and the applications'."""
        known = facts.named("oracle_maintained_roles", self.seed.spec.release)
        for number, name in enumerate(sorted({*known, "DBA", "CONNECT", "RESOURCE", "SELECT_CATALOG_ROLE",
                                              "AUDIT_ADMIN", "AUDIT_VIEWER", "OEM_MONITOR"})):
            self._role(name, number + 2, maintained=True)
        for role, granted in ROLE_GRANTS.items():
            for each in granted:
                self.role_to(role, each)
        for role, privileges in ROLE_PRIVILEGES.items():
            for each in privileges:
                self.privilege_to(role, each)
        for privilege in facts.named("system_privileges", self.seed.spec.release):
            if privilege not in DBA_PRIVILEGES_NOT:
                self.privilege_to("DBA", privilege, "NO")
            if privilege not in DBA_PRIVILEGES_NOT or privilege == "UNLIMITED TABLESPACE":
                self.privilege_to("SYS", privilege)

    def _role(self, name: str, number: int, *, maintained: bool) -> None:
        self.seed.add("CDB_ROLES", {"ROLE": name, "ROLE_ID": number, "PASSWORD_REQUIRED": "NO",
                                    "AUTHENTICATION_TYPE": "NONE",
                                    "COMMON": "YES" if maintained and self.seed.spec.cdb else "NO",
                                    "ORACLE_MAINTAINED": "Y" if maintained else "N",
                                    "INHERITED": self.inherited if maintained else "NO", "IMPLICIT": "NO",
                                    "CON_ID": self.con_id})

    def applications(self) -> None:
        """Schema owners (locked), service accounts and persons of the scenario, application roles with object
        grants."""
        data, spec = self.seed.data, self.seed.spec
        owners = [name for name,
                  schema in data["schemas"].items() if spec.container(schema.get("container")) == self.con_id]
        for name in owners:
            self.user(name, "LOCKED", maintained=False, profile="SERVICE_PROFILE")
            for privilege in ("CREATE SESSION", "CREATE TABLE", "CREATE VIEW", "CREATE SEQUENCE", "CREATE PROCEDURE",
                              "CREATE TRIGGER"):
                self.privilege_to(name, privilege)
        for number, (role, schemas) in enumerate(data["roles"].items(), 300):
            if set(schemas) & set(owners):
                self._role(role, number, maintained=False)
                self.privilege_to(role, "CREATE SESSION")
                self._role_objects(role, schemas)
        for item in data["accounts"]:
            common = item["name"].startswith("C##")
            if not common and spec.container(item.get("container")) != self.con_id:
                continue
            person = item["kind"] == "person"
            self.user(item["name"], item.get("status", "OPEN"), maintained=False,
                      profile="PERSON_PROFILE" if person else "SERVICE_PROFILE",
                      changed=float(item.get("password_days", 40)),
                      common=common, logon=(1.2 if person else 0.02) * DAY)
            self.account(item["name"], item.get("password", f"{item['name'].title().replace('#', '')}!{spec.name}7"))
            self.privilege_to(item["name"], "CREATE SESSION")
            for role in item["grants"]:
                self.role_to(item["name"], role)

    def _role_objects(self, role: str, schemas: list[str]) -> None:
        reading = "READ" in role
        for owner in schemas:
            schema = self.seed.data["schemas"][owner]
            for table in [*schema.get("tables", {}), *schema.get("lobs", {})]:
                for privilege in ("SELECT",) if reading else ("SELECT", "INSERT", "UPDATE", "DELETE"):
                    self.object_to(role, owner, table, privilege, "TABLE")

    def product(self) -> None:
        """The inspector with least privilege, and the administrator."""
        spec = self.seed.spec
        for account, grants in ((spec.inspector, ()), (spec.admin, ("DBA",))):
            name = account["user"]
            # The administrator is the estate's own, as SYS is Oracle's: no account of the hospital that holds DBA.
            self.user(name, "OPEN", maintained="DBA" in grants, profile="SERVICE_PROFILE", common=True,
                      logon=0.4 * DAY, changed=30.0)
            self.account(name, account["password"])
            self.privilege_to(name, "CREATE SESSION")
            for role in grants:
                self.role_to(name, role)
            if spec.cdb:
                self.privilege_to(name, "SET CONTAINER")
        for name in inspector_grants():
            public = families.public_name(name)
            if facts.view(public, spec.release):
                owner = "AUDSYS" if "UNIFIED_AUDIT_TRAIL" in name else "SYS"
                self.object_to(spec.inspector["user"], owner, families.object_name(public), "SELECT", "VIEW")
        if self.con_id == 1:
            for account in (spec.inspector, spec.admin):
                self.seed.add("CDB_CONTAINER_DATA", {"USERNAME": account["user"], "DEFAULT_ATTR": "Y", "OWNER": None,
                                                     "OBJECT_NAME": None, "ALL_CONTAINERS": "Y",
                                                     "CONTAINER_NAME": None, "CON_ID": 1})


def _password_file(seed: Seed) -> None:
    for name in ("SYS", "SYSBACKUP"):
        seed.add("V$PWFILE_USERS", {
            "USERNAME": name, "SYSDBA": "TRUE" if name == "SYS" else "FALSE",
            "SYSOPER": "TRUE" if name == "SYS" else "FALSE", "SYSASM": "FALSE",
            "SYSBACKUP": "TRUE" if name != "SYS" else "FALSE",
            "SYSDG": "FALSE", "SYSKM": "FALSE", "ACCOUNT_STATUS": "OPEN", "PASSWORD_PROFILE": "DEFAULT",
            "AUTHENTICATION_TYPE": "PASSWORD", "COMMON": "YES" if seed.spec.cdb else "NO", "CON_ID": 0})


def _audit(seed: Seed) -> None:
    modern = seed.spec.release != "12.2"
    for name, (option, kind) in POLICIES.items():
        seed.add("AUDIT_UNIFIED_POLICIES", {"POLICY_NAME": name, "AUDIT_CONDITION": "NONE",
                                            "CONDITION_EVAL_OPT": "NONE", "AUDIT_OPTION": option,
                                            "AUDIT_OPTION_TYPE": kind, "OBJECT_SCHEMA": "NONE",
                                            "OBJECT_NAME": "NONE", "OBJECT_TYPE": "NONE",
                                            "COMMON": "YES" if seed.spec.cdb else "NO", "INHERITED": "NO",
                                            "AUDIT_ONLY_TOPLEVEL": "NO"})
        if name in ("ORA_LOGON_FAILURES", "ORA_SECURECONFIG"):
            seed.add("AUDIT_UNIFIED_ENABLED_POLICIES", {"POLICY_NAME": name, "ENABLED_OPTION": "BY USER",
                                                        "ENTITY_NAME": "ALL USERS", "ENTITY_TYPE": "USER",
                                                        "SUCCESS": "NO" if name == "ORA_LOGON_FAILURES" else "YES",
                                                        "FAILURE": "YES"})
    for name in ("AUDIT ADMINISTER PRIVILEGES", "CREATE SESSION", "ALTER SYSTEM", "GRANT ANY PRIVILEGE"):
        seed.add("CDB_STMT_AUDIT_OPTS", {"USER_NAME": None, "PROXY_NAME": None, "AUDIT_OPTION": name,
                                         "SUCCESS": "BY ACCESS", "FAILURE": "BY ACCESS", "CON_ID": seed.spec.root})
    for con_id in seed.spec.containers:
        users = [g for g in seed.data["sessions"] if seed.spec.container(g.get("container"))
                 == con_id] or seed.data["sessions"][:1]
        _trail(seed, con_id, users)
        for name, value in (("DB AUDIT TABLESPACE", "SYSAUX"), ("AUDIT FILE MAX SIZE", "10000"),
                            ("AUDIT FILE MAX AGE", "5"),
                            ("AUDIT WRITE MODE", "QUEUED WRITE MODE" if modern else "IMMEDIATE WRITE MODE")):
            seed.add("CDB_AUDIT_MGMT_CONFIG_PARAMS", {"PARAMETER_NAME": name, "PARAMETER_VALUE": value,
                                                      "AUDIT_TRAIL": "UNIFIED AUDIT TRAIL", "CON_ID": con_id})


def _trail(seed: Seed, con_id: int, users: list[dict[str, Any]]) -> None:
    """Log-ons of 35 days, with the odd mistyped password; never many in a day."""
    for number in range(400):
        age = (number + 0.37) / 400 * 35 * DAY
        group = users[number % len(users)]
        failed = number % 60 == 7
        moment = seed.now - age - HOUR
        common = {"USERHOST": f"{group['machine']}{number % 3 + 1:02d}", "TERMINAL": "unknown",
                  "SESSIONID": 700000 + number, "OS_PROCESS": str(9000 + number)}
        seed.add("CDB_UNIFIED_AUDIT_TRAIL", {
            **common, "AUDIT_TYPE": "Standard", "OS_USERNAME": group["osuser"],
            "INSTANCE_ID": 1 + number % len(seed.spec.instances), "DBID": seed.data["dbid"],
            "AUTHENTICATION_TYPE": "(TYPE=(DATABASE));(CLIENT ADDRESS=((PROTOCOL=tcp)(HOST=10.10.1.21)(PORT=51022)));",
            "DBUSERNAME": group["user"], "CLIENT_PROGRAM_NAME": group["program"][:48],
            "ENTRY_ID": 1, "STATEMENT_ID": 1, "EVENT_TIMESTAMP": timestamp_text(moment),
            "EVENT_TIMESTAMP_UTC": timestamp_text(moment - 8 * HOUR), "ACTION_NAME": "LOGON",
            "RETURN_CODE": 1017 if failed else 0, "SCN": seed.scn_at(moment), "CURRENT_USER": group["user"],
            "UNIFIED_AUDIT_POLICIES": "ORA_LOGON_FAILURES" if failed else "ORA_SECURECONFIG", "CON_ID": con_id})
        if seed.data.get("audit") == "traditional":
            seed.add("CDB_AUDIT_TRAIL", {**common, "OS_USERNAME": group["osuser"], "USERNAME": group["user"],
                                         "TIMESTAMP": date_text(moment), "ACTION": 100, "ACTION_NAME": "LOGON",
                                         "RETURNCODE": 1017 if failed else 0, "EXTENDED_TIMESTAMP": zoned_text(moment),
                                         "INSTANCE_NUMBER": 1, "ENTRYID": 1, "STATEMENTID": 1, "CON_ID": con_id})


def _properties(seed: Seed) -> None:
    for con_id in seed.spec.containers:
        values = {"NLS_LANGUAGE": "AMERICAN", "NLS_TERRITORY": "AMERICA", "NLS_CURRENCY": "$",
                  "NLS_ISO_CURRENCY": "AMERICA", "NLS_NUMERIC_CHARACTERS": ".,", "NLS_CHARACTERSET": "AL32UTF8",
                  "NLS_CALENDAR": "GREGORIAN", "NLS_DATE_FORMAT": "DD-MON-RR", "NLS_DATE_LANGUAGE": "AMERICAN",
                  "NLS_SORT": "BINARY", "NLS_COMP": "BINARY", "NLS_LENGTH_SEMANTICS": "BYTE",
                  "NLS_NCHAR_CHARACTERSET": "AL16UTF16", "NLS_RDBMS_VERSION": seed.spec.version,
                  "DEFAULT_TEMP_TABLESPACE": "TEMP", "DEFAULT_PERMANENT_TABLESPACE": "USERS", "DBTIMEZONE": "+08:00",
                  "DEFAULT_TBS_TYPE": "SMALLFILE", "GLOBAL_DB_NAME": seed.spec.name, "DICT.BASE": "2",
                  "EXPORT_VIEWS_VERSION": "8", "WORKLOAD_CAPTURE_MODE": None,
                  "LOCAL_UNDO_ENABLED": "TRUE" if seed.spec.cdb else None}
        for name, value in values.items():
            seed.add("CDB_PROPERTIES", {"PROPERTY_NAME": name, "PROPERTY_VALUE": value,
                                        "DESCRIPTION": name.replace("_", " ").capitalize(), "CON_ID": con_id})
