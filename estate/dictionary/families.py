# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Families of views: V$X and GV$X, DBA_X with CDB_X, ALL_X and USER_X. One member is canonical and is stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from estate.api import Column
from estate.dictionary import facts

# Views of the control file and of the disk groups: the same rows on every instance, stored once under V$X.
_SHARED_LIST = Path(__file__).parent / "views" / "shared.txt"
# Views of counters: what nothing is modelled for has not happened, so it is 0 and not NULL.
_COUNTER_LIST = Path(__file__).parent / "views" / "counters.txt"
# V$ views without a GV$ twin that differ by instance: stored as an internal GV$X with INST_ID.
INSTANCE_ONLY = frozenset({
    "V$DIAG_ALERT_EXT", "V$DIAG_INCIDENT", "V$DIAG_PROBLEM", "V$WAIT_CHAINS", "V$GES_STATISTICS", "V$GES_RESOURCE",
    "V$GES_CONVERT_LOCAL", "V$GES_CONVERT_REMOTE", "V$HANG_INFO", "V$HANG_SESSION_INFO", "V$OBJECT_PRIVILEGE",
})
# Parts of a view that have its columns.
PARTS = {"_SESSION_STATIC": "GV$SESSION", "_SESSION_LIVE": "GV$SESSION"}
PREFIXES = ("GV$", "V$", "CDB_", "DBA_", "ALL_", "USER_")


@dataclass(frozen=True, slots=True)
class Member:
    """A view's place in its family: ``kind`` is one of PREFIXES or "own"; ``canonical`` is the relation that is
    stored."""

    name: str
    kind: str
    canonical: str


@cache
def shared() -> frozenset[str]:
    """Names V$X of the database-wide views."""
    return frozenset(_SHARED_LIST.read_text(encoding="utf-8").split())


@cache
def counters() -> frozenset[str]:
    """Canonical names of the views whose NUMBER columns are 0 where the model has nothing."""
    return frozenset(_COUNTER_LIST.read_text(encoding="utf-8").split())


@cache
def member(name: str) -> Member:
    """The family of a view's public name (V$SESSION, not V_$SESSION)."""
    kind = next((prefix for prefix in PREFIXES if name.startswith(prefix)), "own")
    rest = name[len(kind):] if kind != "own" else name
    if kind in ("GV$", "V$"):
        return Member(name, kind, canonical_v(rest))
    if kind != "own" and (facts.facts_of("CDB_" + rest) or facts.facts_of("DBA_" + rest)):
        return Member(name, kind, "CDB_" + rest)
    return Member(name, "own" if kind in ("CDB_", "DBA_") else kind, name)


def canonical_v(rest: str) -> str:
    """The modelled one of V$x and GV$x, for ``rest`` x: GV$ where rows differ from instance to instance."""
    single = "V$" + rest
    if single in shared():
        return single
    return "GV$" + rest if facts.facts_of("GV$" + rest) or single in INSTANCE_ONLY else single


@cache
def columns(canonical: str, release: str) -> tuple[Column, ...] | None:
    """The columns of a canonical relation in a release, also of the internal GV$ ones; None where there is none."""
    if canonical in PARTS:
        return facts.view(PARTS[canonical], release)
    found = facts.view(canonical, release)
    if found is None and canonical.startswith("GV$") and "V$" + canonical[3:] in INSTANCE_ONLY:
        single = facts.view("V$" + canonical[3:], release)
        if single:
            rest = tuple(column for column in single if column.name != "INST_ID")
            return (facts.column("INST_ID", "NUMBER"), *rest)
    return found


@cache
def every_column(canonical: str) -> frozenset[str]:
    """Names of all columns that a canonical relation has in any release; empty for a name that is none."""
    return frozenset(
        column.name for release in facts.RELEASES for column in columns(canonical, release) or ())


def public_name(view: str) -> str:
    """V$X for V_$X and GV$X for GV_$X; other names as they are."""
    for prefix, short in (("V_$", "V$"), ("GV_$", "GV$")):
        if view.startswith(prefix):
            return short + view[len(prefix):]
    return view


def object_name(name: str) -> str:
    """The object of SYS that grants are on: V_$X for V$X, GV_$X for GV$X; other names as they are."""
    for prefix, long in (("V$", "V_$"), ("GV$", "GV_$")):
        if name.startswith(prefix):
            return long + name[len(prefix):]
    return name
