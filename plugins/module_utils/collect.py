# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collect one target into a snapshot: facts, then every probe, in one session. Changes nothing, judges nothing."""

from __future__ import annotations

import datetime
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.medops.dbcare.plugins.module_utils.errors import TargetError
from ansible_collections.medops.dbcare.plugins.module_utils.facts import read_facts
from ansible_collections.medops.dbcare.plugins.module_utils.login import address
from ansible_collections.medops.dbcare.plugins.module_utils.masking import Masker, mask_tree
from ansible_collections.medops.dbcare.plugins.module_utils.session import Counter, Rows, Session
from ansible_collections.medops.dbcare.plugins.module_utils.values import iso_now, typed
from ansible_collections.medops.dbcare.plugins.module_utils.versions import matches

SCHEMA = "medops.dbcare/snapshot/1"
VERSION = "0.1.0"
ENTERPRISE = frozenset(("EE", "CORE EE", "XP", "HP", "EP"))
DEFAULT_TIMEOUT = 120.0


class Options(NamedTuple):
    """How to collect: ``timeout`` in seconds for the whole target, licences and masking patterns of the site."""

    timeout: float = DEFAULT_TIMEOUT
    licences: Sequence[str] = ()
    mask_patterns: Optional[Dict[str, str]] = None


def empty_result(status: str, reason: Optional[str] = None, code: Optional[str] = None) -> Dict[str, Any]:
    """The result of a probe that gave no rows; ``code`` says why it was skipped: edition, licence or version."""
    return {
        "status": status,
        "reason": reason,
        "reason_code": code,
        "error": None,
        "rows": [],
        "total_rows": None,
        "truncated": False,
        "elapsed_ms": 0.0,
        "instances_read": [],
        "instances_unread": [],
        "containers_unread": [],
    }


def fit(
    probe: Dict[str, Any], facts: Dict[str, Any], licences: Sequence[str]
) -> Tuple[Optional[Dict[str, Any]], Optional[Tuple[str, str]]]:
    """(the probe with ``sql`` and ``reads`` of the first variant that fits this database, None).

    Or (None, (code, words)): why it makes no sense or may not be run here.
    """
    if probe.get("edition", "any") == "EE" and facts["edition"] not in ENTERPRISE:
        return None, ("edition", "Enterprise Edition is needed, this is %s" % (facts["edition"] or "unknown"))
    licence = probe.get("licence", "none")
    if licence != "none" and licence not in licences:
        return None, ("licence", licence)
    container = "cdb" if facts["cdb"] else "noncdb"
    for variant in probe["variants"]:
        if variant["container"] in ("any", container) and matches(facts["version"], variant["versions"]):
            reads = variant.get("reads") or probe.get("reads", [])
            return dict(probe, sql=variant["sql"], reads=reads), None
    return None, ("version", "Oracle %s %s" % (facts["version"], "CDB" if facts["cdb"] else "non-CDB"))


def unseen_containers(probe: Dict[str, Any], facts: Dict[str, Any]) -> List[Dict[str, Any]]:
    """Open containers whose data the account does not see, for a fitted probe that reads CDB_ views."""
    if not any(name.startswith("CDB_") for name in probe["reads"]):
        return []
    return [
        {"name": item["name"], "reason": item["reason"]}
        for item in facts["containers_unread"]
        if item["open_mode"] != "MOUNTED"
    ]


