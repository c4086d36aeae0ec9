# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Oracle's wire protocol (TNS and TTC), server side: what unmodified thin drivers connect to.

`Listener` accepts connections and hands each to a `Connection`, which speaks for one `estate.api.Session`.
"""

from __future__ import annotations

from estate.wire.auth import make_verifier
from estate.wire.listener import Listener, by_service
from estate.wire.workers import WorkerPool

__all__ = ["Listener", "WorkerPool", "by_service", "make_verifier"]
