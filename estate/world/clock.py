# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database's clock: the machine's, with an offset that faults may set."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

ZONE = dt.timezone(dt.timedelta(hours=8))
_EPOCH, _LOCAL = dt.datetime(1970, 1, 1), 8 * 3600


class Clock:
    """Time in seconds since 1970 (UTC). ``offset`` shifts what the database says, not how fast its counters run;
    ``passed`` is time that was let pass at once: everything has aged by it."""

    def __init__(self, source: Callable[[], float] = time.time, offset: float = 0.0) -> None:
        self.source = source
        self.offset = offset
        self.passed = 0.0

    def now(self) -> float:
        """The database's time."""
        return self.source() + self.passed + self.offset

    def run(self) -> float:
        """Time that never jumps: counters (V$SYSSTAT ...) grow by it."""
        return self.source() + self.passed

    def local(self) -> dt.datetime:
        """The database's time as SYSDATE has it, naive, in the database's zone (+08:00), with microseconds."""
        return dt.datetime.fromtimestamp(self.now(), ZONE).replace(tzinfo=None)

    def aware(self) -> dt.datetime:
        """The database's time as SYSTIMESTAMP has it."""
        return dt.datetime.fromtimestamp(self.now(), ZONE)


def date_text(epoch: float) -> str:
    """A DATE as it is stored: local time to the second."""
    return (_EPOCH + dt.timedelta(seconds=int(epoch) + _LOCAL)).isoformat(" ", "seconds")


def timestamp_text(epoch: float) -> str:
    """A TIMESTAMP as it is stored: local time to the microsecond."""
    return (_EPOCH + dt.timedelta(seconds=epoch + _LOCAL)).isoformat(" ", "microseconds")


def zoned_text(epoch: float) -> str:
    """A TIMESTAMP WITH TIME ZONE as it is stored: UTC, then the zone."""
    return (_EPOCH + dt.timedelta(seconds=epoch)).isoformat(" ", "microseconds") + "+08:00"


def interval_text(seconds: float) -> str:
    """An INTERVAL DAY TO SECOND as it is stored."""
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    return f"+{days:09d} {rest // 3600:02d}:{rest % 3600 // 60:02d}:{rest % 60:02d}.{int((seconds - whole) * 1e6):06d}"
