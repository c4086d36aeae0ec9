# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DBMS_APPLICATION_INFO, DBMS_SESSION, DBMS_SYSTEM, DBMS_UTILITY basics, UTL_RECOMP."""

from __future__ import annotations

from estate.admin.desk import Desk
from estate.admin.registry import REQUIRED, procedure


@procedure("DBMS_APPLICATION_INFO.SET_MODULE", module_name=REQUIRED, action_name=REQUIRED)
def set_module(desk: Desk, *, module_name: str | None, action_name: str | None) -> None:
    """V$SESSION.MODULE and ACTION of the caller."""
    desk.session_attributes(module=module_name, action=action_name)


@procedure("DBMS_APPLICATION_INFO.SET_ACTION", action_name=REQUIRED)
def set_action(desk: Desk, *, action_name: str | None) -> None:
    """V$SESSION.ACTION of the caller."""
    desk.session_attributes(action=action_name)


@procedure("DBMS_APPLICATION_INFO.SET_CLIENT_INFO", client_info=REQUIRED)
def set_client_info(desk: Desk, *, client_info: str | None) -> None:
    """V$SESSION.CLIENT_INFO of the caller."""
    desk.session_attributes(client_info=client_info)


@procedure("DBMS_SESSION.SET_IDENTIFIER", client_id=REQUIRED)
def set_identifier(desk: Desk, *, client_id: str | None) -> None:
    """V$SESSION.CLIENT_IDENTIFIER of the caller."""
    desk.session_attributes(client_identifier=client_id)


@procedure("DBMS_SESSION.CLEAR_IDENTIFIER")
def clear_identifier(desk: Desk) -> None:
    """Forget the client identifier."""
    desk.session_attributes(client_identifier=None)


@procedure("DBMS_SESSION.SET_NLS", param=REQUIRED, value=REQUIRED)
def set_nls(desk: Desk, *, param: str, value: str) -> None:
    """As ALTER SESSION SET param = value; the value comes with its quotes."""
    if desk.session is not None:
        desk.session.execute(f"ALTER SESSION SET {param} = {value}")


@procedure("DBMS_TRANSACTION.LOCAL_TRANSACTION_ID", create_transaction=False)
def local_transaction_id(desk: Desk, *, create_transaction: bool) -> str | None:
    """The transaction's number as V$TRANSACTION has it (segment.slot.sequence); NULL outside of one."""
    session = desk.session
    if session is None or not (session.in_transaction or create_transaction):
        return None
    session.engine.writer()
    return f"{session.sid % 10 + 1}.{session.sid % 30}.{session.serial}"


@procedure("DBMS_SESSION.RESET_PACKAGE")
def reset_package(desk: Desk) -> None:
    """Packages have no state here."""


@procedure("DBMS_SESSION.SET_ROLE", role_cmd=REQUIRED)
def set_role(desk: Desk, *, role_cmd: str) -> None:
    """As SET ROLE."""
    if desk.session is not None:
        desk.session.execute(f"SET ROLE {role_cmd}")


@procedure("DBMS_SYSTEM.KSDWRT", dest=REQUIRED, tst=REQUIRED)
def ksdwrt(desk: Desk, *, dest: float, tst: str) -> None:
    """Write a line to the trace file (1), the alert log (2) or both (3)."""
    desk.require_execute("SYS", "DBMS_SYSTEM")
    if int(dest) & 2:
        desk.alert(tst)


@procedure("DBMS_SYSTEM.KSDDDT")
def ksdddt(desk: Desk) -> None:
    """A date stamp in the trace file, which nobody reads here."""
    desk.require_execute("SYS", "DBMS_SYSTEM")


@procedure("DBMS_UTILITY.GET_TIME")
def get_time(desk: Desk) -> int:
    """Hundredths of a second since some epoch."""
    return int(desk.clock().timestamp() * 100) % (1 << 31)


@procedure("DBMS_UTILITY.CURRENT_INSTANCE")
def current_instance(desk: Desk) -> int:
    """The instance of the caller."""
    return desk.instance_number


@procedure("DBMS_UTILITY.IS_CLUSTER_DATABASE")
def is_cluster_database(desk: Desk) -> bool:
    """Whether the database is RAC."""
    return len(desk.instance_numbers) > 1


@procedure("DBMS_UTILITY.COMPILE_SCHEMA", schema=REQUIRED, compile_all=True, reuse_settings=False)
def compile_schema(desk: Desk, *, schema: str, compile_all: bool, reuse_settings: bool) -> None:
    """Recompile: what has no recorded error becomes VALID."""
    if schema.upper() != desk.ctx.user:
        desk.require("ALTER ANY PROCEDURE")
    recompile(desk, schema.upper())


@procedure("UTL_RECOMP.RECOMP_SERIAL", schema=None, flags=0)
def recomp_serial(desk: Desk, *, schema: str | None, flags: float) -> None:
    """Recompile all invalid objects, or those of one schema."""
    desk.require_execute("SYS", "UTL_RECOMP")
    recompile(desk, schema)


@procedure("UTL_RECOMP.RECOMP_PARALLEL", threads=None, schema=None, flags=0)
def recomp_parallel(desk: Desk, *, threads: float | None, schema: str | None, flags: float) -> None:
    """As RECOMP_SERIAL."""
    recomp_serial(desk, schema=schema, flags=flags)


def recompile(desk: Desk, schema: str | None) -> None:
    """INVALID objects without an entry in CDB_ERRORS become VALID."""
    where = """STATUS = 'INVALID' AND (? IS NULL OR OWNER = ?) AND CON_ID = ? AND NOT EXISTS
               (SELECT 1 FROM {CDB_ERRORS} e WHERE e.OWNER = {CDB_OBJECTS}.OWNER
                AND e.NAME = {CDB_OBJECTS}.OBJECT_NAME)"""
    desk.tables.update("CDB_OBJECTS", {"STATUS": "VALID", "LAST_DDL_TIME": desk.now()}, where, schema, schema,
                       desk.con_id)
