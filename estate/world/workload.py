# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The work a database does: rates from which its counters grow. A changed rate never makes a counter jump."""

from __future__ import annotations

from estate.world.clock import Clock
from estate.world.store import Store, quoted


class Load:
    """Changes rates of _SYSSTAT, _OSSTAT, _TIMEMODEL and _EVENT at this moment."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock

    def set_rate(self, table: str, name: str, rate: float, inst_id: int | None = None) -> None:
        """Units a second from now on, of one counter on one instance or all. KeyError for a counter that does not
        exist."""
        now = self.clock.run()
        where, args = self._where("NAME", name, inst_id)
        changed = self.store.execute(
            f"UPDATE {quoted(table)} SET _BASE = _BASE + _RATE * (? - _SINCE), _RATE = ?, _SINCE = ? WHERE {where}",
            now, rate, now, *args)
        if not changed:
            raise KeyError(f"{table} has no counter {name!r}")

    def set_event(self, event: str, rate: float | None = None, micros: float | None = None,
                  inst_id: int | None = None) -> None:
        """Waits a second and their average length in microseconds from now on; None leaves one as it is."""
        now = self.clock.run()
        where, args = self._where("EVENT", event, inst_id)
        changed = self.store.execute(
            'UPDATE "_EVENT" SET _BASE = _BASE + _RATE * (? - _SINCE), _TIME = _TIME + _RATE * _MICROS * (? - _SINCE), '
            f"_RATE = coalesce(?, _RATE), _MICROS = coalesce(?, _MICROS), _SINCE = ? WHERE {where}", now, now, rate,
            micros, now, *args)
        if not changed:
            raise KeyError(f"there is no wait event {event!r}")

    @staticmethod
    def _where(column: str, name: str, inst_id: int | None) -> tuple[str, list[object]]:
        return (f"{column} = ?", [name]) if inst_id is None else (f"{column} = ? AND INST_ID = ?", [name, inst_id])
