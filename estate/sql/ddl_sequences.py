# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CREATE and ALTER SEQUENCE, also the options of identity columns."""

from __future__ import annotations

from typing import Any

from estate.sql.ddl_common import owned, store
from estate.sql.ddl_words import Words
from estate.sql.errors import ora
from estate.sql.objects import UserObject

MAXIMUM = 10**28 - 1
DEFAULTS: dict[str, Any] = {"start": 1, "increment": 1, "minimum": 1, "maximum": MAXIMUM, "cycle": False,
                            "cache": 20, "order": False}
NUMBERS = {("START", "WITH"): "start", ("INCREMENT", "BY"): "increment", ("MINVALUE",): "minimum",
           ("MAXVALUE",): "maximum", ("CACHE",): "cache"}
FLAGS: dict[str, tuple[str, Any]] = {"CYCLE": ("cycle", True), "NOCYCLE": ("cycle", False), "NOCACHE": ("cache", 0),
                                     "ORDER": ("order", True), "NOORDER": ("order", False),
                                     "NOMAXVALUE": ("maximum", None), "NOMINVALUE": ("minimum", None)}
SKIPPED = ("KEEP", "NOKEEP", "GLOBAL", "SESSION", "SCALE", "NOSCALE", "EXTEND", "NOEXTEND", "SHARD", "NOSHARD")


def sequence_options(words: Words, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """The detail of a sequence: ``before`` (or the defaults) with the clauses that follow. ORA-00933, ORA-04013."""
    detail, given = dict(before or DEFAULTS), set()
    while words.word:
        known = next((pair for pair in NUMBERS if words.take(*pair)), None)
        if known is not None:
            detail[NUMBERS[known]] = words.number()
            given.add(NUMBERS[known])
        elif words.word in FLAGS:
            name, value = FLAGS[words.word]
            detail[name] = value
            words.at += 1
        elif words.word in (*SKIPPED, "RESTART") or words.word in (",", ")"):
            words.at += 1
        else:
            raise ora(933, position=words.place)
    return _completed(detail, given)


def _completed(detail: dict[str, Any], given: set[str]) -> dict[str, Any]:
    """Bounds that were not given, checked against each other."""
    down = detail["increment"] < 0
    if detail["increment"] == 0:
        raise ora(4002)
    if detail["maximum"] is None or (down and "maximum" not in given and detail["maximum"] == MAXIMUM):
        detail["maximum"] = -1 if down else MAXIMUM
    if detail["minimum"] is None or (down and "minimum" not in given and detail["minimum"] == 1):
        detail["minimum"] = -(10**27 - 1) if down else 1
    if "start" not in given and not detail["minimum"] <= detail["start"] <= detail["maximum"]:
        detail["start"] = detail["maximum"] if down else detail["minimum"]
    if "start" in given and detail["start"] < detail["minimum"]:
        raise ora(4006)
    if "start" in given and detail["start"] > detail["maximum"]:
        raise ora(4008)
    return detail


def create_sequence(session: Any, words: Words, owner: str, name: str) -> None:
    """CREATE SEQUENCE."""
    store(session, UserObject(owner, name, "SEQUENCE", (), sequence_options(words)), "CREATE SEQUENCE")


def alter_sequence(session: Any, words: Words) -> None:
    """ALTER SEQUENCE: the number that comes next stays unless RESTART is said."""
    owner, name = words.qualified(session.ctx.schema)
    found = session.engine.objects.known.get((owner, name, "SEQUENCE"))
    if found is None:
        raise ora(2289)
    owned(session, owner)
    said = words.text.upper().split()
    if "START" in said and "RESTART" not in said:
        raise ora(2283)
    found.detail = sequence_options(words, found.detail)
    if "RESTART" in said:
        session.engine.objects.counters.pop((owner, name), None)
        if "START" not in said:
            found.detail["start"] = found.detail["minimum" if found.detail["increment"] > 0 else "maximum"]
    store(session, found, "ALTER SEQUENCE")
