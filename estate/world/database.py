# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One database: its state, and the backend that its listeners serve (``api.Backend``)."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from estate.api import ConnectRequest, Context, NetworkPolicy, OraError, Refused, Session, Verifier
from estate.dictionary.catalog import Catalog
from estate.world import functions, seed, templates
from estate.world.accounts import Accounts
from estate.world.clock import Clock, date_text, timestamp_text, zoned_text
from estate.world.life import Life
from estate.world.scenario import DatabaseSpec
from estate.world.seed.alert import alert_row
from estate.world.sessions import WorldSession
from estate.world.statements import Pool
from estate.world.store import Store
from estate.world.workload import Load

STATES = ("OPEN", "MOUNTED", "STARTED", "DOWN")
GONE = OraError(3113, "end-of-file on communication channel")


@dataclass(slots=True)
class Instance:
    """One instance as its clients find it; ``state`` is one of STATES."""

    number: int
    name: str
    host: str
    port: int
    state: str = "OPEN"


class Database:
    """A simulated database. ``seeded`` is a file that was seeded for the same spec before. ``policies`` and
    ``refusals`` (by listener port; None for all) are how its network misbehaves."""

    def __init__(self, spec: DatabaseSpec, run_dir: Path, clock: Clock | None = None, *,
                 seeded: Path | None = None) -> None:
        self.spec, self.name, self.release = spec, spec.name, spec.release
        self.clock = clock or Clock()
        self.live: dict[tuple[int, int], WorldSession] = {}
        self.policies: dict[int | None, NetworkPolicy] = {}
        self.refusals: dict[int | None, int] = {}
        self.instances = {i.number: Instance(i.number, i.name, i.host, i.port) for i in spec.instances}
        self.statements = Pool()
        self._lock = threading.RLock()
        self._chosen: dict[tuple[str, int], int] = {}
        self._turn = itertools.count()
        self._serials = itertools.count(20001, 7)
        self.store = self._open(run_dir / f"{spec.name}.db", seeded)
        self.load, self.accounts = Load(self.store, self.clock), Accounts(self.store, self.clock)
        self.catalog = Catalog(self.store, self)
        self._engine: Any = None
        self.life = Life(self)
        self.peer: Database | None = None              # the other half of a pair of primary and standby

    def _open(self, path: Path, seeded: Path | None) -> Store:
        template = templates.of(self.spec, path.parent, self.clock)
        source = template or seeded
        for leftover in path.parent.glob(path.name + "*"):
            leftover.unlink()
        if source is not None:
            templates.copy(source, path)
        store = Store(path, self.release, self._prepare)
        if template is not None:
            templates.personalise(store, self.spec)
        elif source is None:
            store.create(seed.rows(self.spec, self.clock.run()))
        return store

    @property
    def standby(self) -> bool:
        """Whether it is a physical standby: nobody writes in it but the redo of its primary."""
        return self.spec.role != "PRIMARY"

    def _prepare(self, connection: Any) -> None:
        functions.register(connection, self.clock, self._live_rows, self.release)
        connection.create_function("est_sql", 0, self.statements.as_json)
        connection.create_function("est_last_number", 2, self._last_number)

    def _last_number(self, owner: str, name: str) -> int | None:
        return self._engine.objects.last_number(owner, name) if self._engine is not None else None

    def _live_rows(self) -> list[dict[str, Any]]:
        with self._lock:
            sessions = list(self.live.values())
        holder = next((session for session in sessions if session.in_transaction), None)
        return [session.as_row(holder) for session in sessions]

    @property
    def engine(self) -> Any:
        """The SQL engine over this database's file."""
        with self._lock:
            if self._engine is None:
                from estate.world.engine import WorldEngine

                self._engine = WorldEngine(self)
        return self._engine

    @property
    def engine_now(self) -> Any:
        """The engine where it has been made already, else None."""
        return self._engine

    def close(self) -> None:
        """End all sessions and close the file."""
        for session in list(self.live.values()):
            session.end(GONE)
        if self._engine is not None and hasattr(self._engine, "close"):
            self._engine.close()
        self.store.close()

    # -- state
    # ------------------------------------------------------------------------------------------------------------

    def set_state(self, number: int, state: str) -> None:
        """Take an instance to a stage of start-up. Leaving OPEN ends its sessions; coming back from DOWN starts it
        anew."""
        if state not in STATES:
            raise ValueError(f"an instance is {', '.join(STATES)}, not {state}")
        instance = self.instances[number]
        if state != "OPEN" or instance.state == "DOWN":
            for key, session in list(self.live.items()):
                if key[0] == number:
                    session.end(GONE)
        if instance.state == "DOWN" and state != "DOWN":
            self.store.execute('UPDATE "_INSTANCE" SET _STARTED = ? WHERE INST_ID = ?', self.clock.now(), number)
        instance.state = state
        self.store.execute('UPDATE "_INSTANCE" SET STATE = ? WHERE INST_ID = ?', state, number)
        self._open_mode()

    def _open_mode(self) -> None:
        """V$DATABASE.OPEN_MODE follows the instances."""
        states = {instance.state for instance in self.instances.values()}
        now = self.store.value('SELECT OPEN_MODE FROM "_DATABASE"')
        if "OPEN" not in states:
            self.store.execute("UPDATE \"_DATABASE\" SET OPEN_MODE = 'MOUNTED'")
        elif now == "MOUNTED":
            mode = "READ WRITE" if self.spec.role == "PRIMARY" else "READ ONLY WITH APPLY"
            self.store.execute('UPDATE "_DATABASE" SET OPEN_MODE = ?', mode)

    def kill(self, inst_id: int, sid: int, serial: int, error: OraError | None = None) -> bool:
        """End a client's session; whether there was one."""
        session = self.live.get((inst_id, sid))
        if session is None or session.serial != serial:
            return False
        session.end(error or OraError(28, "your session has been killed"))
        return True

    def alert(self, text: str, inst_id: int = 1, *, tables: Any = None, at: float | None = None,
              process: str = "ora") -> None:
        """Write a message into an instance's alert log. ``tables`` may be a recorder with ``insert(table, row)``."""
        instance = self.instances[inst_id]
        record = (self.store.value('SELECT max(RECORD_ID) FROM "GV$DIAG_ALERT_EXT" WHERE INST_ID = ?',
                                   inst_id) or 0) + 1
        row = alert_row(inst_id, instance.name, instance.host, record, self.clock.now() if at is None else at, text,
                        process, self.spec.root, self.name)
        columns = set(self.store.columns("GV$DIAG_ALERT_EXT"))
        (tables or self.store).insert("GV$DIAG_ALERT_EXT", {key: value for key, value in row.items() if key in columns})

    def parameter(self, name: str, inst_id: int = 1) -> str | None:
        """An initialisation parameter's value in memory."""
        value: str | None = self.store.value('SELECT VALUE FROM "GV$SYSTEM_PARAMETER" WHERE NAME = ? AND INST_ID = ?',
                                             name, inst_id)
        return value

    def resolve_object(self, ctx: Context, owner: str | None, name: str) -> tuple[str, str]:
        """Owner and name of what a GRANT names; ORA-00942 where it does not exist."""
        return self.catalog.resolve_object(ctx, owner, name)

    # -- the listener's side
    # -----------------------------------------------------------------------------------------------

    def admit(self, request: ConnectRequest) -> NetworkPolicy:
        """Decide on a connection: which instance takes it, or why none does."""
        code = self.refusals.get(request.local_port, self.refusals.get(None))
        if code:
            raise Refused(code)
        policy = self.policies.get(request.local_port) or self.policies.get(None) or NetworkPolicy()
        if policy.hang:
            return policy
        number = self._choose(request)
        self._room(number)
        self._chosen[request.peer] = number
        return policy

    def taken_by(self, request: ConnectRequest) -> int | None:
        """The number of the instance that a client was admitted to; None where it was refused or has logged in."""
        return self._chosen.get(request.peer)

    def _choose(self, request: ConnectRequest) -> int:
        up = [i for i in self.instances.values() if i.state != "DOWN" and self._listens(i, request.local_port)]
        if request.instance_name:
            up = [i for i in up if i.name.upper() == request.instance_name.upper()]
            if not up:
                raise Refused(12521)
        if request.service_name is None and request.sid is not None:
            up = [i for i in up if i.name.upper() == request.sid.upper()]
            if not up:
                raise Refused(12505)
        elif self.container_of(request.service_name or "", [i.number for i in up]) is None:
            raise Refused(12514)
        ready = [i for i in up if i.state == "OPEN"] or [i for i in up if i.state == "MOUNTED"]
        if not ready:
            raise Refused(12528)
        return self._balanced(ready).number

    def _balanced(self, ready: list[Instance]) -> Instance:
        free = [i for i in ready if self.store.value('SELECT LOGINS FROM "_INSTANCE" WHERE INST_ID = ?',
                                                     i.number) == "ALLOWED"] or ready
        return free[next(self._turn) % len(free)]

    def _listens(self, instance: Instance, port: int) -> bool:
        # Every port leads to all instances (the service's, TCPS), but for the own ports of the other ones.
        return port == instance.port or port not in {item.port for item in self.spec.instances}

    def container_of(self, service: str, numbers: list[int] | None = None) -> int | None:
        """CON_ID that a service leads to; None where no running instance offers it."""
        names = {service.upper(), service.upper().split(".")[0]}
        rows = self.store.rows('SELECT INST_ID, NAME, CON_ID FROM "GV$ACTIVE_SERVICES"')
        found = [row["CON_ID"] for row in rows if row["NAME"].upper() in names
                 and (numbers is None or row["INST_ID"] in numbers)]
        return int(found[0]) if found else None

    def _room(self, number: int) -> None:
        """TNS-12516 when the instance's processes are used up."""
        limit = int(self.parameter("processes", number) or 0)
        used = self.store.value('SELECT (SELECT count(*) FROM "_SESSION" WHERE INST_ID = ?1) + (SELECT count(*) FROM '
                                '"_PROCESS" WHERE INST_ID = ?1)', number)
        if limit and used + sum(1 for key in self.live if key[0] == number) >= limit:
            raise Refused(12516)

    def _place(self, request: ConnectRequest) -> tuple[int, int]:
        """(instance number, CON_ID) of a connection that was admitted."""
        number = self._chosen.get(request.peer) or self._choose(request)
        con_id = self.container_of(request.service_name) if request.service_name else self.spec.root
        return number, self.spec.root if con_id is None else con_id

    def verifier(self, request: ConnectRequest, username: str) -> Verifier | None:
        """What is kept of the account's password in the container asked for; None where there is no such account."""
        return self.accounts.verifier(_user_name(username), self._place(request)[1])

    def server_facts(self, request: ConnectRequest) -> dict[str, str]:
        """Names, version, banner and DBID that a login tells the client, all as text."""
        number, con_id = self._place(request)
        container = self._container_name(con_id)
        return {
            "db_name": self.spec.db_name, "db_unique_name": self.name, "db_domain": self.parameter("db_domain") or "",
            "instance_name": self.instances[number].name,
            "service_name": request.service_name or self.spec.service, "pdb_name": container if con_id > 1 else "",
            "version": self.spec.version,
            "full_version": self.spec.version_full, "profile": {"23": "23ai"}.get(self.release, self.release),
            "banner": self.store.value('SELECT BANNER FROM "V$VERSION" LIMIT 1') or "",
            "dbid": str(self.spec.data["dbid"])}

    def _container_name(self, con_id: int) -> str:
        return self.store.value('SELECT NAME FROM "_CONTAINER" WHERE CON_ID = ?', con_id) or self.name

    def open_session(self, request: ConnectRequest, username: str, client: dict[str, str], *, proved: bool,
                     new_password: str | None = None) -> Session:
        """Let a user in, or say as Oracle does why not."""
        self.life.look()
        number, con_id = self._place(request)
        self._chosen.pop(request.peer, None)
        user, mode = _user_name(username), (client.get("mode") or "").upper()
        warning = None
        if proved and client.get("proxy_client"):
            raise OraError(28150, "proxy not authorized to connect as client")
        if mode:
            user = self._administrator(user, mode, proved=proved)
        else:
            self._stage(number, con_id)
            try:
                warning = self.accounts.check(user, con_id, proved=proved, new_password=new_password)
            except OraError as error:
                code = error.code
                self.store.attempt(lambda: self._audit_refusal(user, con_id, number, client, code))
                raise
        ctx = self.context(user, con_id, number, client, request)
        if not mode:
            self._allowed(ctx, number)
        return cast(Session, self._session(ctx, client, request, warning))

    def _audit_refusal(self, user: str, con_id: int, number: int, client: dict[str, str], code: int) -> None:
        """A refused login in the audit trail, where a policy or the traditional audit asks for it."""
        if not self.store.value('SELECT 1 FROM "AUDIT_UNIFIED_ENABLED_POLICIES" WHERE FAILURE = \'YES\''):
            return
        now = self.clock.now()
        common = {"OS_USERNAME": client.get("osuser"), "USERHOST": client.get("machine"), "CON_ID": con_id,
                  "TERMINAL": client.get("terminal"), "OS_PROCESS": client.get("pid"), "ACTION_NAME": "LOGON",
                  "SESSIONID": 4294967295}
        self.store.insert("CDB_UNIFIED_AUDIT_TRAIL", {
            **common, "AUDIT_TYPE": "Standard", "INSTANCE_ID": number, "DBID": self.spec.data["dbid"],
            "DBUSERNAME": user,
            "CLIENT_PROGRAM_NAME": (client.get("program") or "")[:48], "EVENT_TIMESTAMP": timestamp_text(now),
            "EVENT_TIMESTAMP_UTC": timestamp_text(now - 8 * 3600), "RETURN_CODE": code, "CURRENT_USER": user,
            "UNIFIED_AUDIT_POLICIES": "ORA_LOGON_FAILURES"})
        if (self.parameter("audit_trail", number) or "NONE").upper() != "NONE":
            self.store.insert("CDB_AUDIT_TRAIL", {
                **common, "USERNAME": user, "TIMESTAMP": date_text(now), "ACTION": 100, "RETURNCODE": code,
                "EXTENDED_TIMESTAMP": zoned_text(now), "INSTANCE_NUMBER": number})

    def _administrator(self, user: str, mode: str, *, proved: bool) -> str:
        rows = self.store.rows('SELECT * FROM "V$PWFILE_USERS" WHERE USERNAME = ?', user)
        if not proved or not rows or rows[0].get(mode) != "TRUE":
            raise OraError(1017, "invalid username/password; logon denied")
        return {"SYSDBA": "SYS", "SYSOPER": "PUBLIC", "SYSBACKUP": "SYSBACKUP", "SYSDG": "SYSDG",
                "SYSKM": "SYSKM"}.get(mode, user)

    def _stage(self, number: int, con_id: int) -> None:
        state = self.instances[number].state
        closed = con_id > 1 and not str(self.store.value('SELECT OPEN_MODE FROM "_CONTAINER" WHERE CON_ID = ?',
                                                         con_id)).startswith("READ")
        if state == "MOUNTED" or closed:
            raise OraError(1033, "ORACLE initialization or shutdown in progress")
        if state != "OPEN":
            raise OraError(1034, "ORACLE not available")

    def _allowed(self, ctx: Context, number: int) -> None:
        rights = self.catalog.rights(ctx)
        if not rights.has("CREATE SESSION"):
            raise OraError(1045, f"user {ctx.user} lacks CREATE SESSION privilege; logon denied")
        closed = self.store.value('SELECT LOGINS FROM "_INSTANCE" WHERE INST_ID = ?', number) == "RESTRICTED"
        if closed and not rights.has("RESTRICTED SESSION"):
            raise OraError(1035, "ORACLE only available to users with RESTRICTED SESSION privilege")
        limit = self.accounts.limit_of(ctx.user, ctx.con_id, "SESSIONS_PER_USER")
        if limit and sum(1 for session in self.live.values() if session.ctx.user == ctx.user) >= limit:
            raise OraError(2391, "exceeded simultaneous SESSIONS_PER_USER limit")

    def context(self, user: str, con_id: int, number: int, client: dict[str, str] | None = None,
                request: ConnectRequest | None = None) -> Context:
        """Who asks, from where, for a new session."""
        attributes = {key: value for key, value in (client or {}).items() if value}
        if request is not None:
            attributes.setdefault("service_name", request.service_name or self.spec.service)
            attributes.setdefault("peer", request.peer[0])
        attributes.update(self._userenv(user, number, attributes))
        return Context(user=user, schema=user, version=self.spec.version_full, con_id=con_id,
                       con_name=self._container_name(con_id), inst_id=number, clock=self.clock.aware,
                       attributes=attributes, enabled_roles=self.accounts.default_roles(user, con_id))

    def _userenv(self, user: str, number: int, attributes: dict[str, str]) -> dict[str, str]:
        """What SYS_CONTEXT('USERENV') says of the database and the session beside what the client sent."""
        instance = self.instances[number]
        user_id = self.store.value("SELECT USER_ID FROM CDB_USERS WHERE USERNAME = ?", user)
        said = {"db_name": self.spec.db_name, "db_unique_name": self.name, "instance_name": instance.name,
                "server_host": instance.host.partition(".")[0], "cdb_name": self.name if self.spec.root else "",
                "ip_address": attributes.get("peer", ""), "network_protocol": "tcp",
                "database_role": self.store.value('SELECT DATABASE_ROLE FROM "_DATABASE"') or "PRIMARY",
                "authentication_method": "PASSWORD", "user_id": str(user_id if user_id is not None else 0)}
        return {key: value for key, value in said.items() if value}

    def _session(self, ctx: Context, client: dict[str, str], request: ConnectRequest,
                 warning: OraError | None) -> WorldSession:
        with self._lock:
            ctx.sid, pid = self._next_sid(ctx.inst_id)
            ctx.serial = next(self._serials) % 65000 + 1
            session = WorldSession(self, ctx, client, request, pid)
            session.warning = warning
            self.live[(ctx.inst_id, ctx.sid)] = session
        return session

    def _next_sid(self, number: int) -> tuple[int, int]:
        """The lowest free SID and process number on an instance."""
        if number not in self._floor:
            taken = self.store.rows('SELECT max(SID) AS S, max(_PID) AS P FROM "_SESSION" WHERE INST_ID = ?', number)[0]
            self._floor[number] = (int(taken["S"] or 0) + 40, int(taken["P"] or 1) + 20)
        sid, pid = self._floor[number]
        used = {key[1] for key in self.live if key[0] == number}
        step = next(step for step in itertools.count(1) if sid + step not in used)
        return sid + step, pid + step

    @property
    def _floor(self) -> dict[int, tuple[int, int]]:
        return self.__dict__.setdefault("_floors", {})


def _user_name(name: str) -> str:
    """A user name as the dictionary has it: upper case unless quoted."""
    text = name.strip()
    return text[1:-1] if len(text) > 1 and text.startswith('"') and text.endswith('"') else text.upper()
