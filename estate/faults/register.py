# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The faults in effect on one database, and how they come and go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from estate.faults.base import Fault, FaultError, find
from estate.faults.edit import Edit


@dataclass
class Active:
    """A fault in effect, with the edit that undoes it."""

    fault: Fault
    settings: dict[str, str]
    edit: Edit


class Register:
    """Faults of one database. ``database`` is the world's, ``kinds`` what it is, ``network`` the listener's side."""

    def __init__(self, database: Any, kinds: frozenset[str], network: Any = None) -> None:
        self.database, self.kinds, self.network = database, kinds, network
        self._active: list[Active] = []
        self._lock = threading.RLock()

    def active(self) -> list[dict[str, Any]]:
        """Names and parameters of the faults in effect, oldest first."""
        return [{"name": item.fault.name, "settings": item.settings} for item in self._active]

    def inject(self, name: str, settings: dict[str, str] | None = None) -> Fault:
        """Bring a fault about. Raises FaultError where it does not fit or is in effect already."""
        fault = find(name)
        if not fault.fits(self.kinds):
            raise FaultError(f"Fault {name} needs a target of kind {'+'.join(fault.kinds)}; {self.database.name} is "
                             f"{', '.join(sorted(self.kinds))}.")
        with self._lock:
            if any(item.fault.name == name for item in self._active):
                raise FaultError(f"Fault {name} is already in effect on {self.database.name}; clear it first.")
            self._apply(fault, dict(settings or {}))
        return fault

    def _apply(self, fault: Fault, settings: dict[str, str]) -> None:
        edit = Edit(self.database, self.network)
        values = fault.values(settings)
        try:
            fault.inject(edit, **values)
        except BaseException:
            edit.undo()
            raise
        if not edit.touched:
            raise FaultError(f"Fault {fault.name} found nothing to act on in {self.database.name}.")
        self._active.append(Active(fault, settings, edit))

    def clear(self, name: str | None = None) -> list[str]:
        """Undo one fault, or all; returns the names undone. Later faults that touched the same tables are undone and
        brought about again, so that each finds the state it knows."""
        if name is not None:
            find(name)
        with self._lock:
            chosen = [item for item in self._active if name in (None, item.fault.name)]
            for item in reversed(chosen):
                self._clear(item)
        return [item.fault.name for item in chosen]

    def _clear(self, gone: Active) -> None:
        later = self._active[self._active.index(gone) + 1:]
        again = [item for item in later if item.edit.touched & gone.edit.touched]
        for item in [*reversed(again), gone]:
            item.edit.undo()
            self._active.remove(item)
        for item in again:
            self._apply(item.fault, item.settings)


def each(registers: dict[str, Register], target: str | None,
         act: Callable[[Register], list[str]]) -> list[dict[str, str]]:
    """Apply ``act`` to one target or all; [{"name", "target"}] of what it returned."""
    chosen = registers if target is None else {target: registers[target]}
    return [{"name": name, "target": key} for key, register in chosen.items() for name in act(register)]
