# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE, ALTER and DROP USER."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from estate.admin import passwords
from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result

UNLIMITED = -1


@statement("CREATE USER")
def create_user(desk: Desk, words: Words) -> Result:
    """A new account in the container, or in all of them (CONTAINER=ALL, common names)."""
    desk.require("CREATE USER")
    name = words.name(1935, "missing user or role name")
    account = Account(desk, name)
    account.read(words)
    if not account.authenticated:
        raise words.error(922, "missing or invalid option")
    scope = desk.scope_of(name, account.container)
    for con_id in scope:
        _refuse_taken(desk, name, con_id)
        desk.tables.insert("CDB_USERS", _new_row(desk, account, con_id, common=len(scope) > 1 or desk.in_root))
    account.store(scope)
    return desk.done()


def _refuse_taken(desk: Desk, name: str, con_id: int) -> None:
    taken = desk.tables.rows("CDB_USERS", "USERNAME = ? AND CON_ID = ?", name, con_id)
    if taken or desk.tables.rows("CDB_ROLES", "ROLE = ? AND CON_ID = ?", name, con_id):
        raise OraError(1920, f"user name '{name}' conflicts with another user or role name")


def _new_row(desk: Desk, account: Account, con_id: int, *, common: bool) -> dict[str, Any]:
    highest = desk.tables.value("SELECT coalesce(max(USER_ID), 100) FROM {CDB_USERS} WHERE CON_ID = ? "
                                "AND USER_ID < 1000000", con_id)
    return {
        "USERNAME": account.name, "USER_ID": highest + 1, "ACCOUNT_STATUS": "OPEN", "CREATED": desk.now(),
        "DEFAULT_TABLESPACE": desk.default("DEFAULT_PERMANENT_TABLESPACE", "USERS"),
        "TEMPORARY_TABLESPACE": desk.default("DEFAULT_TEMP_TABLESPACE", "TEMP"),
        "LOCAL_TEMP_TABLESPACE": desk.default("DEFAULT_TEMP_TABLESPACE", "TEMP"), "PROFILE": "DEFAULT",
        "INITIAL_RSRC_CONSUMER_GROUP": "DEFAULT_CONSUMER_GROUP", "PASSWORD_VERSIONS": "11G 12C ",
        "EDITIONS_ENABLED": "N",
        "AUTHENTICATION_TYPE": "PASSWORD", "PROXY_ONLY_CONNECT": "N",
        "COMMON": "YES" if common and desk.is_cdb else "NO",
        "ORACLE_MAINTAINED": "N", "INHERITED": "NO", "DEFAULT_COLLATION": "USING_NLS_COMP", "IMPLICIT": "NO",
        "ALL_SHARD": "NO", "PASSWORD_CHANGE_DATE": desk.now(), "CON_ID": con_id}


@statement("ALTER USER")
def alter_user(desk: Desk, words: Words) -> Result:
    """Change an account; one's own password needs no privilege."""
    name = words.name(1935, "missing user or role name")
    account = Account(desk, name)
    only_own_password = name == desk.ctx.user and words.peek("IDENTIFIED", "BY")
    if not only_own_password:
        desk.require("ALTER USER")
    if not desk.tables.rows("CDB_USERS", "USERNAME = ? AND CON_ID = ?", name, desk.con_id):
        raise OraError(1918, f"user '{name}' does not exist")
    account.read(words)
    account.store(desk.scope_of(name, account.container, existing=True))
    return desk.done()


@statement("DROP USER")
def drop_user(desk: Desk, words: Words) -> Result:
    """Remove an account and, with CASCADE, what it owns."""
    desk.require("DROP USER")
    name, cascade = words.dropped(1935, "missing user or role name")
    row = next(iter(desk.tables.rows("CDB_USERS", "USERNAME = ? AND CON_ID = ?", name, desk.con_id)), None)
    if row is None:
        raise OraError(1918, f"user '{name}' does not exist")
    if row.get("ORACLE_MAINTAINED") == "Y":
        raise OraError(28050, "specified user or role cannot be dropped")
    if desk.tables.rows("GV$SESSION", "USERNAME = ?", name):
        raise OraError(1940, "cannot drop a user that is currently connected")
    scope = desk.scope_of(name, None, existing=True)
    for con_id in scope:
        _drop(desk, name, con_id, cascade=cascade)
    passwords.forget(desk.tables, name, scope)
    return desk.done()


def _drop(desk: Desk, name: str, con_id: int, *, cascade: bool) -> None:
    owned = desk.tables.rows("CDB_OBJECTS", "OWNER = ? AND CON_ID = ?", name, con_id)
    if owned and not cascade:
        raise OraError(1922, f"CASCADE must be specified to drop '{name}'")
    for table, column in (("CDB_OBJECTS", "OWNER"), ("CDB_SEGMENTS", "OWNER"), ("CDB_INDEXES", "OWNER"),
                          ("CDB_TABLES", "OWNER"), ("CDB_TS_QUOTAS", "USERNAME"), ("CDB_ROLE_PRIVS", "GRANTEE"),
                          ("CDB_SYS_PRIVS", "GRANTEE"), ("CDB_TAB_PRIVS", "GRANTEE"), ("CDB_USERS", "USERNAME")):
        desk.tables.delete(table, f"{column} = ? AND CON_ID = ?", name, con_id)


