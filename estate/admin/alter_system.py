# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ALTER SYSTEM: redo, sessions, parameters, restricted logins, flushing."""

from __future__ import annotations

from collections.abc import Callable

from estate.admin import keystore, parameters, redo, sessions
from estate.admin.desk import Desk
from estate.admin.registry import statement
from estate.admin.words import Words
from estate.api import Result

Action = Callable[[Desk, Words], None]
FLUSHED = ("SHARED_POOL", "BUFFER_CACHE", "GLOBAL CONTEXT", "PASSWORDFILE_METADATA_CACHE")


@statement("ALTER SYSTEM")
def alter_system(desk: Desk, words: Words) -> Result:
    """Dispatch on the clause; ORA-02065 for none that Oracle knows."""
    desk.require("ALTER SYSTEM")
    clause = words.one_of(*CLAUSES)
    if clause is None:
        raise words.error(2065, "illegal option for ALTER SYSTEM")
    CLAUSES[clause](desk, words)
    return desk.done()


def _set(desk: Desk, words: Words) -> None:
    if words.take("ENCRYPTION", "WALLET"):
        keystore.legacy_wallet(desk, words)
    else:
        parameters.alter(desk, words)


def _switch(desk: Desk, words: Words) -> None:
    words.need("LOGFILE")
    words.end()
    redo.switch(desk, desk.instance_number)


def _archive(desk: Desk, words: Words) -> None:
    words.take("THREAD") and words.integer()
    which = words.one_of("CURRENT", "ALL", "NEXT")
    if which is None:
        raise words.error(259, "log archive option is missing or invalid")
    words.take("NOSWITCH")
    words.end()
    redo.archive(desk, which)


def _checkpoint(desk: Desk, words: Words) -> None:
    scope = words.one_of("GLOBAL", "LOCAL")
    words.end()
    redo.checkpoint(desk, None if scope != "LOCAL" else desk.instance_number)


def _kill(desk: Desk, words: Words) -> None:
    words.need("SESSION")
    target = words.text(26, "missing or invalid session ID")
    immediate = words.one_of("IMMEDIATE", "FORCE", "NOREPLAY")
    words.end()
    sessions.kill(desk, target, immediate=immediate in ("IMMEDIATE", "FORCE"))


def _disconnect(desk: Desk, words: Words) -> None:
    words.need("SESSION")
    target = words.text(26, "missing or invalid session ID")
    how = words.one_of("POST_TRANSACTION", "IMMEDIATE")
    if how is None:
        raise words.error(2000, "missing POST_TRANSACTION or IMMEDIATE keyword")
    words.take("IMMEDIATE")
    words.end()
    sessions.disconnect(desk, target, immediate=how == "IMMEDIATE")


def _cancel(desk: Desk, words: Words) -> None:
    words.need("SQL")
    target = words.text(26, "missing or invalid session ID")
    words.end()
    sessions.cancel_sql(desk, target)


def _restricted(value: str) -> Action:
    def act(desk: Desk, words: Words) -> None:
        words.need("RESTRICTED", "SESSION")
        words.end()
        desk.tables.update("_INSTANCE", {"LOGINS": value}, "INST_ID = ?", desk.instance_number)

    return act


def _flush(desk: Desk, words: Words) -> None:
    if words.one_of(*FLUSHED) is None:
        raise words.error(2065, "illegal option for ALTER SYSTEM")
    words.end()


def _quiesce(value: str, *after: str) -> Action:
    def act(desk: Desk, words: Words) -> None:
        words.need(*after)
        words.end()
        desk.tables.update("_INSTANCE", {"ACTIVE_STATE": value}, "1 = 1")

    return act


def _register(desk: Desk, words: Words) -> None:
    words.end()


def _reset(desk: Desk, words: Words) -> None:
    parameters.reset(desk, words)


CLAUSES: dict[str, Action] = {
    "SET": _set, "RESET": _reset, "SWITCH": _switch, "ARCHIVE LOG": _archive, "CHECKPOINT": _checkpoint,
    "KILL": _kill, "DISCONNECT": _disconnect, "CANCEL": _cancel, "ENABLE": _restricted("RESTRICTED"),
    "DISABLE": _restricted("ALLOWED"), "FLUSH": _flush, "QUIESCE": _quiesce("QUIESCED", "RESTRICTED"),
    "UNQUIESCE": _quiesce("NORMAL"), "REGISTER": _register,
}
