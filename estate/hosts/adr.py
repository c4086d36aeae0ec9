# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two forms of a diagnostic log since 12.2: text with a time stamp above its messages, and log.xml."""

from __future__ import annotations

import datetime as dt
import functools
import sqlite3
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from estate.world.clock import ZONE

Row = Mapping[str, Any] | sqlite3.Row
TYPES = {1: "UNKNOWN", 2: "INCIDENT_ERROR", 3: "ERROR", 4: "WARNING", 5: "NOTIFICATION", 6: "TRACE"}


def moment(stored: str) -> dt.datetime:
    """A stored TIMESTAMP WITH TIME ZONE ("2026-11-22 06:50:09.798123+08:00", the time in UTC) as an aware datetime."""
    return dt.datetime.fromisoformat(stored[:-6] + "+00:00").astimezone(_zone(stored[-6:]))


@functools.lru_cache(maxsize=64)
def _zone(text: str) -> dt.timezone:
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[4:6]))
    return dt.timezone(-offset if text[0] == "-" else offset)


def at(epoch: float) -> dt.datetime:
    """Seconds since 1970 in the databases' time zone."""
    return dt.datetime.fromtimestamp(epoch, ZONE)


def stamp(when: dt.datetime) -> str:
    """2026-11-22T14:50:09.798123+08:00, as the text logs have it."""
    return when.isoformat(timespec="microseconds")


def alert_text(row: Row) -> str:
    """The message lines of a row of V$DIAG_ALERT_EXT; those of a pluggable database begin with its name."""
    text = str(row["MESSAGE_TEXT"] or "").rstrip("\n")
    if (row["CON_ID"] or 0) > 2 and row["CONTAINER_NAME"]:
        mark = f"{row['CONTAINER_NAME']}({row['CON_ID']}):"
        if not text.startswith(mark):
            text = "\n".join(mark + line for line in text.split("\n"))
    return text + "\n"


def alert_message(row: Row, when: dt.datetime, text: str) -> str:
    """A row of V$DIAG_ALERT_EXT, whose message is ``text``, as an element of log.xml."""
    kind = row["MESSAGE_TYPE"] or 1
    incident = kind == 2
    return element(when, "rdbms", (
        ("msg_id", row["MESSAGE_ID"]), ("type", TYPES.get(kind, "UNKNOWN")), ("group", row["MESSAGE_GROUP"]),
        ("level", row["MESSAGE_LEVEL"]), ("host_id", row["HOST_ID"]), ("host_addr", row["HOST_ADDRESS"]),
        ("prob_key", row["PROBLEM_KEY"] if incident else None), ("module", row["MODULE_ID"]),
        ("pid", row["PROCESS_ID"]), ("version", 1 if row["RECORD_ID"] == 1 else None),
        ("con_uid", row["CON_UID"] or None), ("con_id", row["CON_ID"] or None), ("con_name", row["CONTAINER_NAME"]),
        ("detail_path", row["DETAILED_LOCATION"] if incident else None)), text)


def element(when: dt.datetime, component: str, fields: tuple[tuple[str, Any], ...], text: str) -> str:
    """``<msg time=...>`` with its text. The file has no root element, as Oracle's has none."""
    time = when.isoformat(timespec="milliseconds")
    return f"<msg time='{time}'{_attributes(component, fields)} <txt>{escape(text)} </txt>\n</msg>\n"


@functools.lru_cache(maxsize=1024)
def _attributes(component: str, fields: tuple[tuple[str, Any], ...]) -> str:
    """What stands between the time and the text: the same for most messages."""
    parts = [f"{name}={_quoted(value)}" for name, value in fields if value is not None]
    rows = [" " + " ".join(parts[index:index + 4]) for index in range(0, len(parts), 4)]
    return "\n".join([f" org_id='oracle' comp_id='{component}'", *rows]) + ">\n"


def _quoted(value: Any) -> str:
    return "'" + escape(str(value), {"'": "&apos;", '"': "&quot;"}) + "'"