class Account:
    """The clauses of CREATE and ALTER USER, read and then stored."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name = desk, name
        self.values: dict[str, Any] = {}
        self.quotas: dict[str, int] = {}
        self.password: str | None = None
        self.expire = False
        self.lock: bool | None = None
        self.container: str | None = None
        self.authenticated = False
        self.container_data: list[tuple[str | None, str]] = []

    def read(self, words: Words) -> None:
        """Read all clauses; an unknown one is ORA-00922."""
        clauses: dict[str, Callable[[Words], None]] = {
            "IDENTIFIED": self._identified, "NO AUTHENTICATION": self._no_authentication,
            "DEFAULT TABLESPACE": self._tablespace("DEFAULT_TABLESPACE"),
            "TEMPORARY TABLESPACE": self._tablespace("TEMPORARY_TABLESPACE"),
            "LOCAL TEMPORARY TABLESPACE": self._tablespace("LOCAL_TEMP_TABLESPACE"), "QUOTA": self._quota,
            "PROFILE": self._profile, "PASSWORD EXPIRE": self._expire, "ACCOUNT": self._account,
            "CONTAINER": self._container, "DEFAULT ROLE": self._default_role, "ENABLE EDITIONS": self._editions,
            "SET CONTAINER_DATA": self._container_data, "ADD CONTAINER_DATA": self._container_data,
            "DEFAULT COLLATION": self._collation}
        while words.more():
            clause = words.one_of(*clauses)
            if clause is None:
                raise words.error(922, "missing or invalid option")
            clauses[clause](words)

    def _identified(self, words: Words) -> None:
        self.authenticated = True
        if words.take("EXTERNALLY"):
            words.maybe_text() if words.take("AS") else None
            self.values.update(AUTHENTICATION_TYPE="EXTERNAL", PASSWORD_VERSIONS=None)
        elif words.take("GLOBALLY"):
            words.maybe_text() if words.take("AS") else None
            self.values.update(AUTHENTICATION_TYPE="GLOBAL", PASSWORD_VERSIONS=None)
        else:
            words.need("BY")
            if words.take("VALUES"):
                raise OraError(2153, "invalid VALUES password string")
            self.password = self._password(words)
            if words.take("REPLACE"):
                passwords.check(self.desk.tables, self.name, self._password(words), self.desk.con_id)

    @staticmethod
    def _password(words: Words) -> str:
        word = words.next
        if word is None or word.kind not in ("word", "quoted"):
            raise words.error(988, "missing or invalid password(s)")
        # An unquoted password keeps its case, unlike every other unquoted word.
        text = words.sql[word.start:word.start + len(word.text)] if word.kind == "word" else word.text
        words.name()
        return text

    def _no_authentication(self, words: Words) -> None:
        self.authenticated = True
        self.values.update(AUTHENTICATION_TYPE="NONE", PASSWORD_VERSIONS=None)

    def _tablespace(self, column: str) -> Callable[[Words], None]:
        def read(words: Words) -> None:
            name = words.name(959, "tablespace does not exist")
            self.desk.tablespace(name)
            self.values[column] = name

        return read

    def _quota(self, words: Words) -> None:
        size = UNLIMITED if words.take("UNLIMITED") else words.size(2187, "invalid quota specification")
        words.need("ON")
        name = words.name(959, "tablespace does not exist")
        self.desk.tablespace(name)
        self.quotas[name] = size

    def _profile(self, words: Words) -> None:
        name = words.name(2380, "profile does not exist")
        if not self.desk.tables.rows("CDB_PROFILES", "PROFILE = ? AND CON_ID = ?", name, self.desk.con_id):
            raise OraError(2380, f"profile {name} does not exist")
        self.values["PROFILE"] = name

    def _expire(self, words: Words) -> None:
        self.expire = True

    def _account(self, words: Words) -> None:
        which = words.one_of("LOCK", "UNLOCK")
        if which is None:
            raise words.error(922, "missing or invalid option")
        self.lock = which == "LOCK"

    def _container(self, words: Words) -> None:
        words.need("=", code=922, message="missing or invalid option")
        self.container = words.one_of("ALL", "CURRENT")
        if self.container is None:
            raise words.error(65013, "invalid CONTAINER clause")

    def _default_role(self, words: Words) -> None:
        if words.take("ALL"):
            names = [words.name()] if words.take("EXCEPT") else []
            default, others = "NO", "YES"
        else:
            names = [] if words.take("NONE") else [words.name()]
            default, others = "YES", "NO"
        while names and words.take(","):
            names.append(words.name())
        self.desk.tables.update("CDB_ROLE_PRIVS", {"DEFAULT_ROLE": others}, "GRANTEE = ?", self.name)
        for name in names:
            if not self.desk.tables.update("CDB_ROLE_PRIVS", {"DEFAULT_ROLE": default},
                                           "GRANTEE = ? AND GRANTED_ROLE = ?", self.name, name):
                raise OraError(1955, f"DEFAULT ROLE '{name}' not granted to user")

    def _editions(self, words: Words) -> None:
        self.values["EDITIONS_ENABLED"] = "Y"

    def _collation(self, words: Words) -> None:
        self.values["DEFAULT_COLLATION"] = words.name()

    def _container_data(self, words: Words) -> None:
        words.need("=", code=922, message="missing or invalid option")
        names = [words.one_of("ALL", "DEFAULT") or self._container_list(words)]
        target = words.dotted()[1] if words.take("FOR") else None
        self.container_data = [(target, name) for name in names]

    @staticmethod
    def _container_list(words: Words) -> str:
        words.need("(", code=922, message="missing or invalid option")
        names = [words.name()]
        while words.take(","):
            names.append(words.name())
        words.need(")", code=907, message="missing right parenthesis")
        return ",".join(names)

    def store(self, scope: list[int]) -> None:
        """Write the clauses to the account's rows in these containers."""
        where = f"USERNAME = ? AND CON_ID IN ({','.join(map(str, scope))})"
        if self.password is not None:
            passwords.fits(self.password, self.desk.database.release)
            passwords.store(self.desk.tables, self.name, self.password, scope)
            self.values["PASSWORD_CHANGE_DATE"] = self.desk.now()
            self.values["EXPIRY_DATE"] = self._expiry()
        if self.values:
            self.desk.tables.update("CDB_USERS", self.values, where, self.name)
        for row in self.desk.tables.rows("CDB_USERS", where, self.name):
            status = self._status(row["ACCOUNT_STATUS"])
            dates = {"LOCK_DATE": row.get("LOCK_DATE") or self.desk.now() if "LOCKED" in status else None}
            if self.expire:
                dates["EXPIRY_DATE"] = self.desk.now()
            self.desk.tables.update("CDB_USERS", {"ACCOUNT_STATUS": status, **dates}, "USERNAME = ? AND CON_ID = ?",
                                    self.name, row["CON_ID"])
        self._store_quotas(scope)
        if self.container_data:
            self._store_container_data()

    def _expiry(self) -> str | None:
        profile = self.values.get("PROFILE") or self.desk.user_profile(self.name)
        days = self.desk.profile_limit(profile, "PASSWORD_LIFE_TIME")
        if not days or not days.replace(".", "").isdigit():
            return None
        return str(self.desk.clock() + dt.timedelta(days=float(days)))[:19]

    def _status(self, present: str) -> str:
        locked = "LOCKED" if "LOCKED" in present else ""
        timed = "LOCKED(TIMED)" if "LOCKED(TIMED)" in present else locked
        locked = timed if self.lock is None else ("LOCKED" if self.lock else "")
        expired = "EXPIRED(GRACE)" if "EXPIRED(GRACE)" in present else ("EXPIRED" if "EXPIRED" in present else "")
        expired = "EXPIRED" if self.expire else ("" if self.password is not None else expired)
        return " & ".join(part for part in (expired, locked) if part) or "OPEN"

    def _store_quotas(self, scope: list[int]) -> None:
        for tablespace, size in self.quotas.items():
            for con_id in scope:
                where = "USERNAME = ? AND TABLESPACE_NAME = ? AND CON_ID = ?"
                blocks = size if size < 0 else size // 8192
                if not self.desk.tables.update("CDB_TS_QUOTAS", {"MAX_BYTES": size, "MAX_BLOCKS": blocks}, where,
                                               self.name, tablespace, con_id):
                    self.desk.tables.insert("CDB_TS_QUOTAS", {
                        "TABLESPACE_NAME": tablespace, "USERNAME": self.name, "BYTES": 0, "MAX_BYTES": size,
                        "BLOCKS": 0,
                        "MAX_BLOCKS": blocks, "DROPPED": "NO", "CON_ID": con_id})

    def _store_container_data(self) -> None:
        if not self.desk.in_root:
            raise OraError(65040, "operation not allowed from within a pluggable database")
        for target, names in self.container_data:
            where = "USERNAME = ? AND coalesce(OBJECT_NAME, '') = ?"
            self.desk.tables.delete("CDB_CONTAINER_DATA", where, self.name, target or "")
            if names == "DEFAULT":
                continue
            for name in names.split(","):
                self.desk.tables.insert("CDB_CONTAINER_DATA", {
                    "USERNAME": self.name, "DEFAULT_ATTR": "N" if target else "Y", "OWNER": "SYS" if target else None,
                    "OBJECT_NAME": target, "ALL_CONTAINERS": "Y" if name == "ALL" else "N",
                    "CONTAINER_NAME": None if name == "ALL" else name, "CON_ID": self.desk.con_id})
