# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which dictionary views Oracle has, with which columns, in which release: ``view("V$SESSION", "19.24.0.0.0")``.

Lazy and shared by all databases of a process: the packed text is kept compressed line by line, a view's columns are
built
at first use.
"""

from __future__ import annotations

import gzip
import re
import sys
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from estate.api import Column

DATA = Path(__file__).parent / "facts_data"
RELEASES = ("12.2", "19", "23")
_ORDER = {"": 0, "11.2": 0, "12.1": 1, "12.2": 2, "18": 3, "19": 4, "21": 5, "23": 6, "26": 7}
_TYPE = re.compile(r"([A-Z0-9_ ]+?)(?:\((\d+)(?:,\s*(-?\d+))?[^)]*\))?( WITH (?:LOCAL )?TIME ZONE)?$")
_INTERVAL = re.compile(r"INTERVAL (DAY|YEAR)(?:\((\d+)\))? TO (SECOND|MONTH)(?:\((\d+)\))?$")
_SIZES = {"DATE": 7, "NUMBER": 22, "CLOB": 4000, "NCLOB": 4000, "BLOB": 4000, "LONG": 0, "LONG RAW": 0, "ROWID": 18}


@dataclass(frozen=True, slots=True)
class Fact:
    """A column with the releases that have it: ``since`` to ``until`` inclusive ('' is open)."""

    column: Column
    since: str
    until: str

    def within(self, release: str) -> bool:
        """Whether the column exists in a release (12.2, 19 or 23)."""
        return _ORDER[self.since] <= _ORDER[release] and (not self.until or _ORDER[release] <= _ORDER[self.until])


def release(version: str) -> str:
    """The release whose facts hold for a version: "19.24.0.0.0" and "19" -> "19", "12.2.0.1.0" -> "12.2", "23ai" ->
    "23"."""
    text = version.lower().replace("ai", "")
    if text.startswith("12.2"):
        return "12.2"
    major = text.split(".", maxsplit=1)[0]
    if major in ("18", "19", "21", "23", "26"):
        return {"26": "23"}.get(major, major)
    raise ValueError(f"no dictionary facts for Oracle version {version!r}; there are 12.2, 18, 19, 21 and 23")


@lru_cache(maxsize=4096)
def column(name: str, text: str, nullable: bool = True) -> Column:
    """A column from a documented type such as ``VARCHAR2(128)`` or ``TIMESTAMP(9) WITH TIME ZONE``."""
    interval = _INTERVAL.match(text)
    if interval:
        kind = f"INTERVAL {interval[1]} TO {interval[3]}"
        return Column(name, kind, 11, int(interval[2] or 2), int(interval[4] or (6 if interval[3] == "SECOND" else 0)),
                      nullable)
    found = _TYPE.match(text)
    if not found:
        raise ValueError(f"column {name}: type {text!r} is not understood")
    kind, size, scale = found[1].strip() + (found[4] or ""), found[2], found[3]
    if kind == "NUMBER":
        exact = {"precision": int(size), "scale": int(scale or 0)} if size else {}
        return Column(name, kind, 22, nullable=nullable, **exact)
    if kind.startswith("TIMESTAMP"):
        return Column(name, kind, 13 if "ZONE" in kind else 11, 0, int(size or 6), nullable)
    return Column(name, sys.intern(kind), _SIZES.get(kind, int(size or 4000)), 0, 0, nullable)


def _fact(text: str) -> Fact:
    name, kind, since, until, null = [*text.split("~"), "", "", ""][:5]
    return Fact(column(sys.intern(name), kind, null != "N"), since, until)


@cache
def _lines() -> dict[str, str]:
    text = gzip.decompress((DATA / "columns.tsv.gz").read_bytes()).decode()
    lines = dict(line.split("\t", 1) for line in text.splitlines())
    for line in (DATA / "additions.tsv").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            view_name, packed, _page = line.split("\t")
            packed = packed.replace(" ", "\t") if packed.startswith("=") else packed
            lines[view_name] = f"{lines[view_name]}|{packed}" if view_name in lines else packed
    return lines


@cache
def facts_of(name: str) -> tuple[Fact, ...]:
    """Every column a view ever had, in order, of all releases; empty for a name that is no view of Oracle's."""
    text = _lines().get(name, "")
    if not text.startswith("="):
        return tuple(_fact(part) for part in text.split("|")) if text else ()
    base, at, *added = text[1:].split("\t")
    own = facts_of(base)
    if at == "same":
        return own
    extra = _fact(added[0])
    return (extra, *own) if at == "first" else (*own, extra)


@cache
def view(name: str, version: str) -> tuple[Column, ...] | None:
    """The columns of a view in a release, or None where that release has no such view."""
    wanted = release(version)
    return tuple(fact.column for fact in facts_of(name) if fact.within(wanted)) or None


@cache
def view_names(version: str) -> tuple[str, ...]:
    """All views of a release, sorted."""
    return tuple(name for name in sorted(_lines()) if view(name, version))


@cache
def table(name: str) -> tuple[tuple[str, ...], ...]:
    """A list of names: ``sysmetric_names``, ``sysstat_names``, ``wait_events``, ``system_privileges`` ..."""
    lines = (DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines if line and not line.startswith("#"))


def named(name: str, version: str) -> tuple[str, ...]:
    """The first field of a list whose second and third fields are releases since and until."""
    wanted = _ORDER[release(version)]
    return tuple(
        row[0] for row in table(name)
        if _ORDER.get(row[1], 0) <= wanted and (len(row) < 3 or not row[2] or wanted <= _ORDER[row[2]])
    )


def targets() -> tuple[str, ...]:
    """The views that the product's own queries need (a subset of all)."""
    return tuple((DATA / "targets.txt").read_text(encoding="utf-8").split())
