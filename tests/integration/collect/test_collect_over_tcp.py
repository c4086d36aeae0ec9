# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collecting over TCP with the real driver, as the least-privilege inspector, from databases well and not so well."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import Options, collect
from ansible_collections.medops.dbcare.plugins.module_utils.errors import TargetError
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.module_utils.session import Session
from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import load_catalogue
from tests.integration.conftest import EstateUnderTest

pytestmark = pytest.mark.integration
Json = dict[str, Any]
SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/snapshot-1.json").read_text(encoding="utf-8"))


def login(estate: EstateUnderTest, target: str, **changed: Any) -> Json:
    return normalise_login({**estate.logins()[target], "connect_timeout": 3, **changed})


def probe(name: str, sql: str, scope: str = "database", **columns: str) -> Json:
    variant = {"versions": ">=11.2", "container": "any", "sql": sql}
    kinds = {key: {"type": kind} for key, kind in columns.items()}
    return {"id": name, "scope": scope, "columns": kinds, "variants": [variant], "max_rows": 500, "timeout": 10}


def read(estate: EstateUnderTest, target: str, *probes: Json, options: Options | None = None, **changed: Any) -> Json:
    snapshot = collect(target, login(estate, target, **changed), list(probes), options)
    jsonschema.validate(snapshot, SCHEMA)
    return snapshot


def inspectors(estate: EstateUnderTest, target: str) -> int:
    """Sessions of the inspector in the database now."""
    user = estate.databases[target]["inspector"]["user"]
    sql = "select count(*) from gv$session where username = :u and type = 'USER' and module = 'medops.dbcare'"
    return int(estate.query(target, sql, {"u": user})[0][0])


def wait_until_gone(estate: EstateUnderTest, target: str) -> None:
    for _attempt in range(50):
        if not inspectors(estate, target):
            return
        time.sleep(0.1)
    raise AssertionError(f"a session of the inspector is left on {target}")


@pytest.mark.parametrize(
    ("target", "version", "cdb", "instances", "sessions"),
    [
        ("HIS", "19.", False, ["HIS1", "HIS2"], 2),
        ("LIS", "19.", False, ["LIS"], 1),
        ("PACS", "12.2", False, ["PACS"], 1),
        ("EMR", "23.", True, ["EMR"], 1),
    ],
)
def test_everything_the_daily_inspection_asks_is_read(
    estate: EstateUnderTest, target: str, version: str, cdb: bool, instances: list[str], sessions: int
) -> None:
    probes = load_catalogue().probes_of("daily")
    snapshot = read(estate, target, *probes)
    assert (snapshot["status"], snapshot["error"]) == ("ok", None)
    facts = snapshot["facts"]
    assert facts["version_full"].startswith(version)
    assert (facts["cdb"], [item["name"] for item in facts["instances"]]) == (cdb, instances)
    assert snapshot["collected"]["sessions"] == sessions
    assert set(snapshot["probes"]) == {item["id"] for item in probes}
    assert {result["status"] for result in snapshot["probes"].values()} <= {"ok", "skipped"}
    assert all(
        result["reason_code"] == "version" for result in snapshot["probes"].values() if result["status"] == "skipped"
    )
    wait_until_gone(estate, target)


def test_the_pluggable_database_is_seen_from_the_root(estate: EstateUnderTest) -> None:
    facts = read(estate, "EMR")["facts"]
    assert {item["name"]: item["read"] for item in facts["containers"] if item["name"] != "PDB$SEED"} == {
        "CDB$ROOT": True,
        "EMRPDB": True,
    }
    assert facts["containers_unread"] == []


def test_an_account_without_container_data_is_noted_and_not_taken_for_all(estate: EstateUnderTest) -> None:
    user = estate.databases["EMR"]["inspector"]["user"]
    with estate.connect("EMR", "admin") as connection:
        connection.cursor().execute(f"alter user {user} set container_data = default container = current")
        try:
            snapshot = read(
                estate,
                "EMR",
                {**probe("users", "select count(*) a from cdb_users", a="integer"), "reads": ["CDB_USERS"]},
            )
        finally:
            connection.cursor().execute(f"alter user {user} set container_data = all container = current")
    assert snapshot["status"] == "partial"
    assert snapshot["probes"]["users"]["containers_unread"]
    assert "CONTAINER_DATA" in snapshot["facts"]["containers_unread"][0]["reason"]


def test_dates_carry_the_offset_of_the_database(estate: EstateUnderTest) -> None:
    facts = read(estate, "LIS")["facts"]
    assert facts["time_offset"] == "+08:00"
    assert facts["instances"][0]["startup_time"].endswith("+08:00")


