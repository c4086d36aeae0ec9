# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One session with an Oracle database: bounded in time, always closed, errors as data.

The only place that imports python-oracledb.
"""

from __future__ import annotations

import inspect
import re
import socket
import sys
import threading
import time
import traceback
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.medops.dbcare.plugins.module_utils.driver_errors import BROKEN_KINDS, translate
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, TargetError
from ansible_collections.medops.dbcare.plugins.module_utils.login import address

try:
    import oracledb

    # LOBs come as text and bytes with their rows: no locators that outlive a session.
    oracledb.defaults.fetch_lobs = False
    ORACLEDB_IMPORT_ERROR = None
except ImportError:
    oracledb = None  # type: ignore[assignment]
    ORACLEDB_IMPORT_ERROR = traceback.format_exc()

MODULE_NAME = "medops.dbcare"
OLDEST_DRIVER = (2, 0)
_CLOSE_SECONDS = 3.0
_READS = re.compile(r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*(select|with)\b", re.IGNORECASE | re.DOTALL)


def require_driver() -> Any:
    """python-oracledb, or BadInput that says how to install it."""
    if oracledb is None:
        raise BadInput(
            "The Python library oracledb is missing for %s; install it with: %s -m pip install 'oracledb>=%d.%d'."
            % (sys.executable, sys.executable, OLDEST_DRIVER[0], OLDEST_DRIVER[1])
        )
    have = tuple(int(part) for part in re.findall(r"\d+", oracledb.__version__)[:2])
    if have < OLDEST_DRIVER:
        raise BadInput(
            "oracledb %s (%s) is too old; install %d.%d or later."
            % (oracledb.__version__, getattr(oracledb, "__file__", "?"), OLDEST_DRIVER[0], OLDEST_DRIVER[1])
        )
    return oracledb


class Rows(NamedTuple):
    """What a statement gave: lower-case column names, rows as tuples, and whether more rows were left unread."""

    columns: List[str]
    rows: List[tuple]
    truncated: bool
    elapsed_ms: float


class Counter(object):
    """Counts of one inspection, shared by its sessions."""

    def __init__(self) -> None:
        self.sessions = 0
        self.statements = 0
        self.round_trips = 0

    def trip(self, name: Any = None) -> None:
        """Count one round trip; the driver calls it with a name, which does not matter."""
        self.round_trips += 1


def bounded(call: Callable[[], Any], seconds: float, late: Callable[[Any], None]) -> Any:
    """``call()`` in a thread of its own; TimeoutError after ``seconds``.

    The driver bounds the TCP connect only, not a host that accepts and stays silent. A result that comes too late is
    given to ``late`` (which closes it); the thread is a daemon and never holds up the end of the process.
    """
    state: Dict[str, Any] = {"late": False}
    lock = threading.Lock()
    done = threading.Event()

    def work() -> None:
        try:
            state["value"] = call()
        except BaseException as error:  # pylint: disable=broad-except
            state["error"] = error
        with lock:
            done.set()
            if state["late"] and "value" in state:
                late(state["value"])

    threading.Thread(target=work, daemon=True).start()
    done.wait(seconds)
    with lock:
        if not done.is_set():
            state["late"] = True
            raise TimeoutError()
    if "error" in state:
        raise state["error"]
    return state["value"]


def connect_arguments(driver: Any, login: Dict[str, Any], instance: Optional[str] = None) -> Dict[str, Any]:
    """Arguments for oracledb.connect; with ``instance``, for a session on exactly that RAC instance."""
    params = driver.ConnectParams()
    if login["dsn"]:
        params.parse_connect_string(login["dsn"])
    values: Dict[str, Any] = {"tcp_connect_timeout": login["connect_timeout"], "retry_count": 0, "expire_time": 1}
    if not login["dsn"]:
        values.update(
            host=login["host"], port=login["port"], service_name=login["service_name"], protocol=login["protocol"]
        )
    for key in ("wallet_location", "wallet_password", "ssl_server_cert_dn"):
        if login[key]:
            values[key] = login[key]
    values["ssl_server_dn_match"] = login["ssl_server_dn_match"]
    if instance:
        values["instance_name"] = instance
        values.update(_instance_address(login, instance))
    params.set(**values)
    return {"params": params, "user": login["user"], "password": login["password"]}


def _instance_address(login: Dict[str, Any], instance: str) -> Dict[str, Any]:
    for known in login["instances"]:
        if known["name"].upper() == instance.upper():
            return {key: known[key] for key in ("host", "port") if known.get(key)}
    return {}


class Session(object):
    """A session as a context manager. Raises TargetError for everything the target or the network does."""

    def __init__(
        self,
        login: Dict[str, Any],
        target: str,
        instance: Optional[str] = None,
        counter: Optional[Counter] = None,
        driver: Any = None,
    ) -> None:
        self.login = login
        self.target = target
        self.instance = instance
        self.counter = counter or Counter()
        self.driver = driver or require_driver()
        # Newer drivers report each round trip in thin mode; with others each call counts as one.
        self.counts_trips = not login["oracle_client_lib_dir"] and "round_trip_callback" in _parameters(
            self.driver.connect
        )
        self.connection: Any = None
        self.broken = False

    def __enter__(self) -> "Session":
        self.connect()
        return self

    def __exit__(self, *_exc: Any) -> None:
        self.close()

    def connect(self, seconds: Optional[float] = None) -> None:
        """Log in within ``seconds`` (default: the login's connect_timeout), whatever the other side does."""
        limit = min(seconds or self.login["connect_timeout"], self.login["connect_timeout"])
        try:
            self._choose_mode()
            self.connection = bounded(self._open, limit, _close_quietly)
        except TimeoutError:
            raise TargetError(
                "hung",
                "",
                "%s accepted no login within %g s: it does not answer" % (self._where(), limit),
                self.target,
            ) from None
        except self.driver.Error as error:
            problem = translate(error, self.target)
            problem.message = "%s: %s" % (self._where(), problem.message)
            raise problem from None
        except socket.gaierror as error:
            what = "the host's name cannot be resolved (%s); check host in the login and the controller's DNS"
            raise TargetError(
                "not_found", "", "%s: %s" % (self._where(), what % error.strerror), self.target
            ) from None
        except OSError as error:
            raise TargetError("network", "", "%s: %s" % (self._where(), error), self.target) from None
        self.counter.sessions += 1
        self.connection.outputtypehandler = _lenient_text(self.driver)
        self.connection.module = MODULE_NAME
        self.connection.action = "login"

    def _where(self) -> str:
        own = _instance_address(self.login, self.instance) if self.instance else {}
        where = address(dict(self.login, **own))
        return "%s (instance %s)" % (where, self.instance) if self.instance else where

    def _choose_mode(self) -> None:
        # Without this the driver decides at the first login and holds all others back until that one is through: one
        # host that never answers would hang every target of the process.
        if not self.login["oracle_client_lib_dir"]:
            self.driver.enable_thin_mode()
        elif self.driver.is_thin_mode():
            self.driver.init_oracle_client(lib_dir=self.login["oracle_client_lib_dir"])

    def _open(self) -> Any:
        arguments = connect_arguments(self.driver, self.login, self.instance)
        if self.counts_trips:
            arguments["round_trip_callback"] = self.counter.trip
        return self.driver.connect(**arguments)

    @property
    def version(self) -> str:
        """The server's version as given at login: "19.22.0.0.0"."""
        return str(self.connection.version)

    @property
    def instance_name(self) -> str:
        """The instance the session landed on, "" where the driver does not say."""
        return str(getattr(self.connection, "instance_name", None) or "")

    def query(
        self,
        sql: str,
        binds: Optional[Dict[str, Any]] = None,
        max_rows: int = 500,
        timeout: Optional[float] = None,
        probe: str = "query",
    ) -> Rows:
        """Run one reading statement; at most ``max_rows`` rows and ``timeout`` seconds, then it is cancelled."""
        if not _READS.match(sql):
            raise BadInput("%s: only SELECT and WITH are run here." % probe)
        limit = min(timeout or self.login["statement_timeout"], self.login["statement_timeout"])
        return self._guarded(lambda: self._fetch(sql, binds, max_rows, limit), probe, limit)

    def execute(
        self, sql: str, binds: Optional[Dict[str, Any]] = None, timeout: Optional[float] = None, step: str = "execute"
    ) -> None:
        """Run one statement that changes something (acting modules only)."""
        limit = min(timeout or self.login["statement_timeout"], self.login["statement_timeout"])
        self._guarded(lambda: self._run(sql, binds, limit), step, limit)

    def close(self) -> None:
        """Log off; never raises and never waits longer than a few seconds."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        try:
            if _is_healthy(connection):
                # The driver crashes the process when a time limit is set on a connection that has lost its socket.
                connection.call_timeout = int(_CLOSE_SECONDS * 1000)
            bounded(connection.close, _CLOSE_SECONDS, lambda _value: None)
        except Exception:  # pylint: disable=broad-except
            # Nothing can be done for a connection that cannot even be closed; its socket goes with the process.
            self.broken = True

    def _guarded(self, work: Callable[[], Any], step: str, limit: float) -> Any:
        if self.connection is None or self.broken:
            raise TargetError("network", "", "not run: the connection was lost before", self.target, step)
        self.counter.statements += 1
        try:
            self.connection.action = step[:32]
            return work()
        except self.driver.Error as error:
            raise self._explain(error, step, limit) from None
        except (ValueError, OverflowError) as error:
            # A date before the year 1 or a broken number: Oracle can hold what Python cannot.
            raise TargetError("other", "", "a value cannot be read: %s" % error, self.target, step) from None

    def _explain(self, error: Any, step: str, limit: float) -> TargetError:
        problem = translate(error, self.target, step)
        if problem.kind == "timeout":
            problem.message = "cancelled after its limit of %g s (%s)" % (limit, problem.code)
        self.broken = problem.kind in BROKEN_KINDS or not _is_healthy(self.connection)
        return problem

    def _run(self, sql: str, binds: Optional[Dict[str, Any]], limit: float) -> None:
        self.connection.call_timeout = max(1, int(limit * 1000))
        cursor = self.connection.cursor()
        try:
            self._count_call()
            cursor.execute(sql, binds or {})
        finally:
            cursor.close()

    def _fetch(self, sql: str, binds: Optional[Dict[str, Any]], max_rows: int, limit: float) -> Rows:
        started = time.monotonic()
        cursor = self.connection.cursor()
        try:
            # One more than can be kept, and one more so that the end comes with the same round trip.
            cursor.arraysize = cursor.prefetchrows = min(max_rows + 2, 1000)
            self.connection.call_timeout = max(1, int(limit * 1000))
            self._count_call()
            cursor.execute(sql, binds or {})
            rows = self._fetch_rows(cursor, max_rows + 1, started + limit)
            columns = [str(column[0]).lower() for column in cursor.description]
        finally:
            cursor.close()
        return Rows(columns, rows[:max_rows], len(rows) > max_rows, (time.monotonic() - started) * 1000)

    def _fetch_rows(self, cursor: Any, wanted: int, deadline: float) -> List[tuple]:
        rows: List[tuple] = []
        while len(rows) < wanted:
            self.connection.call_timeout = max(1, int((deadline - time.monotonic()) * 1000))
            batch = cursor.fetchmany(min(cursor.arraysize, wanted - len(rows)))
            rows.extend(batch)
            if not batch:
                break
        return rows

    def _count_call(self) -> None:
        if not self.counts_trips:
            self.counter.trip()


def _lenient_text(driver: Any) -> Callable[[Any, Any], Any]:
    """An output type handler that reads text with bytes of another character set, as old clients leave it behind."""
    names = ("DB_TYPE_VARCHAR", "DB_TYPE_NVARCHAR", "DB_TYPE_CHAR", "DB_TYPE_NCHAR", "DB_TYPE_LONG")
    texts = {getattr(driver, name, None) for name in names}

    def handler(cursor: Any, column: Any) -> Any:
        if column.type_code not in texts:
            return None
        return cursor.var(column.type_code, column.internal_size or 0, cursor.arraysize, encoding_errors="replace")

    return handler


def _parameters(function: Callable[..., Any]) -> Any:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}


def _is_healthy(connection: Any) -> bool:
    try:
        return bool(connection.is_healthy())
    except Exception:  # pylint: disable=broad-except
        return False


def _close_quietly(connection: Any) -> None:
    try:
        connection.close()
    except Exception:  # pylint: disable=broad-except
        # A login that came after its limit is dropped; nobody waits for it any more.
        return
