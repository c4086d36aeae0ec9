# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Passwords of accounts: stored as 12c verifiers, never as text."""

from __future__ import annotations

import hashlib
import hmac
import os

from estate.admin.tables import Tables
from estate.api import OraError

SPEEDY = b"AUTH_PBKDF2_SPEEDY_KEY"
ROUNDS = 4096


def verifier_key(password: str, salt: bytes) -> bytes:
    """PBKDF2-SHA512 over the salt and Oracle's suffix: ``Verifier.pbkdf2_key``."""
    return hashlib.pbkdf2_hmac("sha512", password.encode(), salt + SPEEDY, ROUNDS, 64)


def fits(password: str, release: str) -> None:
    """ORA-00988 for a password longer than 30 bytes, or 1,024 from 23ai on."""
    if len(password.encode()) > (1024 if release == "23" else 30):
        raise OraError(988, "missing or invalid password(s)")


def store(tables: Tables, user: str, password: str, containers: list[int]) -> None:
    """Give an account a new password in these containers."""
    salt = os.urandom(16)
    key = verifier_key(password, salt)
    for con_id in containers:
        tables.delete("_ACCOUNT", "USERNAME = ? AND CON_ID = ?", user, con_id)
        tables.insert("_ACCOUNT", {"CON_ID": con_id, "USERNAME": user, "SALT": salt, "KEY": key, "_DEFAULT": 0,
                                   "_FAILED": 0})


def check(tables: Tables, user: str, password: str, con_id: int) -> None:
    """ORA-28008 unless this is the account's present password (ALTER USER ... REPLACE)."""
    rows = tables.rows("_ACCOUNT", "USERNAME = ? AND CON_ID = ?", user, con_id)
    if not rows or not hmac.compare_digest(rows[0]["KEY"], verifier_key(password, rows[0]["SALT"])):
        raise OraError(28008, "invalid old password")


def forget(tables: Tables, user: str, containers: list[int]) -> None:
    """Remove an account's verifiers."""
    for con_id in containers:
        tables.delete("_ACCOUNT", "USERNAME = ? AND CON_ID = ?", user, con_id)