def test_values_of_each_type_arrive_as_json(estate: EstateUnderTest) -> None:
    sql = """select 1 / 4 quarter, 12345678901234567890 big, cast('a' as varchar2(3)) text, null nothing,
        to_date('2026-01-02 03:04:05', 'YYYY-MM-DD HH24:MI:SS') day, hextoraw('00AB') raw_value,
        to_clob('long') clob_value from dual"""
    columns = {
        "quarter": "number",
        "big": "integer",
        "text": "string",
        "nothing": "string",
        "day": "timestamp",
        "raw_value": "string",
        "clob_value": "string",
    }
    rows = read(estate, "LIS", probe("types", sql, **columns))["probes"]["types"]["rows"]
    assert rows == [
        {
            "quarter": 0.25,
            "big": 12345678901234567890,
            "text": "a",
            "nothing": None,
            "day": "2026-01-02T03:04:05+08:00",
            "raw_value": "00AB",
            "clob_value": "long",
        }
    ]


def test_statements_carry_the_probe_in_the_session(estate: EstateUnderTest) -> None:
    sql = "select s.module, s.action from gv$session s where s.username = user and s.action = 'who_am_i'"
    rows = read(estate, "LIS", probe("who_am_i", sql, module="string", action="string"))["probes"]["who_am_i"]["rows"]
    assert rows == [{"module": "medops.dbcare", "action": "who_am_i"}]


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("connection_hang", "hung", ""),
        ("listener_down", "down", "DPY-6005"),
        ("listener_refuses", "other", "ORA-12516"),
        ("instance_mounting", "maintenance", "ORA-01033"),
        ("inspector_locked", "login", "ORA-28000"),
        ("inspector_password_changed", "login", "ORA-01017"),
        ("password_expired", "login", "ORA-28001"),
        ("create_session_revoked", "login", "ORA-01045"),
    ],
)
def test_a_database_that_lets_nobody_in_is_unreadable_within_its_limit(
    estate: EstateUnderTest, fault: str, kind: str, code: str
) -> None:
    with estate.fault(fault, "LIS"):
        started = time.monotonic()
        snapshot = read(estate, "LIS", connect_timeout=1.5)
        elapsed = time.monotonic() - started
    assert (snapshot["status"], snapshot["error"]["kind"], snapshot["error"]["code"]) == ("unreadable", kind, code)
    assert snapshot["error"]["message"].startswith(f"127.0.0.1:{estate.databases['LIS']['port']}/LIS")
    assert estate.databases["LIS"]["inspector"]["password"] not in json.dumps(snapshot)
    assert elapsed < 3


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"service_name": "NOWHERE"}, "not_found"),
        ({"password": "wrong"}, "login"),
        ({"user": "NOBODY"}, "login"),
        ({"port": 1}, "down"),
    ],
)
def test_a_login_that_is_wrong_is_told_and_leaves_no_session(estate: EstateUnderTest, changed: Json, kind: str) -> None:
    snapshot = read(estate, "LIS", **changed)
    assert (snapshot["status"], snapshot["error"]["kind"]) == ("unreadable", kind)
    wait_until_gone(estate, "LIS")


def test_a_host_that_hangs_does_not_hold_the_other_targets_back(estate: EstateUnderTest) -> None:
    done: dict[str, Json] = {}
    with estate.fault("connection_hang", "LIS"):
        threads = [
            threading.Thread(target=lambda name=name: done.update({name: read(estate, name)}))
            for name in ("LIS", "PACS")
        ]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        threads[1].join(2.5)
        elapsed = time.monotonic() - started
        threads[0].join()
    assert done["PACS"]["status"] == "ok"
    assert elapsed < 2.5
    assert done["LIS"]["error"]["kind"] == "hung"


ENDLESS = ("endless", "select count(*) a from v$diag_alert_ext")
AFTER = probe("after", "select 1 a from dual", a="integer")


def test_a_statement_that_never_ends_is_cancelled_and_the_next_one_runs_in_the_same_session(
    estate: EstateUnderTest,
) -> None:
    with estate.fault("statement_never_ends", "LIS"):
        endless = {**probe(*ENDLESS, a="integer"), "timeout": 1}
        started = time.monotonic()
        snapshot = read(estate, "LIS", endless, AFTER)
        elapsed = time.monotonic() - started
        wait_until_gone(estate, "LIS")
    error = snapshot["probes"]["endless"]["error"]
    assert (error["kind"], error["message"]) == ("timeout", "cancelled after its limit of 1 s (DPY-4024)")
    assert snapshot["probes"]["after"]["rows"] == [{"a": 1}]
    assert snapshot["collected"]["sessions"] == 1
    assert 0.9 < elapsed < 4


def test_the_whole_target_has_a_limit(estate: EstateUnderTest) -> None:
    with estate.fault("statement_never_ends", "LIS"):
        probes = [{**probe(f"p{number}", ENDLESS[1], a="integer"), "timeout": 30} for number in range(3)]
        started = time.monotonic()
        snapshot = read(estate, "LIS", *probes, options=Options(timeout=1.5))
        elapsed = time.monotonic() - started
    assert {result["error"]["kind"] for result in snapshot["probes"].values()} == {"timeout"}
    assert elapsed < 5


