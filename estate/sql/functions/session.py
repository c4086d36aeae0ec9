# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The session's language settings, clock and identity."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from estate.sql.dates import zone
from estate.sql.errors import ora
from estate.sql.functions.registry import State, function, helper
from estate.sql.types import DATE, VARCHAR, ZONED
from estate.sql.values import date_text, offset_text, timestamp_text, zoned_text

NLS_DEFAULTS = {
    "NLS_DATE_FORMAT": "DD-MON-RR", "NLS_TIMESTAMP_FORMAT": "DD-MON-RR HH.MI.SSXFF AM",
    "NLS_TIMESTAMP_TZ_FORMAT": "DD-MON-RR HH.MI.SSXFF AM TZR", "NLS_NUMERIC_CHARACTERS": ".,", "NLS_CURRENCY": "$",
    "NLS_LANGUAGE": "AMERICAN", "NLS_TERRITORY": "AMERICA", "NLS_SORT": "BINARY", "NLS_COMP": "BINARY",
    "NLS_CALENDAR": "GREGORIAN", "NLS_DATE_LANGUAGE": "AMERICAN", "NLS_ISO_CURRENCY": "AMERICA",
    "NLS_CHARACTERSET": "AL32UTF8", "NLS_LENGTH_SEMANTICS": "BYTE", "NLS_DUAL_CURRENCY": "$",
}


def nls(state: State, name: str) -> str:
    """An NLS parameter of the session, or its default."""
    return state.ctx.nls.get(name) or NLS_DEFAULTS.get(name, "")


def database_now(state: State) -> datetime:
    """The database's time, aware; the same for all of a statement."""
    if state.now is None:
        now = state.ctx.clock() or datetime.now(UTC).astimezone()
        state.now = now if now.tzinfo else now.replace(tzinfo=timezone(timedelta(hours=8)))
    return state.now


def session_zone(state: State) -> tzinfo:
    """The session's time zone: what ALTER SESSION set, else the database's."""
    name = state.ctx.nls.get("TIME_ZONE") or state.ctx.nls.get("SESSIONTIMEZONE")
    if name and name.upper() != "DBTIMEZONE" and name.upper() != "LOCAL":
        return zone(name)
    return database_now(state).tzinfo or UTC


@function("SYSDATE", "", lambda types: DATE, context=True)
def sysdate(state: State) -> str:
    """SYSDATE: the database's clock in its own zone, to the second."""
    return date_text(database_now(state))


@function("SYSTIMESTAMP", "n?", lambda types: ZONED, context=True)
def systimestamp(state: State, _digits: int = 6) -> str:
    """SYSTIMESTAMP, with six digits whatever is asked for."""
    return zoned_text(database_now(state))


@function("CURRENT_DATE", "", lambda types: DATE, context=True)
def current_date(state: State) -> str:
    """CURRENT_DATE in the session's zone."""
    return date_text(database_now(state).astimezone(session_zone(state)))


@function("CURRENT_TIMESTAMP", "n?", lambda types: ZONED, context=True)
def current_timestamp(state: State, _digits: int = 6) -> str:
    """CURRENT_TIMESTAMP in the session's zone, with six digits."""
    return zoned_text(database_now(state).astimezone(session_zone(state)))


@function("LOCALTIMESTAMP", "n?", "T", context=True)
def localtimestamp(state: State, _digits: int = 6) -> str:
    """LOCALTIMESTAMP in the session's zone, with six digits."""
    return timestamp_text(database_now(state).astimezone(session_zone(state)))


@function("DBTIMEZONE", "", lambda types: VARCHAR, context=True)
def dbtimezone(state: State) -> str:
    """DBTIMEZONE, as +08:00."""
    return offset_text(database_now(state).utcoffset() or timedelta(0))


@function("SESSIONTIMEZONE", "", lambda types: VARCHAR, context=True)
def sessiontimezone(state: State) -> str:
    """SESSIONTIMEZONE: as it was set, or the offset."""
    name = state.ctx.nls.get("TIME_ZONE")
    if name and name[:1].isalpha() and name.upper() not in ("LOCAL", "DBTIMEZONE"):
        return name
    return offset_text(session_zone(state).utcoffset(database_now(state)) or timedelta(0))