class Collector(object):
    """One run over one target. ``open_session(instance)`` gives a Session that is not yet connected."""

    def __init__(
        self,
        target: str,
        login: Dict[str, Any],
        options: Options,
        open_session: Callable[..., Session],
        counter: Counter,
    ) -> None:
        self.target = target
        self.login = login
        self.options = options
        self.open_session = open_session
        self.counter = counter
        self.deadline = time.monotonic() + options.timeout
        self.facts: Dict[str, Any] = {}
        self.results: Dict[str, Dict[str, Any]] = {}
        self.session: Optional[Session] = None
        self.lost: Optional[TargetError] = None
        self.reconnected = False
        self.connect_ms = 0.0

    # -- the session ---------------------------------------------------------------------------------------------------

    def remaining(self) -> float:
        """Seconds left for this target."""
        return self.deadline - time.monotonic()

    def connect(self) -> None:
        """Open the session that most is read in. Raises TargetError."""
        started = time.monotonic()
        session = self.open_session(None)
        session.connect(max(0.001, self.remaining()))
        self.connect_ms = (time.monotonic() - started) * 1000
        self.session = session

    def usable_session(self) -> Session:
        """The session, after one try to connect again when it broke; raises TargetError when there is none."""
        if self.remaining() <= 0:
            raise TargetError(
                "timeout",
                "",
                "not read: the limit of %g s for the whole target was used up" % self.options.timeout,
                self.target,
            )
        if self.session is not None and not self.session.broken:
            return self.session
        if not self.reconnected:
            self.reconnected = True
            self._reconnect()
        if self.session is None or self.session.broken:
            error = self.lost
            raise (
                TargetError(
                    error.kind, error.code, "not read: the connection was lost (%s)" % error.message, self.target
                )
                if error
                else TargetError("network", "", "not connected", self.target)
            )
        return self.session

    def _reconnect(self) -> None:
        if self.session is not None:
            self.session.close()
        self.session = None
        try:
            self.connect()
        except TargetError as error:
            self.lost = error

    # -- probes --------------------------------------------------------------------------------------------------------

    def run_probe(self, probe: Dict[str, Any]) -> Dict[str, Any]:
        """The result of a probe of scope database."""
        try:
            rows, taken = self.read(self.usable_session(), probe)
        except TargetError as error:
            if self.session is not None and self.session.broken and self.lost is None:
                self.lost = error
            return _error_result(error, probe["id"])
        result = empty_result("ok")
        result["instances_read"] = [self.facts["connected_instance"]] if not self.facts["rac"] else []
        self._put(result, probe, rows, taken, self.facts["connected_instance"])
        return result

    def read(self, session: Session, probe: Dict[str, Any]) -> Any:
        """(Rows, the controller's time in the middle of the reading)."""
        before = datetime.datetime.now(datetime.timezone.utc)
        rows = session.query(
            probe["sql"].strip().rstrip(";"),
            max_rows=probe.get("max_rows", 500),
            probe=probe["id"],
            timeout=max(0.001, min(probe.get("timeout", 20), self.remaining())),
        )
        after = datetime.datetime.now(datetime.timezone.utc)
        return rows, before + (after - before) / 2

    def _put(
        self, result: Dict[str, Any], probe: Dict[str, Any], rows: Rows, taken: datetime.datetime, instance: str
    ) -> None:
        missing = [
            name
            for name, column in probe["columns"].items()
            if column.get("source", "sql") == "sql" and name not in rows.columns
        ]
        if missing:
            result.update(empty_result("error", "the statement gives no column %s" % missing[0]))
            return
        result["containers_unread"] = unseen_containers(probe, self.facts)
        written = {"controller_time": iso_now(taken), "instance_name": instance}
        for row in rows.rows:
            values = dict(zip(rows.columns, row))  # noqa: B905 (Python 3.8 has no strict)
            result["rows"].append(
                {
                    name: written.get(column.get("source", "sql"))
                    or typed(values.get(name), column["type"], self.facts["time_offset"])
                    for name, column in probe["columns"].items()
                }
            )
        result["truncated"] = result["truncated"] or rows.truncated
        result["total_rows"] = None if result["truncated"] else len(result["rows"])
        result["elapsed_ms"] = round(result["elapsed_ms"] + rows.elapsed_ms, 1)

    # -- probes that need a session on each instance -------------------------------------------------------------------

    def run_on_instances(self, probes: List[Dict[str, Any]]) -> None:
        """Read probes on every instance, each by a session of its own; an instance that fails is named as unread."""
        for probe in probes:
            self.results[probe["id"]] = empty_result("ok")
        for instance in self.facts["instances"]:
            if str(instance["name"]).upper() == str(self.facts["connected_instance"]).upper():
                self._run_here(probes, instance["name"])
            else:
                self._run_there(probes, instance)
        for probe in probes:
            _settle(self.results[probe["id"]], probe["id"])

    def _run_here(self, probes: List[Dict[str, Any]], name: str) -> None:
        for probe in probes:
            try:
                self._run_on(self.usable_session(), probe, name)
            except TargetError as error:
                _unread(self.results[probe["id"]], name, error)

    def _run_there(self, probes: List[Dict[str, Any]], instance: Dict[str, Any]) -> None:
        try:
            if self.remaining() <= 0:
                raise TargetError("timeout", "", "not read: the time limit of the target was used up", self.target)
            session = self.open_session(instance["name"])
            try:
                session.connect(max(0.001, self.remaining()))
                self._check_landing(session, instance["name"])
                self._run_all(session, probes, instance["name"])
            finally:
                session.close()
        except TargetError as error:
            for probe in probes:
                _unread(self.results[probe["id"]], instance["name"], error)

    def _check_landing(self, session: Session, name: str) -> None:
        landed = session.instance_name
        if landed and landed.upper() != str(name).upper():
            raise TargetError("other", "", "the session landed on instance %s instead" % landed, self.target)

    def _run_all(self, session: Session, probes: List[Dict[str, Any]], name: str) -> None:
        for probe in probes:
            try:
                self._run_on(session, probe, name)
            except TargetError as error:
                _unread(self.results[probe["id"]], name, error)

    def _run_on(self, session: Session, probe: Dict[str, Any], name: str) -> None:
        if session.broken or self.remaining() <= 0:
            raise TargetError("network", "", "not read: the connection was lost", self.target)
        rows, taken = self.read(session, probe)
        result = self.results[probe["id"]]
        self._put(result, probe, rows, taken, name)
        result["instances_read"].append(name)

    # -- the whole -----------------------------------------------------------------------------------------------------

    def collect(self, probes: List[Dict[str, Any]]) -> Optional[TargetError]:
        """Fill facts and results; the error when the target could not be read at all."""
        try:
            self.connect()
            self.facts = read_facts(self.usable_session(), max(0.001, self.remaining()))
            self._run_probes(probes)
        except TargetError as error:
            return error
        finally:
            if self.session is not None:
                self.session.close()
        return None

    def _run_probes(self, probes: List[Dict[str, Any]]) -> None:
        per_instance = []
        for probe in probes:
            if probe.get("source") == "collector":
                continue
            fitted, reason = fit(probe, self.facts, self.options.licences)
            if fitted is None:
                code, words = reason or ("version", "")
                self.results[probe["id"]] = empty_result("skipped", words, code)
            elif probe["scope"] == "instance" and self.facts["rac"]:
                per_instance.append(fitted)
            else:
                self.results[probe["id"]] = self.run_probe(fitted)
        if per_instance:
            self.run_on_instances(per_instance)