def test_a_network_that_drops_in_a_fetch_costs_the_statements_it_hits(estate: EstateUnderTest) -> None:
    many = probe("many", "select level a from dual connect by level <= 300", a="integer")
    with estate.fault("network_drop_mid_fetch", "LIS"):
        snapshot = read(estate, "LIS", many, AFTER)
        wait_until_gone(estate, "LIS")
    assert (snapshot["status"], snapshot["probes"]["many"]["error"]["kind"]) == ("partial", "network")
    assert snapshot["probes"]["many"]["rows"] == []
    assert snapshot["probes"]["after"]["rows"] == [{"a": 1}]
    assert snapshot["collected"]["sessions"] == 2


def test_a_grant_that_was_taken_away_costs_its_probe_only(estate: EstateUnderTest) -> None:
    with estate.fault("privilege_revoked", "LIS"):
        snapshot = read(estate, "LIS", probe("fra", "select name a from v$recovery_file_dest", a="string"), AFTER)
    assert (snapshot["probes"]["fra"]["error"]["code"], snapshot["probes"]["fra"]["error"]["kind"]) == (
        "ORA-00942",
        "privilege",
    )
    assert snapshot["probes"]["after"]["status"] == "ok"


def test_a_lost_instance_is_expected_and_unread(estate: EstateUnderTest) -> None:
    here = probe("here", "select instance_name a from v$instance", "instance", a="string")
    with estate.fault("rac_instance_lost", "HIS"):
        snapshot = read(estate, "HIS", here)
    statuses = {item["name"]: item["status"] for item in snapshot["facts"]["instances"]}
    assert sorted(statuses) == ["HIS1", "HIS2"]
    lost = next(name for name, status in statuses.items() if status != "OPEN")
    assert [item["name"] for item in snapshot["probes"]["here"]["instances_unread"]] == [lost]
    assert [row["a"] for row in snapshot["probes"]["here"]["rows"]] == [name for name in statuses if name != lost]
    assert snapshot["status"] == "partial"


def test_an_instance_without_an_address_is_reached_by_its_name_through_the_service(estate: EstateUnderTest) -> None:
    for name in ("HIS1", "HIS2"):
        with Session(login(estate, "HIS", instances=[]), "HIS", instance=name) as session:
            assert session.query("select instance_name from v$instance").rows == [(name,)]


def test_a_session_refuses_to_change_anything(estate: EstateUnderTest) -> None:
    with Session(login(estate, "LIS"), "LIS") as session:
        with pytest.raises(TargetError) as caught:
            session.execute("delete from gv$instance")
    assert caught.value.kind == "privilege"


# -- round trips, counted by a proxy -----------------------------------------------------------------------------------


class Proxy:
    """A TCP proxy that counts how often the direction turns from the client to the server, and that can freeze."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.turns = 0
        self.frozen = False
        self.loop = asyncio.new_event_loop()
        self.port = 0
        self.ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        self.ready.wait(5)

    def _run(self) -> None:
        async def start() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()

        self.loop.create_task(start())
        self.loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        last = ["server"]

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, side: str) -> None:
            while data := await source.read(65536):
                if side == "client" and last[0] == "server":
                    self.turns += 1
                last[0] = side
                while self.frozen:
                    await asyncio.sleep(0.02)
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(
            pump(reader, far_writer, "client"), pump(far_reader, writer, "server"), return_exceptions=True
        )


@pytest.fixture
def proxy(estate: EstateUnderTest) -> Iterator[Proxy]:
    running = Proxy(estate.databases["LIS"]["port"])
    yield running
    running.loop.call_soon_threadsafe(running.loop.stop)


def test_round_trips_are_counted_truly(estate: EstateUnderTest, proxy: Proxy) -> None:
    probes = [
        probe(f"p{number}", f"select level a from dual connect by level <= {number * 100 + 1}", a="integer")
        for number in range(4)
    ]
    snapshot = read(estate, "LIS", *probes, port=proxy.port, instances=[])
    assert snapshot["collected"]["statements"] == 5
    # The driver does not count the network handshake before it speaks of round trips.
    assert snapshot["collected"]["round_trips"] <= proxy.turns <= snapshot["collected"]["round_trips"] + 3


def test_a_network_that_freezes_is_given_up_and_nothing_waits_for_it(estate: EstateUnderTest, proxy: Proxy) -> None:
    session = Session(login(estate, "LIS", port=proxy.port), "LIS")
    session.connect()
    assert session.query("select 1 from dual").rows == [(1,)]
    proxy.frozen = True
    started = time.monotonic()
    with pytest.raises(TargetError) as caught:
        session.query("select 1 from dual", timeout=0.5)
    session.close()
    # One limit for the answer, one for the answer to the break.
    assert time.monotonic() - started < 2
    assert (caught.value.kind, session.broken) == ("hung", True)
    proxy.frozen = False