@function("USER", "", lambda types: VARCHAR, context=True)
def user(state: State) -> str:
    """USER: who is logged in."""
    return state.ctx.user


@function("UID", "", "N", context=True)
def uid(state: State) -> int:
    """UID: USER_ID of who is logged in."""
    return int(state.ctx.attributes.get("user_id", "0") or 0)


# USERENV parameter -> what the context calls it in its attributes, where it keeps one
ATTRIBUTES = {
    "ACTION": "action",
    "MODULE": "module",
    "CLIENT_IDENTIFIER": "client_identifier",
    "CLIENT_INFO": "client_info",
    "DB_NAME": "db_name",
    "DB_UNIQUE_NAME": "db_unique_name",
    "DB_DOMAIN": "db_domain",
    "INSTANCE_NAME": "instance_name",
    "SERVICE_NAME": "service_name",
    "SERVER_HOST": "server_host",
    "HOST": "machine",
    "OS_USER": "osuser",
    "TERMINAL": "terminal",
    "IP_ADDRESS": "ip_address",
    "DATABASE_ROLE": "database_role",
    "CLOUD_SERVICE": "cloud_service",
    "CLIENT_PROGRAM_NAME": "program",
    "SESSION_USERID": "user_id",
    "CURRENT_USERID": "user_id",
    "AUTHENTICATION_METHOD": "authentication_method",
    "NETWORK_PROTOCOL": "network_protocol",
    "CDB_NAME": "cdb_name",
    "SESSIONID": "audsid",
    "ORACLE_HOME": "oracle_home",
}
NLS_PARAMETERS = {"NLS_DATE_FORMAT", "NLS_TERRITORY", "NLS_CURRENCY", "NLS_CALENDAR", "NLS_SORT", "NLS_DATE_LANGUAGE"}
KNOWN = frozenset(
    (
        "CURRENT_SCHEMAID",
        "PROXY_USER",
        "GLOBAL_UID",
        "POLICY_INVOKER",
        "BG_JOB_ID",
        "FG_JOB_ID",
        "ENTRYID",
        "STATEMENTID",
        "PLATFORM_SLASH",
        "ENTERPRISE_IDENTITY",
        "AUTHENTICATED_IDENTITY",
        "LDAP_SERVER_TYPE",
        "GLOBAL_CONTEXT_MEMORY",
        "CURRENT_EDITION_ID",
        "SCHEDULER_JOB",
        "IDENTIFICATION_TYPE",
        "CURRENT_SQL",
        "AUDITED_CURSORID",
        "PID",
        "DB_SUPPLEMENTAL_LOG_LEVEL",
        "PROXY_USERID",
        "POOLED_CONNECTION",
    )
)


@function("SYS_CONTEXT", "s s n?", lambda types: VARCHAR, context=True)
def sys_context(state: State, namespace: str, name: str, _size: int = 256) -> str | None:
    """SYS_CONTEXT of USERENV, SYS_SESSION_ROLES or a namespace of its own; NULL for what was never set."""
    space, key, ctx = namespace.upper(), name.upper(), state.ctx
    if space == "SYS_SESSION_ROLES":
        return "TRUE" if key in ctx.enabled_roles else "FALSE"
    if space != "USERENV":
        return ctx.attributes.get(f"{space}.{key}")
    direct = {
        "CURRENT_USER": ctx.user, "SESSION_USER": ctx.user, "CURRENT_SCHEMA": ctx.schema, "SID": str(ctx.sid),
        "CON_ID": str(ctx.con_id), "CON_NAME": ctx.con_name, "INSTANCE": str(ctx.inst_id), "LANG": "US",
        "AUTHENTICATED_IDENTITY": ctx.user, "CURRENT_EDITION_NAME": "ORA$BASE", "PLATFORM_SLASH": "/",
        "LANGUAGE": f"{nls(state, 'NLS_LANGUAGE')}_{nls(state, 'NLS_TERRITORY')}.AL32UTF8",
        "ISDBA": "TRUE" if ctx.user == "SYS" else "FALSE", "ENTRYID": "1", "DATABASE_ROLE": "PRIMARY",
        "IDENTIFICATION_TYPE": "LOCAL", "SESSION_EDITION_NAME": "ORA$BASE",
    }
    attribute = ctx.attributes.get(ATTRIBUTES.get(key, key.lower()))
    if attribute is not None or (key in ATTRIBUTES and key not in direct):
        return attribute
    if key in NLS_PARAMETERS:
        return nls(state, key)
    if key in direct:
        return direct[key]
    if key in KNOWN:
        return None
    raise ora(2003)