def _error_result(error: TargetError, probe: str) -> Dict[str, Any]:
    result = empty_result("error", error.message)
    result["error"] = TargetError(error.kind, error.code, error.message, error.target, probe).as_dict()
    return result


def _unread(result: Dict[str, Any], name: str, error: TargetError) -> None:
    result["instances_unread"].append({"name": name, "reason": error.message, "code": error.code, "kind": error.kind})


def _settle(result: Dict[str, Any], probe: str) -> None:
    """A probe that no instance answered is an error."""
    if result["status"] == "ok" and not result["instances_read"]:
        first = result["instances_unread"][0]
        result.update(
            status="error",
            reason=first["reason"],
            error={"code": first["code"], "message": first["reason"], "kind": first["kind"], "probe": probe},
        )


def _status(error: Optional[TargetError], results: Dict[str, Dict[str, Any]], facts: Dict[str, Any]) -> str:
    if error:
        return "unreadable"
    unread = any(result["status"] == "error" or result["instances_unread"] for result in results.values())
    return "partial" if unread or any(item["open_mode"] != "MOUNTED" for item in facts["containers_unread"]) else "ok"


def _connection_row(collector: Collector, status: str, error: Optional[TargetError]) -> Dict[str, Any]:
    return {
        "name": collector.target,
        "address": address(collector.login),
        "service_name": collector.login["service_name"],
        "status": status,
        "code": error.code if error else None,
        "kind": error.kind if error else None,
        "message": error.message if error else None,
        "elapsed_ms": round(collector.connect_ms, 1),
    }


