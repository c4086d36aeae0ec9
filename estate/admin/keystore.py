# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ADMINISTER KEY MANAGEMENT: the TDE keystore's state (no key is real here)."""

from __future__ import annotations

from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import OraError, Result


@statement("ADMINISTER KEY MANAGEMENT")
def key_management(desk: Desk, words: Words) -> Result:
    """SET KEYSTORE OPEN | CLOSE and SET KEY."""
    if not (desk.has("ADMINISTER KEY MANAGEMENT") or "SYSKM" in desk.administrative):
        raise OraError(1031, "insufficient privileges")
    words.need("SET")
    if words.take("KEYSTORE"):
        action = words.one_of("OPEN", "CLOSE")
        if action is None:
            raise words.unknown("ADMINISTER KEY MANAGEMENT SET KEYSTORE")
        _password(words, needed=action == "OPEN")
        containers = _container(words)
        change(desk, "OPEN" if action == "OPEN" else "CLOSED", everywhere=containers == "ALL")
    elif words.one_of("KEY", "ENCRYPTION KEY"):
        _set_key(desk, words)
    else:
        raise words.unknown("ADMINISTER KEY MANAGEMENT")
    return desk.done()


def _password(words: Words, *, needed: bool) -> None:
    words.take("FORCE", "KEYSTORE")
    if words.take("IDENTIFIED"):
        words.need("BY")
        words.take("EXTERNAL", "STORE") or words.name(988, "missing or invalid password(s)")
    elif needed:
        raise words.error(905, "missing keyword")


def _container(words: Words) -> str:
    container = "CURRENT"
    if words.take("CONTAINER"):
        words.need("=", code=922, message="missing or invalid option")
        container = words.one_of("ALL", "CURRENT") or "CURRENT"
    words.end()
    return container


def change(desk: Desk, status: str, *, everywhere: bool = True) -> None:
    """Open or close the keystore; ORA-28354 where it is open already, ORA-28353 without one."""
    rows = desk.tables.rows("GV$ENCRYPTION_WALLET", "1 = 1")
    if not rows or rows[0]["STATUS"] == "NOT_AVAILABLE":
        raise OraError(46658, "keystore not open in the container") if status == "CLOSED" else OraError(
            28367, "wallet does not exist")
    if status == "OPEN" and rows[0]["STATUS"] == "OPEN":
        raise OraError(28354, "Encryption wallet, auto login wallet, or HSM is already open")
    where, args = ("1 = 1", []) if everywhere or not desk.is_cdb else ("CON_ID = ?", [desk.con_id])
    desk.tables.update("GV$ENCRYPTION_WALLET", {"STATUS": status}, where, *args)


def _set_key(desk: Desk, words: Words) -> None:
    words.take("USING", "TAG") and words.text()
    _password(words, needed=True)
    if words.take("WITH", "BACKUP"):
        words.take("USING") and words.text()
    else:
        raise words.error(46631, "keystore needs to be backed up")
    _container(words)
    desk.tables.update("GV$ENCRYPTION_WALLET", {"STATUS": "OPEN"}, "STATUS = 'OPEN_NO_MASTER_KEY'")


def legacy_wallet(desk: Desk, words: Words) -> None:
    """ALTER SYSTEM SET ENCRYPTION WALLET OPEN | CLOSE IDENTIFIED BY ..., the older form."""
    action = words.one_of("OPEN", "CLOSE")
    if action is None:
        raise words.error(2000, "missing OPEN or CLOSE keyword")
    _password(words, needed=action == "OPEN")
    words.end()
    change(desk, "OPEN" if action == "OPEN" else "CLOSED")
