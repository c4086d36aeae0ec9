# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Accounts: verifiers, and what an account's state says to a login."""

from __future__ import annotations

import os
from typing import Any

from estate.api import OraError, Verifier
from estate.dictionary import privileges
from estate.world.clock import Clock, date_text
from estate.world.seed.security import derived_key
from estate.world.store import Store

# Passwords that Oracle's own accounts once came with, as far as an account knows to be on DBA_USERS_WITH_DEFPWD.
DEFAULTS = {"SYSTEM": "MANAGER", "SYS": "CHANGE_ON_INSTALL", "SCOTT": "TIGER", "DBSNMP": "DBSNMP", "OUTLN": "OUTLN",
            "MDSYS": "MDSYS", "CTXSYS": "CTXSYS", "XDB": "CHANGE_ON_INSTALL"}


class Accounts:
    """Logins of one database."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock

    def set_password(self, user: str, password: str, con_id: int | None = None) -> None:
        """Set a password, in one container or wherever the user is; notes whether it is Oracle's default one."""
        salt = os.urandom(16)
        key = derived_key(password, salt)
        default = int(password.upper() == DEFAULTS.get(user, user if self._maintained(user) else None))
        for number in [con_id] if con_id is not None else self._containers(user):
            self.store.execute(
                'INSERT INTO "_ACCOUNT" (CON_ID, USERNAME, SALT, KEY, _DEFAULT) VALUES (?, ?, ?, ?, ?) ON CONFLICT '
                '(CON_ID, USERNAME) '
                "DO UPDATE SET SALT = excluded.SALT, KEY = excluded.KEY, _DEFAULT = excluded._DEFAULT, _FAILED = 0",
                number, user, salt, key, default)

    def _maintained(self, user: str) -> bool:
        return self.store.value('SELECT 1 FROM "CDB_USERS" WHERE USERNAME = ? AND ORACLE_MAINTAINED = \'Y\'',
                                user) is not None

    def _containers(self, user: str) -> list[int]:
        return [row["CON_ID"] for row in self.store.rows('SELECT CON_ID FROM "CDB_USERS" WHERE USERNAME = ?', user)]

    def drop(self, user: str, con_id: int | None = None) -> None:
        """Forget a dropped user's verifier."""
        self.store.execute('DELETE FROM "_ACCOUNT" WHERE USERNAME = ? AND coalesce(?, CON_ID) = CON_ID', user, con_id)

    def verifier(self, user: str, con_id: int) -> Verifier | None:
        """What the wire proves a password against; None for a user without a password."""
        rows = self.store.rows('SELECT SALT, KEY FROM "_ACCOUNT" WHERE USERNAME = ? AND CON_ID = ?', user, con_id)
        return Verifier(user, bytes(rows[0]["SALT"]), bytes(rows[0]["KEY"])) if rows else None

    def check(self, user: str, con_id: int, *, proved: bool, new_password: str | None) -> OraError | None:
        """Raises what keeps the user out; returns the warning of a password in its days of grace."""
        rows = self.store.rows('SELECT ACCOUNT_STATUS, EXPIRY_DATE, PROFILE FROM "CDB_USERS" WHERE USERNAME = ? AND '
                               'CON_ID = ?', user, con_id)
        if not rows:
            raise OraError(1017, "invalid username/password; logon denied")
        account = rows[0]
        if "LOCKED" in account["ACCOUNT_STATUS"]:
            raise OraError(28000, "The account is locked.")
        if not proved:
            self.store.attempt(lambda: self._failed(user, con_id, account["PROFILE"]))
            raise OraError(1017, "invalid username/password; logon denied")
        # Only where there is something to write: a login must not wait for the open transaction of another session.
        if self.store.value('SELECT 1 FROM "_ACCOUNT" WHERE USERNAME = ? AND _FAILED > 0', user):
            self.store.execute('UPDATE "_ACCOUNT" SET _FAILED = 0 WHERE USERNAME = ?', user)
        return self._expiry(user, con_id, account, new_password)

    def _expiry(self, user: str, con_id: int, account: dict[str, Any], new_password: str | None) -> OraError | None:
        status = account["ACCOUNT_STATUS"]
        if new_password is not None:
            self._renewed(user, con_id, new_password, account["PROFILE"])
            return None
        now = date_text(self.clock.now())
        if status == "EXPIRED" or (status == "EXPIRED(GRACE)" and account["EXPIRY_DATE"]
                                   and account["EXPIRY_DATE"] < now):
            raise OraError(28001, "the password has expired")
        if status == "EXPIRED(GRACE)":
            days = max(1, int(self.store.value("SELECT julianday(?) - julianday(?)", account["EXPIRY_DATE"] or now,
                                               now)))
            return OraError(28002, f"the password will expire within {days} days")
        if account["EXPIRY_DATE"] and account["EXPIRY_DATE"] < now:
            grace = self._limit(account["PROFILE"], con_id, "PASSWORD_GRACE_TIME") or 7.0
            ends = date_text(self.clock.now() + grace * 86400)
            self.store.execute("UPDATE \"CDB_USERS\" SET ACCOUNT_STATUS = 'EXPIRED(GRACE)', EXPIRY_DATE = ? WHERE "
                               "USERNAME = ?", ends, user)
            return OraError(28002, f"the password will expire within {int(grace)} days")
        return None

    def _renewed(self, user: str, con_id: int, password: str, profile: str) -> None:
        self.set_password(user, password)
        life = self._limit(profile, con_id, "PASSWORD_LIFE_TIME")
        expiry = date_text(self.clock.now() + life * 86400) if life else None
        self.store.execute("UPDATE \"CDB_USERS\" SET ACCOUNT_STATUS = 'OPEN', EXPIRY_DATE = ? WHERE USERNAME = ?",
                           expiry, user)

    def _failed(self, user: str, con_id: int, profile: str) -> None:
        self.store.execute('UPDATE "_ACCOUNT" SET _FAILED = _FAILED + 1 WHERE USERNAME = ?', user)
        limit = self._limit(profile, con_id, "FAILED_LOGIN_ATTEMPTS")
        failed = self.store.value('SELECT max(_FAILED) FROM "_ACCOUNT" WHERE USERNAME = ?', user)
        if limit and failed and failed >= limit:
            self.store.execute("UPDATE \"CDB_USERS\" SET ACCOUNT_STATUS = 'LOCKED(TIMED)', LOCK_DATE = ? WHERE "
                               "USERNAME = ?", date_text(self.clock.now()), user)

    def _limit(self, profile: str, con_id: int, resource: str) -> float | None:
        for name in (profile, "DEFAULT"):
            value = self.store.value('SELECT "LIMIT" FROM "CDB_PROFILES" WHERE PROFILE = ? AND RESOURCE_NAME = ? AND '
                                     'CON_ID = ?', name, resource, con_id)
            if value not in (None, "DEFAULT"):
                return float(value) if str(value).replace(".", "").isdigit() else None
        return None

    def limit_of(self, user: str, con_id: int, resource: str) -> float | None:
        """A user's profile limit; None for UNLIMITED."""
        profile = self.store.value('SELECT PROFILE FROM "CDB_USERS" WHERE USERNAME = ? AND CON_ID = ?', user, con_id)
        return self._limit(str(profile), con_id, resource)

    def default_roles(self, user: str, con_id: int) -> frozenset[str]:
        """Roles that are enabled at login, in a container."""
        return privileges.default_roles(self.store, con_id, user)
