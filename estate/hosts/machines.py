# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All machines of an estate: made, started, kept up to date with their databases, stopped."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import queue
import sqlite3
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from estate.api import ConnectRequest
from estate.hosts import leftovers, namespace, sshd, tree
from estate.hosts.alertlog import AlertLogs
from estate.hosts.listenerlog import Client, ListenerLog
from estate.hosts.machine import BASE, Machine
from estate.world.database import Database
from estate.world.scenario import DatabaseSpec

log = logging.getLogger("estate.hosts")
FOLLOW_SECONDS, UPDATE_SECONDS, GATHER_SECONDS = 1.0, 600.0, 0.05
MOST_INSTANCES = 5                          # ports of one database: ten, half of them for logins
LOOPBACK = "127.0.0.1"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_Job = tuple[ListenerLog, float, ConnectRequest, int]


class Hosts:
    """The machines; none where ``reason`` says why. First ``start``, then ``open``, which raises
    EstateError where an sshd does not come up."""

    def __init__(self, run_dir: Path, address: str, specs: Sequence[DatabaseSpec], reason: str | None = None) -> None:
        self.folder, self.address = run_dir / leftovers.FOLDER, loopback(address)
        self.reason = reason or _obstacle(specs)
        self.machines = [] if self.reason else _machines(self.folder, address, specs)
        self._servers = {machine.key: sshd.Server(machine.name, machine.folder, machine.root, self.address,
                                                  machine.ssh_port)
                         for machine in self.machines}
        self._alerts: list[AlertLogs] = []
        self._listeners: dict[tuple[str, int], ListenerLog] = {}
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None
        self._databases: dict[str, Database] = {}

    @property
    def ports(self) -> list[int]:
        """The SSH port of each machine."""
        return [machine.ssh_port for machine in self.machines]

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self, databases: Mapping[str, Database]) -> None:
        """Write every machine's files but its logs, and start its sshd."""
        if not self.machines:
            return
        self._databases = dict(databases)
        if namespace.possible(self.folder / "trial"):
            self.machines = [replace(machine, isolated=True) for machine in self.machines]
        for machine in self.machines:
            tree.build(machine, [item.spec for item in databases.values()], databases[machine.spec.name].store.rows)
        self._start_servers()

    def open(self) -> None:
        """Write the logs, follow the databases from now on, and wait until every sshd answers."""
        if not self.machines:
            return
        self._first_logs()
        for server in self._servers.values():
            server.wait()
        self._writer = threading.Thread(target=self._write, name="hosts", daemon=True)
        self._writer.start()

    def _start_servers(self) -> None:
        authorized = sshd.write_key(self.folder / "id_ed25519", "estate")
        for machine in self.machines:
            server = self._servers[machine.key]
            server.prepare(authorized, _environment(machine), isolated=machine.isolated)
        known = "".join(f"[{server.address}]:{server.port} {server.host_key}" for server in self._servers.values())
        (self.folder / "known_hosts").write_text(known, encoding="utf-8")
        for server in self._servers.values():
            server.spawn()

    def _first_logs(self) -> None:
        for database in self._databases.values():
            machines = [machine for machine in self.machines if machine.spec.name == database.name]
            alerts = AlertLogs(database.store.path, machines)
            alerts.write_all()
            self._alerts.append(alerts)
            now = database.clock.now()
            for machine in machines:
                listener = self._listeners[machine.key] = ListenerLog(machine)
                listener.write_all(now - machine.instance.uptime, now, _connected(database, machine.instance.number))

    def close(self) -> None:
        """Stop every sshd with all logins."""
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join(5)
        with ThreadPoolExecutor(max_workers=8) as pool:
            list(pool.map(lambda server: server.stop(), self._servers.values()))
        for alerts in self._alerts:
            alerts.close()

    # -- following the databases ---------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring the alert logs up to date with the databases."""
        with self._lock:
            for alerts in self._alerts:
                try:
                    alerts.refresh()
                except (sqlite3.Error, OSError) as error:
                    log.warning("an alert log could not be written: %s", error)

    def watcher(self, database: Database) -> Callable[[ConnectRequest, int], None]:
        """What a listener of the database calls for each client that asked for a service, with the TNS code or 0."""
        def connected(request: ConnectRequest, code: int) -> None:
            listener = self._listener(database, request)
            if listener is not None:
                self._jobs.put((listener, database.clock.now(), request, code))
        return connected

    def _listener(self, database: Database, request: ConnectRequest) -> ListenerLog | None:
        """The log of the instance that took the client, else of the one whose port it came to, else of the first."""
        instances = list(database.instances.values())
        number = database.taken_by(request)
        chosen = [item for item in instances
                  if item.number == number or (number is None and item.port == request.local_port)]
        return self._listeners.get((database.name, (chosen or instances)[0].number))

    def listening(self, database: Database, *, up: bool) -> None:
        """The database's listeners were stopped or started."""
        now = database.clock.now()
        with self._lock:
            for number in database.instances:
                listener = self._listeners.get((database.name, number))
                if listener is not None:
                    (listener.started if up else listener.stopped)(now)

    def _write(self) -> None:
        self._copies()
        update = time.monotonic() + UPDATE_SECONDS
        follow = 0.0
        while True:
            try:
                job = self._jobs.get(timeout=FOLLOW_SECONDS)
            except queue.Empty:
                pass
            else:
                if not self._connections(job):
                    return
            if time.monotonic() - follow >= FOLLOW_SECONDS:
                self.refresh()
                follow = time.monotonic()
            if follow > update:
                self._updates()
                update = follow + UPDATE_SECONDS

    def _connections(self, first: _Job | None) -> bool:
        """Log a client and those that come within a moment, together; False at the end of all jobs."""
        jobs = [first]
        if first is not None:
            time.sleep(GATHER_SECONDS)
        with contextlib.suppress(queue.Empty):
            while jobs[-1] is not None:
                jobs.append(self._jobs.get_nowait())
        clients: dict[ListenerLog, list[Client]] = {}
        for job in jobs:
            if job is not None:
                clients.setdefault(job[0], []).append(job[1:])
        with self._lock:
            for listener, some in clients.items():
                try:
                    listener.connections(some)
                except OSError as error:
                    log.warning("a listener log could not be written: %s", error)
        return jobs[-1] is not None

    def _copies(self) -> None:
        for machine in self.machines:
            try:
                tree.add_copies(machine, self._databases[machine.spec.name].store.rows)
            except (sqlite3.Error, OSError) as error:
                log.warning("the backups of %s could not be written: %s", machine.name, error)

    def _updates(self) -> None:
        """What goes on where no client comes: the database's life, and the instances' reports to their listeners."""
        for database in self._databases.values():
            database.life.look()
            for instance in database.instances.values():
                if instance.state != "OPEN":
                    continue
                try:
                    self._listeners[database.name, instance.number].service(database.clock.now(), "service_update")
                except OSError as error:
                    log.warning("the listener log of %s could not be written: %s", instance.name, error)

    # -- for operators -------------------------------------------------------------------------------------------------

    def of(self, database: str, host: str = "") -> list[sshd.Server]:
        """The servers of a database's machines, or of one machine by its name."""
        return [self._servers[machine.key] for machine in self.machines
                if machine.spec.name == database and host in ("", machine.name)]

    def status(self) -> list[dict[str, Any]]:
        """The hosts of ``status --json``."""
        return [self._status(machine, self._servers[machine.key]) for machine in self.machines]

    def _status(self, machine: Machine, server: sshd.Server) -> dict[str, Any]:
        return {
            "name": machine.name, "database": machine.spec.name, "instance": machine.sid, "sid": machine.sid,
            "ssh_host": self.address, "ssh_port": server.port, "user": sshd.user(),
            "key": str(self.folder / "id_ed25519"), "known_hosts": str(self.folder / "known_hosts"),
            "status": "up" if server.running else "down", "isolated": machine.isolated,
            "root": str(machine.root), **machine.status()}