@function("USERENV", "s", lambda types: VARCHAR, context=True)
def userenv(state: State, name: str) -> str | int | None:
    """USERENV: a number for SID, INSTANCE, SESSIONID and ENTRYID, else text."""
    key = name.upper()
    numeric = {"SID": state.ctx.sid, "INSTANCE": state.ctx.inst_id}
    if key in ("SESSIONID", "ENTRYID"):
        return int(state.ctx.attributes.get("audsid", "0") or 0) if key == "SESSIONID" else 0
    if key in numeric:
        return numeric[key]
    return sys_context(state, "USERENV", {"LANG": "LANG"}.get(key, key))


@function("ORA_INVOKING_USER", "", lambda types: VARCHAR, context=True)
def invoking_user(state: State) -> str:
    """ORA_INVOKING_USER: who is logged in."""
    return state.ctx.user


CHARSETS = {"US7ASCII": 1, "WE8DEC": 2, "WE8ISO8859P1": 31, "WE8ISO8859P15": 46, "EE8MSWIN1250": 170,
            "CL8MSWIN1251": 171, "WE8MSWIN1252": 178, "JA16EUC": 830, "JA16SJIS": 832, "KO16KSC5601": 840,
            "KO16MSWIN949": 846, "ZHS16CGB231280": 850, "ZHS16GBK": 852, "ZHS32GB18030": 854, "ZHT16BIG5": 865,
            "ZHT16MSWIN950": 867, "UTF8": 871, "AL32UTF8": 873, "AL16UTF16": 2000}


@function("NLS_CHARSET_ID", "s", "N")
def nls_charset_id(name: str) -> int | None:
    """NLS_CHARSET_ID of common character sets; NULL for another name."""
    return {**CHARSETS, "CHAR_CS": 873, "NCHAR_CS": 2000}.get(name.upper())


@function("NLS_CHARSET_NAME", "n", lambda types: VARCHAR)
def nls_charset_name(number: int) -> str | None:
    """NLS_CHARSET_NAME of common character sets; NULL for another number."""
    return next((name for name, known in CHARSETS.items() if known == int(number)), None)


COLLATIONS = {"BINARY": 16383, "BINARY_CI": 147455, "BINARY_AI": 81919}


@function("NLS_COLLATION_ID", "s", "N")
def nls_collation_id(name: str) -> int | None:
    """NLS_COLLATION_ID of the binary collations; ORA-03001 for others."""
    if name.upper() not in COLLATIONS:
        raise ora(3001, f"collation {name} (not modelled by the estate)")
    return COLLATIONS[name.upper()]


@function("NLS_COLLATION_NAME", "n s?", lambda types: VARCHAR)
def nls_collation_name(number: int, _form: str = "S") -> str | None:
    """NLS_COLLATION_NAME of the binary collations; ORA-03001 for others."""
    found = next((name for name, known in COLLATIONS.items() if known == int(number)), None)
    if found is None:
        raise ora(3001, f"collation {int(number)} (not modelled by the estate)")
    return found


@helper("o_sysdate_text", context=True, deterministic=False)
def sysdate_text(state: State) -> str:
    """The clock for views outside a statement of a session."""
    return date_text(database_now(state))


@helper("o_raise")
def raise_code(code: int, *args: str) -> None:
    """Raise an error while rows are computed."""
    raise ora(code, *args)
