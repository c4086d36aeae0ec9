# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All databases of one estate with their listeners and faults, and the requests of the control socket."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import asdict
from itertools import repeat
from pathlib import Path
from typing import Any

from estate.admin import dispatch, instances
from estate.control import EstateError, RunDir
from estate.faults import FaultError, Register, catalogue
from estate.gate import Gate
from estate.hosts.machines import Hosts
from estate.plan import Plan, check_ports, port_error
from estate.tcps import OFFSETS, Certificates
from estate.wire import Listener
from estate.world import scenario, templates
from estate.world.database import Database


class Site:
    """One database: its state, gate, listeners and faults."""

    def __init__(self, database: Database, host: str, certificates: Certificates | None = None) -> None:
        self.database, self.spec, self.host, self.certificates = database, database.spec, host, certificates
        self.gate = Gate(database, self.spec.inspector["user"])
        ports = dict.fromkeys([self.spec.port, *(instance.port for instance in self.spec.instances)])
        self.gate.listeners = [Listener(host, port, lambda request: self.gate,
                                        name=f"{self.spec.name}:{port}") for port in ports]
        secured = certificates.contexts(self.spec.name, self.spec.port) if certificates else {}
        self.gate.listeners += [Listener(host, port, lambda request: self.gate, tls=context,
                                         name=f"{self.spec.name}:{port} TCPS") for port, context in secured.items()]
        # SYS logs in AS SYSDBA only: what the estate's own administrator may not do (guaranteed restore points ...).
        users = {"inspector": self.spec.inspector["user"], "admin": self.spec.admin["user"], "sys": "SYS"}
        self.accounts = {role: {"user": user, "password": secrets.token_urlsafe(15)} for role, user in users.items()}
        for account in self.accounts.values():
            database.accounts.set_password(account["user"], account["password"])
        self.faults = Register(database, self.spec.kinds(), self.gate)

    async def open(self) -> None:
        """Open the ports; EstateError names one that is taken."""
        self.gate.loop = asyncio.get_running_loop()
        for listener in self.gate.listeners:
            try:
                await listener.start()
            except OSError as error:
                raise port_error(self.host, listener.port, error) from error

    async def close(self) -> None:
        """Stop the listeners, then close the database's file."""
        for listener in self.gate.listeners:
            await listener.stop()
        await asyncio.to_thread(self.database.close)

    def status(self) -> dict[str, Any]:
        """The database's part of ``status --json``."""
        spec = self.spec
        states = instances.states(self.database)
        return {
            "name": spec.name, "host": self.host, "port": spec.port, "service_name": spec.service,
            "version": spec.version_full,
            "role": spec.role, "kinds": sorted(spec.kinds()),
            "instances": [{"name": item.name, "host": self.host, "port": item.port, "status": states[item.name]}
                          for item in spec.instances],
            "tcps": self.certificates.describe(spec.name, spec.port) if self.certificates else None,
            **self.accounts, "faults": self.faults.active()}


