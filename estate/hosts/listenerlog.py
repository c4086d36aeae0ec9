# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The listener's log of one machine: who was let through, who was refused and with which TNS code."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from estate.api import ConnectRequest
from estate.hosts import adr
from estate.hosts.appender import Appender, Entry
from estate.hosts.machine import Machine

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
TNS = {
    12500: "listener failed to start a dedicated server process",
    12504: "listener was not given the SERVICE_NAME in CONNECT_DATA",
    12505: "listener does not currently know of SID given in connect descriptor",
    12514: "listener does not currently know of service requested in connect descriptor",
    12516: "listener could not find available handler with matching protocol stack",
    12518: "listener could not hand off client connection",
    12519: "no appropriate service handler found",
    12520: "listener could not find available handler for requested type of server",
    12521: "listener does not currently know of instance requested in connect descriptor",
    12526: "listener: all appropriate instances are in restricted mode",
    12528: "listener: all appropriate instances are blocking new connections",
}
Client = tuple[float, ConnectRequest, int]      # when, what it asked for, 0 or the TNS code of the refusal
_UNSAFE = re.compile(r"[\x00-\x1f\x7f()]")


def day(when: dt.datetime) -> str:
    """22-NOV-2026 14:50:09, whatever the locale."""
    return f"{when.day:02d}-{MONTHS[when.month - 1]}-{when.year} {when:%H:%M:%S}"


class ListenerLog:
    """The files of one machine's listener."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._log = Appender(machine.real(machine.listener_log), machine.real(machine.listener_xml), "seconds")

    def write_all(self, started: float, now: float, sessions: list[dict[str, Any]]) -> None:
        """The log from the listener's start: services registered, the sessions that are connected, updates of a day."""
        entries = [(adr.at(started + 1), self._event("service_register"))]
        entries += [(adr.at(moment), self._event("service_update")) for moment in
                    (now - 600 * step for step in range(144, 0, -1)) if moment > started + 1]
        for row in sessions:
            logon = dt.datetime.fromisoformat(row["LOGON_TIME"]).replace(tzinfo=adr.ZONE)
            request = ConnectRequest(row["SERVICE_NAME"], None, None, row["SERVER"], (row["ADDRESS"], row["PORT"] or 0),
                                     row["PROGRAM"] or "", row["MACHINE"] or "", row["OSUSER"] or "")
            entries.append((logon, self._establish(request, 0)))
        entries.sort(key=lambda item: item[0])
        self._log.rewrite([self._entry(*item) for item in entries], self._header(adr.at(started)))

    def connections(self, clients: Iterable[Client]) -> None:
        """Clients that asked for a service."""
        self._log.append([self._entry(adr.at(when), self._establish(request, code)) for when, request, code in clients])

    def stopped(self, when: float) -> None:
        """The listener was stopped by its owner."""
        data = f"(CONNECT_DATA=(CID=(PROGRAM=)(HOST={self.machine.name})(USER=oracle))(COMMAND=stop)(SERVICE=LISTENER))"
        self._log.append([self._entry(adr.at(when), f" * {data} * stop * 0\n")])

    def started(self, when: float) -> None:
        """The listener was started again, and the instance registered with it."""
        self._log.append([self._entry(adr.at(when), self._event("service_register"))], self._header(adr.at(when)))

    def service(self, when: float, event: str) -> None:
        """service_register, service_update or service_died."""
        self._log.append([self._entry(adr.at(when), self._event(event))])

    def _header(self, when: dt.datetime) -> str:
        machine = self.machine
        return (f"{adr.stamp(when)}\n\nTNSLSNR for Linux: Version {machine.release}.0.0 - Production on {day(when)}\n\n"
                f"System parameter file is {machine.listener_home}/network/admin/listener.ora\n"
                f"Log messages written to {machine.listener_xml}\nTrace level is currently 0\n\n"
                f"Started with pid={self._pid}\nListening on: (DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)"
                f"(HOST={machine.address})(PORT={machine.instance.port})))\n\n"
                "TIMESTAMP * CONNECT DATA [* PROTOCOL INFO] * EVENT [* SID] * RETURN CODE\n")

    @property
    def _pid(self) -> int:
        return 2300 + self.machine.instance.number

    def _event(self, event: str) -> str:
        return f" * {event} * {self.machine.sid} * 0\n"

    def _establish(self, request: ConnectRequest, code: int) -> str:
        target = _clean(request.service_name or request.sid or "")
        data = "".join(f"({key}={_clean(value)})" for key, value in (
            ("SERVICE_NAME", request.service_name), ("SID", None if request.service_name else request.sid),
            ("INSTANCE_NAME", request.instance_name), ("SERVER", request.server)) if value)
        client = f"(CID=(PROGRAM={_clean(request.program)})(HOST={_clean(request.host)})(USER={_clean(request.user)}))"
        address = f"(ADDRESS=(PROTOCOL=tcp)(HOST={_clean(request.peer[0])})(PORT={request.peer[1]}))"
        line = f" * (CONNECT_DATA={data}{client}) * {address} * establish * {target} * {code}\n"
        if code:
            line += f"TNS-{code:05d}: TNS:{TNS.get(code, 'the connection was refused')}\n"
        return line

    def _entry(self, when: dt.datetime, line: str) -> Entry:
        text = day(when) + line
        fields = (("type", "UNKNOWN"), ("level", 16), ("host_id", self.machine.name),
                  ("host_addr", f"10.10.1.{10 + self.machine.instance.number}"), ("pid", self._pid))
        return when, text, adr.element(when, "tnslsnr", fields, text)


def _clean(text: str) -> str:
    """A client's text on one line, without what would end a field."""
    return _UNSAFE.sub("?", text)[:128]
