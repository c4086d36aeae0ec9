# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Judges written in Python, only where data cannot say it. One file each; found by name, never listed."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Text = dict[str, str]


@dataclass
class Judged:
    """One thing judged. ``row`` is its evidence; ``reason`` {zh, en} where figures do not say it."""

    object: str
    status: str
    observed: Any = None
    limit: Any = None
    reason: Text | None = None
    row: Row | None = None
    limit_id: str | None = None
    waiver: dict[str, Any] | None = None


@dataclass(frozen=True)
class Case:
    """What a judge sees: the rows of one check on one target (filtered), and their surroundings."""

    check: dict[str, Any]
    rows: list[Row]
    snapshot: dict[str, Any]
    limits: dict[str, Any] = field(default_factory=dict)
    previous: dict[str, Any] | None = None
    now: str = ""

    @property
    def rule(self) -> dict[str, Any]:
        """The parameters of the judge."""
        rule: dict[str, Any] = next(iter(self.check["judge"].values()))
        return rule

    @property
    def facts(self) -> dict[str, Any]:
        """Facts of the target; empty when it could not be read."""
        return self.snapshot.get("facts") or {}

    def limit(self, position: int = 0) -> tuple[str, Any]:
        """(id, value) of the limit at ``position`` of the judge's ``limits``."""
        name = self.rule["limits"][position]
        return name, self.limits[name]["value"]

    def name(self, row: Row) -> str:
        """The object that a row is about; "" stands for the database itself."""
        return "/".join(str(row[key]) for key in self.check.get("object", []) if row.get(key) not in (None, ""))


Judge = Callable[[Case], list[Judged]]


@functools.cache
def names() -> frozenset[str]:
    """Names of all judges."""
    return frozenset(module.name for module in pkgutil.iter_modules(__path__))


def load(name: str) -> Judge:
    """The judge ``name``: the function ``judge`` of its module."""
    judge: Judge = importlib.import_module(f"{__name__}.{name}").judge
    return judge