def _mask_rows(masker: Masker, probe: Dict[str, Any], result: Dict[str, Any]) -> None:
    columns = {
        name: column.get("mask") for name, column in probe["columns"].items() if column.get("source", "sql") == "sql"
    }
    for row in result["rows"]:
        for name, how in columns.items():
            row[name] = masker.cell(name, row[name], how)


def _mask_results(collector: Collector, masker: Masker, probes: List[Dict[str, Any]], row: Dict[str, Any]) -> None:
    """Put ``row`` (see _connection_row) in for probes of the collector itself, and mask what all of them hold."""
    for probe in probes:
        if probe.get("source") == "collector":
            result = collector.results[probe["id"]] = empty_result("ok")
            result.update(
                rows=[{name: row.get(name) for name in probe["columns"]}], total_rows=1, elapsed_ms=row["elapsed_ms"]
            )
        elif probe["id"] in collector.results:
            _mask_rows(masker, probe, collector.results[probe["id"]])
    for result in collector.results.values():
        for key in ("reason", "error", "instances_unread"):
            result[key] = mask_tree(masker, result[key])


def _collected(counter: Counter, started: str, masked: int) -> Dict[str, Any]:
    return {
        "started": started,
        "finished": iso_now(),
        "collector": "medops.dbcare " + VERSION,
        "statements": counter.statements,
        "round_trips": counter.round_trips,
        "sessions": counter.sessions,
        "masked_values": masked,
    }


def build_snapshot(
    collector: Collector, probes: List[Dict[str, Any]], error: Optional[TargetError], started: str
) -> Dict[str, Any]:
    """The snapshot as docs/schemas/snapshot-1.json describes it, masked. ``started``: ISO 8601 with offset."""
    masker = Masker(collector.options.mask_patterns)
    status = _status(error, collector.results, collector.facts)
    _mask_results(collector, masker, probes, _connection_row(collector, status, error))
    return {
        "schema": SCHEMA,
        "target": {
            "name": collector.target,
            "kind": "oracle_database",
            "address": address(collector.login),
            "service_name": collector.login["service_name"],
        },
        "collected": _collected(collector.counter, started, masker.count),
        "status": status,
        "error": mask_tree(masker, error.as_dict()) if error else None,
        "facts": collector.facts,
        "probes": {key: collector.results[key] for key in sorted(collector.results)},
    }


def collect(
    target: str,
    login: Dict[str, Any],
    probes: List[Dict[str, Any]],
    options: Optional[Options] = None,
    driver: Any = None,
) -> Dict[str, Any]:
    """The snapshot of one database. ``login`` is normalised (login.normalise_login).

    Never raises for what the target does: a target that cannot be read gives a snapshot of status "unreadable". Raises
    BadInput for a driver that is missing or a masking pattern that is broken.
    """
    started = iso_now()
    counter = Counter()

    def open_session(instance: Optional[str]) -> Session:
        return Session(login, target, instance, counter, driver)

    collector = Collector(target, login, options or Options(), open_session, counter)
    error = collector.collect(probes)
    return build_snapshot(collector, probes, error, started)
