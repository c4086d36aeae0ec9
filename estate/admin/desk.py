# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a handler of an administrative statement works with: the caller, the tables, the caller's rights, the clock."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Any

from estate.admin.registry import plsql_error
from estate.admin.tables import Tables
from estate.api import Context, OraError, Result
from estate.dictionary import facts


class Desk:
    """One statement or call in work. ``database`` is the world's database, ``ctx`` who asks."""

    def __init__(self, database: Any, ctx: Context, tables: Tables | None = None) -> None:
        self.database, self.ctx = database, ctx
        self.tables = tables or Tables(database.store)

    @staticmethod
    def done(kind: str = "ddl") -> Result:
        """The result of a statement that gives no rows."""
        return Result(kind=kind)

    # -- who and where -------------------------------------------------------------------------------------------------

    @property
    def con_id(self) -> int:
        """The container that the statement runs in: 0 outside a container database, 1 the root, from 3 a PDB."""
        return self.ctx.con_id

    @functools.cached_property
    def is_cdb(self) -> bool:
        """Whether it is a container database (V$DATABASE.CDB)."""
        return bool(self.database_row().get("CDB") == "YES")

    @property
    def in_root(self) -> bool:
        """Whether the statement runs in CDB$ROOT."""
        return self.is_cdb and self.ctx.con_id in (0, 1)

    @property
    def in_pdb(self) -> bool:
        """Whether the statement runs in a pluggable database (PDB$SEED is none)."""
        return self.is_cdb and self.ctx.con_id > 2

    @property
    def instance_number(self) -> int:
        """INST_ID of the instance that the session is on."""
        return self.ctx.inst_id

    @property
    def instance_numbers(self) -> list[int]:
        """INST_ID of each instance that is not down, ascending."""
        return [row["INST_ID"] for row in self.tables.rows("_INSTANCE", "STATE <> 'DOWN' ORDER BY INST_ID")]

    @property
    def instance_names(self) -> list[str]:
        """Names of all instances, those that are down too, by INST_ID."""
        return [row["INSTANCE_NAME"] for row in self.tables.rows("_INSTANCE", "1 = 1 ORDER BY INST_ID")]

    def instance_by_name(self, name: str) -> int | None:
        """INST_ID of an instance name, whatever its case."""
        number: int | None = self.tables.value("SELECT INST_ID FROM {_INSTANCE} WHERE upper(INSTANCE_NAME) = ?",
                                               name.upper())
        return number

    @property
    def version_number(self) -> int:
        """The release as a number: 12, 19 or 23."""
        return int(self.ctx.version.split(".")[0].rstrip("aci") or 0)

    @functools.cached_property
    def enterprise(self) -> bool:
        """Whether the edition is Enterprise Edition."""
        edition = self.tables.value("SELECT EDITION FROM {_INSTANCE}") or "EE"
        return str(edition).upper() in ("EE", "ENTERPRISE", "ENTERPRISE EDITION", "XP")

    # -- time ----------------------------------------------------------------------------------------------------------

    def clock(self) -> dt.datetime:
        """SYSDATE of the caller's database, naive."""
        now: dt.datetime = self.database.clock.local()
        return now

    def now(self) -> str:
        """SYSDATE as a stored DATE."""
        return self.clock().strftime("%Y-%m-%d %H:%M:%S")

    def zoned_now(self) -> str:
        """SYSTIMESTAMP as it is stored."""
        return (self.clock() - dt.timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S.%f") + "+08:00"

    def epoch(self) -> float:
        """The database's time in seconds UTC."""
        return float(self.database.clock.now())

    def scn(self) -> int:
        """The current system change number."""
        return int(self.tables.value("SELECT \"CURRENT_SCN\" FROM {V$DATABASE}") or 0)

    # -- rights --------------------------------------------------------------------------------------------------------

    @property
    def administrative(self) -> set[str]:
        """Administrative privileges of the session (SYSDBA ...)."""
        mode = self.ctx.attributes.get("mode") or ""
        return {mode.upper()} - {""} | ({"SYSDBA"} if self.ctx.user == "SYS" else set())

    @functools.cached_property
    def grantees(self) -> list[str]:
        """The user, PUBLIC, and every role that reaches the user."""
        rows = self.tables.query(
            """WITH RECURSIVE reach(NAME) AS (VALUES (?), ('PUBLIC') UNION SELECT p.GRANTED_ROLE FROM {CDB_ROLE_PRIVS} p
               JOIN reach r ON p.GRANTEE = r.NAME WHERE p.CON_ID = ?) SELECT NAME FROM reach""", self.ctx.user,
            self.con_id)
        return [row["NAME"] for row in rows]

    def _granted(self, privilege: str, option: str = "%") -> bool:
        marks = ",".join("?" * len(self.grantees))
        return bool(self.tables.value(
            f"SELECT 1 FROM {{CDB_SYS_PRIVS}} WHERE PRIVILEGE = ? AND CON_ID = ? AND ADMIN_OPTION LIKE ? "
            f"AND GRANTEE IN ({marks})",
            privilege, self.con_id, option, *self.grantees))

    def has(self, privilege: str) -> bool:
        """Whether the caller holds a system privilege, directly or by a role."""
        return "SYSDBA" in self.administrative or self._granted(privilege)

    def has_with_admin(self, privilege: str) -> bool:
        """Whether the user holds a system privilege WITH ADMIN OPTION, itself or by a role."""
        return "SYSDBA" in self.administrative or self._granted(privilege, "YES")

    def has_role(self, role: str) -> bool:
        """Whether a role is granted to the user, directly or through other roles."""
        return "SYSDBA" in self.administrative or role in self.grantees

    def has_role_with_admin(self, role: str) -> bool:
        """Whether the user may grant a role on, as it was granted WITH ADMIN OPTION."""
        marks = ",".join("?" * len(self.grantees))
        return "SYSDBA" in self.administrative or bool(self.tables.value(
            f"SELECT 1 FROM {{CDB_ROLE_PRIVS}} WHERE GRANTED_ROLE = ? AND ADMIN_OPTION = 'YES' AND CON_ID = ? "
            f"AND GRANTEE IN ({marks})", role, self.con_id, *self.grantees))

    def roles_within(self, role: str) -> list[str]:
        """Roles granted to a role, however deep."""
        rows = self.tables.query(
            """WITH RECURSIVE reach(NAME) AS (SELECT GRANTED_ROLE FROM {CDB_ROLE_PRIVS} WHERE GRANTEE = ? UNION SELECT
               p.GRANTED_ROLE FROM {CDB_ROLE_PRIVS} p JOIN reach r ON p.GRANTEE = r.NAME) SELECT NAME FROM reach""",
            role)
        return [row["NAME"] for row in rows]

    def require(self, privilege: str) -> None:
        """ORA-01031 without the system privilege."""
        if not self.has(privilege):
            raise OraError(1031, "insufficient privileges")

    def require_execute(self, owner: str, package: str) -> None:
        """PLS-00201 without EXECUTE on a package that is not granted to PUBLIC."""
        marks = ",".join("?" * len(self.grantees))
        if not ("SYSDBA" in self.administrative or self.has("EXECUTE ANY PROCEDURE") or self.tables.value(
                f"SELECT 1 FROM {{CDB_TAB_PRIVS}} WHERE OWNER = ? AND TABLE_NAME = ? AND PRIVILEGE = 'EXECUTE' "
                f"AND GRANTEE IN ({marks})", owner, package, *self.grantees)):
            raise plsql_error(201, f"identifier '{package}' must be declared")

    def system_privileges(self) -> frozenset[str]:
        """All system privileges that this release knows."""
        return frozenset(facts.named("system_privileges", self.ctx.version))

    # -- the database --------------------------------------------------------------------------------------------------

    def database_row(self) -> dict[str, Any]:
        """V$DATABASE."""
        return self.tables.rows("_DATABASE")[0]

    def instance_status(self, number: int) -> str:
        """OPEN, MOUNTED, STARTED or DOWN, of the instance with INST_ID ``number``."""
        return str(self.tables.value("SELECT STATE FROM {_INSTANCE} WHERE INST_ID = ?", number))

    @property
    def mounted_only(self) -> bool:
        """Mounted here and open nowhere."""
        states = {row["STATE"] for row in self.tables.rows("_INSTANCE", "STATE <> 'DOWN'")}
        return states == {"MOUNTED"}

    def parameter(self, name: str) -> str | None:
        """An initialization parameter's value in the caller's instance."""
        found: str | None = self.tables.value("SELECT VALUE FROM {GV$SYSTEM_PARAMETER} WHERE NAME = ? AND INST_ID = ?",
                                              name, self.instance_number)
        return found

    @property
    def uses_spfile(self) -> bool:
        """Whether the instance was started with a server parameter file."""
        return bool(self.parameter("spfile"))

    def default(self, name: str, default: str) -> str:
        """DATABASE_PROPERTIES, for the default tablespaces."""
        return self.tables.value("SELECT PROPERTY_VALUE FROM {CDB_PROPERTIES} WHERE PROPERTY_NAME = ? AND CON_ID = ?",
                                 name, self.con_id) or default

    def set_property(self, name: str, value: str) -> None:
        """Set a row of DATABASE_PROPERTIES in the container at hand."""
        self.tables.update("CDB_PROPERTIES", {"PROPERTY_VALUE": value}, "PROPERTY_NAME = ? AND CON_ID = ?", name,
                           self.con_id)

    def tablespace(self, name: str) -> dict[str, Any]:
        """The tablespace's row in the caller's container; ORA-00959 where there is none."""
        rows = self.tables.rows("CDB_TABLESPACES", "TABLESPACE_NAME = ? AND CON_ID = ?", name, self.con_id)
        if not rows:
            raise OraError(959, f"tablespace '{name}' does not exist")
        return rows[0]

    def managed_file(self, folder: str, extension: str) -> str:
        """A name as Oracle Managed Files makes it, beside the existing files."""
        sample = self.tables.value("SELECT NAME FROM {_DATAFILE} ORDER BY \"FILE#\"") or "/u01/oradata/db/x"
        root = sample.rpartition("/")[0].rpartition("/")[0] or sample.rpartition("/")[0]
        stamp = format(self.scn() % 36**6, "x")
        return f"{root}/{folder.upper() if root.startswith('+') else folder}/o1_mf_{stamp}_.{extension}"

    def alert(self, text: str, thread: int | None = None) -> None:
        """A line in the alert log of the caller's instance (or of another thread's)."""
        self.database.alert(text, thread or self.instance_number, tables=self.tables)

    # -- the caller's session ------------------------------------------------------------------------------------------

    @property
    def session(self) -> Any:
        """The caller's session; None for calls that are nobody's."""
        return self.database.live.get((self.ctx.inst_id, self.ctx.sid))

    def session_attributes(self, **attributes: str | None) -> None:
        """Module, action, client_info, client_identifier of the caller."""
        if self.session is not None:
            self.session.set_attributes(**attributes)

    # -- containers and objects ----------------------------------------------------------------------------------------

    def containers(self) -> list[int]:
        """CON_IDs that a common statement reaches: the root and every PDB but the seed."""
        return [row["CON_ID"] for row in self.tables.rows("_CONTAINER", "NAME <> 'PDB$SEED' ORDER BY CON_ID")]

    def scope_of(self, name: str, container: str | None, *, existing: bool = False) -> list[int]:
        """Containers in which a user, role or profile is made or changed; ORA-65096 and the like for a wrong name."""
        if not self.is_cdb:
            if container == "ALL":
                raise OraError(65090, "operation only allowed in a container database")
            return [self.con_id]
        prefix = (self.parameter("common_user_prefix") or "C##").upper()
        common = name.startswith(prefix)
        if existing:
            common = common or bool(self.tables.value(
                "SELECT 1 FROM {CDB_USERS} WHERE USERNAME = ? AND COMMON = 'YES'", name))
            return self.containers() if common and self.in_root and container != "CURRENT" else [self.con_id]
        return self._new_scope(common=common, container=container)

    def _new_scope(self, *, common: bool, container: str | None) -> list[int]:
        if self.in_root:
            if container == "CURRENT":
                raise OraError(65049, "creation of local user or role is not allowed in this container.")
            if not common:
                raise OraError(65096, "invalid common user or role name")
            return self.containers()
        if container == "ALL":
            raise OraError(65050, "Common DDLs only allowed in root.")
        if common:
            raise OraError(65094, "invalid local user or role name")
        return [self.con_id]

    def grant_scope(self, grantee: str, container: str | None) -> list[int]:
        """Containers in which a grant holds: here, or everywhere with CONTAINER=ALL."""
        if container != "ALL":
            return [self.con_id]
        if not self.in_root:
            raise OraError(65029, "a Local User may not grant or revoke a Common Privilege or Role" if self.is_cdb else
                           "CONTAINER=ALL is only allowed in the root of a container database")
        return self.containers()

    def need_grantee(self, name: str) -> None:
        """ORA-01917 where a name is no user or role."""
        if name != "PUBLIC" and not self.tables.value(
                "SELECT 1 FROM {CDB_USERS} WHERE USERNAME = ? AND CON_ID = ? UNION SELECT 1 FROM {CDB_ROLES} "
                "WHERE ROLE = ? AND CON_ID = ?", name, self.con_id, name, self.con_id):
            raise OraError(1917, f"user or role '{name}' does not exist")

    def resolve_object(self, owner: str, name: str) -> tuple[str, str]:
        """Owner and name of the object that a grant is on, through synonyms; ORA-00942 where there is none."""
        return self.database.resolve_object(self.ctx, owner, name)  # type: ignore[no-any-return]

    def object_type(self, owner: str, name: str) -> str:
        """TABLE, VIEW, PACKAGE ..."""
        return str(self.tables.value("SELECT OBJECT_TYPE FROM {CDB_OBJECTS} WHERE OWNER = ? AND OBJECT_NAME = ? AND "
                                     "OBJECT_TYPE NOT LIKE '% BODY'", owner, name) or "VIEW")

    def sees(self, owner: str, name: str) -> bool:
        """Whether the caller may know that the object exists."""
        marks = ",".join("?" * len(self.grantees))
        return self.has("SELECT ANY TABLE") or bool(self.tables.value(
            f"SELECT 1 FROM {{CDB_TAB_PRIVS}} WHERE OWNER = ? AND TABLE_NAME = ? AND GRANTEE IN ({marks})",
            owner, name, *self.grantees))

    def user_profile(self, name: str) -> str:
        """The profile of an account in the container at hand; DEFAULT where there is no such account."""
        return str(self.tables.value("SELECT PROFILE FROM {CDB_USERS} WHERE USERNAME = ? AND CON_ID = ?", name,
                                     self.con_id)
                   or "DEFAULT")

    def profile_limit(self, profile: str, resource: str) -> str | None:
        """A profile's limit, DEFAULT resolved; None for UNLIMITED."""
        for each in (profile, "DEFAULT"):
            value = self.tables.value("SELECT \"LIMIT\" FROM {CDB_PROFILES} WHERE PROFILE = ? AND RESOURCE_NAME = ? "
                                      "AND CON_ID = ?", each, resource, self.con_id)
            if value and value != "DEFAULT":
                return None if value == "UNLIMITED" else str(value)
        return None