def loopback(address: str) -> str:
    """The address for logins: never one of a network, whatever the listeners have, since a login is a shell here."""
    try:
        return address if ipaddress.ip_address(address).is_loopback else LOOPBACK
    except ValueError:
        return LOOPBACK


def _obstacle(specs: Sequence[DatabaseSpec]) -> str | None:
    large = next((spec.name for spec in specs if len(spec.instances) > MOST_INSTANCES), None)
    if large:
        return f"{large} has more than {MOST_INSTANCES} instances, for which there are no ports"
    return sshd.obstacle()


def _machines(folder: Path, address: str, specs: Sequence[DatabaseSpec]) -> list[Machine]:
    names = Counter(instance.host for spec in specs for instance in spec.instances)
    return [Machine(spec, one, folder / (one.host if names[one.host] == 1 else f"{one.host}-{one.name}"), address)
            for spec in specs for one in spec.instances]


def _environment(machine: Machine) -> dict[str, str]:
    """What a login has in its environment."""
    home = machine.shown(machine.oracle_home)
    grid = {"GRID_HOME": machine.shown(machine.grid_home)} if machine.grid_home else {}
    return {"ORACLE_BASE": machine.shown(BASE), "ORACLE_HOME": home, "ORACLE_SID": machine.sid, **grid,
            "PATH": f"{home}/bin:{SYSTEM_PATH}"}


def _connected(database: Database, number: int) -> list[dict[str, Any]]:
    """Sessions that came through the listener, each with an address of its machine."""
    rows = database.store.rows("SELECT * FROM \"_SESSION\" WHERE INST_ID = ? AND TYPE = 'USER' AND PORT IS NOT NULL",
                               number)
    for row in rows:
        mark = zlib.crc32(str(row["MACHINE"]).encode())
        row["ADDRESS"] = f"10.20.{mark >> 8 & 255}.{1 + mark % 254}"
    return rows