class Estate:
    """The sites by name; ``handle`` answers one request of the control socket."""

    def __init__(self, plan: Plan, run_dir: RunDir, name: str, sites: dict[str, Site], hosts: Hosts) -> None:
        self.plan, self.run_dir, self.name, self.sites, self.hosts = plan, run_dir, name, sites, hosts

    @classmethod
    def build(cls, plan: Plan, run_dir: RunDir) -> Estate:
        """Read the scenario, make the databases, bring its faults about. Raises EstateError."""
        try:
            chosen = scenario.load(plan.scenario, only=list(plan.only), port_base=plan.port_base, fleet=plan.fleet)
        except scenario.ScenarioError as error:
            sentence = " ".join(str(error).split()).rstrip(".")
            raise EstateError(f"{sentence[:1].upper()}{sentence[1:]}.") from error
        ports = [port for spec in chosen.databases.values() for port in {spec.port, *(i.port for i in spec.instances)}]
        if plan.tcps:
            ports += [spec.port + offset for spec in chosen.databases.values() for offset in OFFSETS.values()]
        specs = list(chosen.databases.values())
        hosts = Hosts(run_dir.path, plan.host, specs, _no_hosts(plan))
        check_ports(plan.host, sorted([*ports, *hosts.ports]))
        certificates = Certificates(run_dir.path / "tcps", plan.host) if plan.tcps else None
        sites = {database.spec.name: Site(database, plan.host, certificates) for database in _databases(specs, run_dir)}
        for site in sites.values():
            primary = sites.get(str(site.spec.data.get("standby_of")))
            if primary is not None:
                site.database.peer, primary.database.peer = primary.database, site.database
        for site in sites.values():
            site.gate.hosts, site.gate.connected = hosts, hosts.watcher(site.database)
        hosts.start({name: site.database for name, site in sites.items()})
        for item in chosen.faults:
            settings = {key: str(value) for key, value in (item.get("settings") or {}).items()}
            sites[item["target"]].faults.inject(item["name"], settings)
        hosts.open()
        return cls(plan, run_dir, chosen.name, sites, hosts)

    async def open(self) -> None:
        """Open the listeners of every database."""
        for site in self.sites.values():
            await site.open()

    async def close(self) -> None:
        """Stop the machines, then the listeners and the databases."""
        await asyncio.to_thread(self.hosts.close)
        for site in self.sites.values():
            await site.close()

    # -- requests ------------------------------------------------------------------------------------------------------

    async def handle(self, request: dict[str, Any], ended: asyncio.Event) -> Any:
        """Answer one request; what touches databases runs in a thread."""
        do = request.pop("do")
        if do == "stop":
            ended.set()
            return {}
        if do == "plan":
            return asdict(self.plan)
        actions: dict[str, Callable[..., Any]] = {
            "status": self.status, "faults": self.list_faults, "inject": self.inject, "clear": self.clear,
            "instance": self.instance, "clock": self.clock}
        action = actions.get(do)
        if action is None:
            raise EstateError(f"The daemon does not know the request {do!r}; is it of another version?")
        try:
            return await asyncio.to_thread(action, **request)
        finally:
            await asyncio.to_thread(self.hosts.refresh)

    def status(self) -> dict[str, Any]:
        """What ``status --json`` prints."""
        return {"scenario": self.name, "pid": os.getpid(), "port_base": self.plan.port_base,
                "run_dir": str(self.run_dir.path), "databases": [site.status() for site in self.sites.values()],
                "hosts": self.hosts.status(), "hosts_reason": self.hosts.reason}

    def site(self, name: str) -> Site:
        """The named database's; EstateError where it is not up."""
        if name not in self.sites:
            raise EstateError(f"There is no database {name!r} in this estate; it has {', '.join(self.sites)}.")
        return self.sites[name]

    def list_faults(self) -> list[dict[str, Any]]:
        """All faults with the databases that can have them."""
        return [fault.as_json([name for name, site in self.sites.items() if fault.fits(site.spec.kinds())])
                for fault in catalogue().values()]

    def inject(self, name: str, target: str, settings: dict[str, str]) -> dict[str, str]:
        """Bring a fault about."""
        fault = self.site(target).faults.inject(name, settings)
        return {"name": fault.name, "target": target, "symptom": fault.symptom["en"]}

    def clear(self, name: str | None, target: str | None) -> list[dict[str, str]]:
        """Undo faults."""
        sites = [self.site(target)] if target else list(self.sites.values())
        cleared = [{"name": gone, "target": site.spec.name} for site in sites for gone in site.faults.clear(name)]
        if name and not cleared:
            raise FaultError(f"Fault {name} is not in effect{' on ' + target if target else ''}.")
        return cleared

    def instance(self, name: str, action: str) -> list[dict[str, str]]:
        """Shut down, start, mount instances: all of a database, or one by its name."""
        for site in self.sites.values():
            numbers = [item.number for item in site.spec.instances if name in (item.name.upper(),
                                                                               site.spec.name.upper())]
            if numbers:
                return instances.command(site.database, numbers, action)
        raise EstateError(f"There is no database or instance {name!r} in this estate.")

    def clock(self, amount: str, target: str | None) -> list[dict[str, str]]:
        """Advance clocks."""
        try:
            seconds = scenario.age(amount)
        except scenario.ScenarioError as error:
            raise EstateError(f"Cannot advance the clock: {error}.") from error
        sites = [self.site(target)] if target else list(self.sites.values())
        for site in sites:
            site.database.clock.passed += seconds
            site.database.life.look()
        return [{"name": site.spec.name, "time": site.database.clock.aware().isoformat(timespec="seconds")}
                for site in sites]


def _no_hosts(plan: Plan) -> str | None:
    """Why there are to be no machines; None where there are."""
    if plan.hosts:
        return None
    return "a fleet has none" if plan.fleet else "none were asked for"


def _databases(specs: list[scenario.DatabaseSpec], run_dir: RunDir) -> list[Database]:
    """The databases in order. Several are seeded by processes of their own: threads would wait for each other."""
    own = [spec for spec in specs if spec.copy_of is None]
    seeded: dict[str, Path] = {}
    if len(own) > 1:
        with ProcessPoolExecutor(max_workers=2, mp_context=multiprocessing.get_context("fork")) as pool:
            made = pool.map(templates.make, own, repeat(run_dir.path))
            seeded = dict(zip((spec.name for spec in own), made, strict=True))
    with ThreadPoolExecutor(max_workers=4) as threads:
        databases = list(threads.map(lambda spec: _database(spec, run_dir, seeded.get(spec.name)), specs))
    for path in seeded.values():
        path.unlink()
    return databases


def _database(spec: scenario.DatabaseSpec, run_dir: RunDir, seeded: Path | None) -> Database:
    database = Database(spec, run_dir.path, seeded=seeded)
    database.catalog.register_statement(dispatch.statement)
    database.catalog.register_procedure(dispatch.procedure)
    database.catalog.register_readers(dispatch.readers())
    return database
