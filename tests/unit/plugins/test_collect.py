# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collecting one target into a snapshot, over a stub of the driver."""

from __future__ import annotations

import datetime
import decimal
import json
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.medops.dbcare.plugins.module_utils.collect import Options, collect
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from tests.unit.plugins.stub_driver import LOGIN, Driver, Error, fact_row, facts

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/schemas/snapshot-1.json").read_text(encoding="utf-8"))
CONTAINERS = ["con_id", "name", "open_mode", "restricted", "tablespaces"]


def probe(name: str, sql: str = "", **changed: Any) -> dict[str, Any]:
    variant = {"versions": ">=11.2", "container": "any", "sql": sql or f"select a from {name}"}
    return {
        "id": name,
        "scope": "database",
        "columns": {"a": {"type": "string"}},
        "variants": [variant],
        "max_rows": 3,
        "timeout": 5,
        "edition": "any",
        "licence": "none",
        "reads": [],
        **changed,
    }


def read(driver: Driver, *probes: dict[str, Any], options: Options | None = None, **login: Any) -> dict[str, Any]:
    snapshot = collect("LIS", normalise_login({**LOGIN, **login}), list(probes), options or Options(), driver)
    jsonschema.validate(snapshot, SCHEMA)
    json.dumps(snapshot, allow_nan=False)
    return snapshot


def test_facts_and_probes_are_read_in_one_session() -> None:
    driver = Driver({"v$database": facts(), "from p1": (["A"], [("x",)]), "from p2": (["A"], [])})
    snapshot = read(driver, probe("p1"), probe("p2"))
    assert snapshot["status"] == "ok"
    assert snapshot["collected"]["sessions"] == 1
    assert snapshot["collected"]["statements"] == 3
    assert snapshot["collected"]["round_trips"] == 4
    assert snapshot["facts"]["version_full"] == "19.22.0.0.0"
    assert snapshot["facts"]["created"] == "2020-01-02T03:04:05+08:00"
    assert snapshot["facts"]["instances"] == [
        {
            "name": "DB1",
            "number": 1,
            "thread": 1,
            "host": "node1",
            "status": "OPEN",
            "version": "19.0.0.0.0",
            "startup_time": "2026-11-01T08:00:00+08:00",
        }
    ]
    assert snapshot["probes"]["p1"]["rows"] == [{"a": "x"}]
    assert snapshot["probes"]["p2"]["total_rows"] == 0
    assert all(connection.closed for connection in driver.connections)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("ORA-01033: ORACLE initialization or shutdown in progress", "ORA-01033", "maintenance"),
        ("ORA-01017: invalid username/password; logon denied", "ORA-01017", "login"),
    ],
)
def test_a_target_that_refuses_the_login_is_unreadable(text: str, code: str, kind: str) -> None:
    snapshot = read(Driver({}, connects=[Error(text)]), probe("p1"))
    assert (snapshot["status"], snapshot["error"]["code"], snapshot["error"]["kind"]) == ("unreadable", code, kind)
    assert (snapshot["facts"], snapshot["probes"]) == ({}, {})


def test_a_missing_grant_on_what_all_facts_come_from_is_an_unreadable_target() -> None:
    snapshot = read(Driver({}), probe("p1"))
    assert (snapshot["status"], snapshot["error"]["kind"]) == ("unreadable", "privilege")
    assert snapshot["error"]["probe"] == "facts_database"


def test_a_missing_grant_on_one_view_costs_that_probe_only() -> None:
    driver = Driver({"v$database": facts(), "from p2": (["A"], [("x",)])})
    snapshot = read(driver, probe("p1"), probe("p2"))
    assert snapshot["status"] == "partial"
    assert snapshot["probes"]["p1"]["error"] == {
        "code": "ORA-00942",
        "kind": "privilege",
        "message": "ORA-00942: table or view does not exist",
        "probe": "p1",
    }
    assert snapshot["probes"]["p2"]["status"] == "ok"


def test_a_connection_that_breaks_is_opened_once_more() -> None:
    driver = Driver(
        {
            "v$database": facts(),
            "from p1": Error("DPY-4011: the database or network closed the connection"),
            "from p2": (["A"], [("x",)]),
        }
    )
    snapshot = read(driver, probe("p1"), probe("p2"))
    assert snapshot["probes"]["p1"]["error"]["kind"] == "network"
    assert snapshot["probes"]["p2"]["rows"] == [{"a": "x"}]
    assert snapshot["collected"]["sessions"] == 2


def test_when_it_breaks_for_good_the_rest_says_why() -> None:
    broken = Error("DPY-4011: the database or network closed the connection")
    driver = Driver({"v$database": facts(), "from p1": broken, "from p2": broken, "from p3": (["A"], [])})
    snapshot = read(driver, probe("p1"), probe("p2"), probe("p3"))
    third = snapshot["probes"]["p3"]
    assert (third["status"], third["error"]["kind"]) == ("error", "network")
    assert "not read: the connection was lost" in third["reason"]
    assert all(connection.closed for connection in driver.connections)


def test_a_target_that_cannot_be_reached_again_leaves_the_rest_unread() -> None:
    driver = Driver(
        {"v$database": facts(), "from p1": Error("ORA-03113: end-of-file on communication channel")},
        connects=[None, Error("ORA-01034: ORACLE not available")],
    )
    snapshot = read(driver, probe("p1"), probe("p2"))
    assert snapshot["probes"]["p2"]["error"]["code"] == "ORA-01034"


def test_more_rows_than_a_probe_takes_are_cut_and_their_number_is_unknown() -> None:
    driver = Driver({"v$database": facts(), "from p1": (["A"], [(str(n),) for n in range(9)])})
    result = read(driver, probe("p1"))["probes"]["p1"]
    assert ([row["a"] for row in result["rows"]], result["truncated"], result["total_rows"]) == (
        ["0", "1", "2"],
        True,
        None,
    )


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({"edition": "EE"}, "edition", "Enterprise Edition is needed, this is SE2"),
        ({"licence": "tuning_pack"}, "licence", "tuning_pack"),
        (
            {"variants": [{"versions": ">=23", "container": "any", "sql": "select a from p1"}]},
            "version",
            "Oracle 19.0.0.0.0 non-CDB",
        ),
        (
            {"variants": [{"versions": ">=12.1", "container": "cdb", "sql": "select a from p1"}]},
            "version",
            "Oracle 19.0.0.0.0 non-CDB",
        ),
    ],
)
def test_what_does_not_fit_the_database_is_skipped_with_its_reason(
    changed: dict[str, Any], code: str, reason: str
) -> None:
    driver = Driver({"v$database": facts(fact_row(edition="SE2"))})
    snapshot = read(driver, probe("p1", **changed), options=Options(licences=["diagnostics_pack"]))
    result = snapshot["probes"]["p1"]
    assert (result["status"], result["reason_code"], result["reason"]) == ("skipped", code, reason)
    assert snapshot["status"] == "ok"


def test_the_first_variant_that_fits_is_run() -> None:
    variants = [
        {"versions": ">=12.1,<19", "container": "any", "sql": "select a from old"},
        {"versions": ">=12.1", "container": "noncdb", "sql": "select a from fresh"},
        {"versions": ">=11.2", "container": "any", "sql": "select a from last"},
    ]
    driver = Driver({"v$database": facts(), "from fresh": (["A"], [("fresh",)])})
    assert read(driver, probe("p1", variants=variants))["probes"]["p1"]["rows"] == [{"a": "fresh"}]


def rac(driver_answers: dict[str, Any], **instances: Any) -> Driver:
    both = facts(fact_row(1, "DB1"), fact_row(2, "DB2"))
    return Driver({"v$database": both, **driver_answers}, instances=instances)


def test_a_probe_for_each_instance_is_read_on_each() -> None:
    columns = {"a": {"type": "string"}, "instance": {"type": "string", "source": "instance_name"}}
    driver = rac({"from p1": lambda connection: (["A"], [(f"seen on {connection.instance_name}",)])})
    snapshot = read(driver, probe("p1", scope="instance", columns=columns))
    result = snapshot["probes"]["p1"]
    assert result["rows"] == [{"a": "seen on DB1", "instance": "DB1"}, {"a": "seen on DB2", "instance": "DB2"}]
    assert (result["instances_read"], result["instances_unread"]) == (["DB1", "DB2"], [])
    assert snapshot["collected"]["sessions"] == 2
    assert [request.get("instance_name") for request in driver.requests] == [None, "DB2"]
    assert all(connection.closed for connection in driver.connections)


def test_an_instance_that_does_not_answer_is_unread_and_the_other_is_kept() -> None:
    driver = rac({"from p1": (["A"], [("x",)])}, DB2=Error("ORA-12521: no such instance"))
    snapshot = read(driver, probe("p1", scope="instance"))
    result = snapshot["probes"]["p1"]
    assert (snapshot["status"], result["status"], result["instances_read"]) == ("partial", "ok", ["DB1"])
    assert result["instances_unread"] == [
        {
            "name": "DB2",
            "reason": "db.example:1521/LIS (instance DB2): ORA-12521: no such instance",
            "code": "ORA-12521",
            "kind": "not_found",
        }
    ]


def test_a_probe_that_no_instance_answers_is_an_error() -> None:
    driver = rac({})
    result = read(driver, probe("p1", scope="instance"))["probes"]["p1"]
    assert (result["status"], result["error"]["code"]) == ("error", "ORA-00942")
    assert [item["name"] for item in result["instances_unread"]] == ["DB1", "DB2"]


def test_instances_that_are_declared_or_have_a_redo_thread_are_expected() -> None:
    driver = Driver({"v$database": facts(fact_row(1, "DB1"), fact_row(2, "DB2", status=None))})
    snapshot = read(driver, instances=[{"name": "db1"}, {"name": "DB3", "host": "n3"}])
    found = [(item["name"], item["status"], item["host"]) for item in snapshot["facts"]["instances"]]
    assert found == [("DB1", "OPEN", "node1"), ("DB2", None, None), ("DB3", None, "n3")]
    assert snapshot["facts"]["rac"] is True


def cdb(*containers: tuple[Any, ...]) -> Driver:
    return Driver(
        {
            "v$database": facts(fact_row(cdb="YES")),
            "v$containers": (CONTAINERS, list(containers)),
            "from p1": (["A"], []),
        }
    )


def test_an_open_container_without_data_is_noted_on_probes_that_read_cdb_views() -> None:
    driver = cdb(
        (1, "CDB$ROOT", "READ WRITE", "NO", 5),
        (2, "PDB$SEED", "READ ONLY", "NO", 0),
        (3, "EMRPDB", "READ WRITE", "NO", 0),
        (4, "OLD", "MOUNTED", None, 0),
    )
    users = {"versions": ">=11.2", "container": "any", "sql": "select a from p1", "reads": ["CDB_USERS"]}
    snapshot = read(
        driver,
        probe("p1", reads=["CDB_TABLESPACES"]),
        probe("p2", sql="select a from p1", reads=["V$LOG"]),
        probe("p3", reads=["V$LOG"], variants=[users]),
    )
    assert [(item["name"], item["read"]) for item in snapshot["facts"]["containers"]] == [
        ("CDB$ROOT", True),
        ("PDB$SEED", False),
        ("EMRPDB", False),
        ("OLD", False),
    ]
    assert [item["name"] for item in snapshot["probes"]["p1"]["containers_unread"]] == ["EMRPDB"]
    assert snapshot["probes"]["p2"]["containers_unread"] == []
    assert [item["name"] for item in snapshot["probes"]["p3"]["containers_unread"]] == ["EMRPDB"]
    assert snapshot["status"] == "partial"


def test_containers_that_all_show_leave_nothing_to_note() -> None:
    driver = cdb((1, "CDB$ROOT", "READ WRITE", "NO", 5), (3, "EMRPDB", "READ WRITE", "NO", 6))
    snapshot = read(driver, probe("p1", reads=["CDB_TABLESPACES"]))
    assert (snapshot["facts"]["containers_unread"], snapshot["status"]) == ([], "ok")


def test_a_container_database_that_shows_no_pdb_is_noted() -> None:
    driver = cdb((1, "CDB$ROOT", "READ WRITE", "NO", 5))
    assert "CONTAINER_DATA" in read(driver)["facts"]["containers_unread"][0]["reason"]


def test_values_are_json() -> None:
    columns = {
        "n": {"type": "integer"},
        "f": {"type": "number"},
        "d": {"type": "timestamp"},
        "r": {"type": "string"},
        "i": {"type": "number"},
        "b": {"type": "boolean"},
        "x": {"type": "number"},
        "z": {"type": "string"},
    }
    row = (
        decimal.Decimal("12345678901234567890"),
        1.5,
        datetime.datetime(2026, 1, 2, 3, 4, 5, 600000),
        b"\x00\xab",
        datetime.timedelta(minutes=1),
        "YES",
        float("inf"),
        None,
    )
    driver = Driver({"v$database": facts(), "from p1": (["N", "F", "D", "R", "I", "B", "X", "Z"], [row])})
    assert read(driver, probe("p1", columns=columns))["probes"]["p1"]["rows"] == [
        {
            "n": 12345678901234567890,
            "f": 1.5,
            "d": "2026-01-02T03:04:05.600000+08:00",
            "r": "00AB",
            "i": 60,
            "b": True,
            "x": "inf",
            "z": None,
        }
    ]


def test_a_column_that_the_statement_does_not_give_is_an_error_of_the_probe() -> None:
    driver = Driver({"v$database": facts(), "from p1": (["B"], [("x",)])})
    result = read(driver, probe("p1"))["probes"]["p1"]
    assert (result["status"], result["reason"], result["rows"]) == ("error", "the statement gives no column a", [])


def test_the_time_limit_of_the_target_leaves_the_rest_unread() -> None:
    def slow(_connection: Any) -> Any:
        time.sleep(0.2)
        return ["A"], [("x",)]

    driver = Driver({"v$database": facts(), "from p1": slow, "from p2": (["A"], [])})
    snapshot = read(driver, probe("p1"), probe("p2"), options=Options(timeout=0.15))
    assert snapshot["probes"]["p1"]["rows"] == [{"a": "x"}]
    assert snapshot["probes"]["p2"]["error"] == {
        "code": "",
        "kind": "timeout",
        "message": "not read: the limit of 0.15 s for the whole target was used up",
        "probe": "p2",
    }
    limits = [call[3] for call in driver.executed]
    assert len(limits) == 2
    assert max(limits) <= 150


def test_the_controllers_time_is_that_in_the_middle_of_the_reading() -> None:
    def slow(_connection: Any) -> Any:
        time.sleep(0.4)
        asked.append(datetime.datetime.now(datetime.UTC))
        return ["B"], [("x",)]

    asked: list[datetime.datetime] = []
    column = {"a": {"type": "string", "source": "controller_time"}, "b": {"type": "string"}}
    snapshot = read(Driver({"v$database": facts(), "from p1": slow}), probe("p1", columns=column))
    written = datetime.datetime.fromisoformat(snapshot["probes"]["p1"]["rows"][0]["a"])
    assert 0.1 < (asked[0] - written).total_seconds() < 0.3


def test_the_connection_probe_is_written_by_the_collector() -> None:
    connection = {
        "id": "connection",
        "source": "collector",
        "scope": "database",
        "columns": {key: {"type": "string"} for key in ("name", "status", "code")},
    }
    refused = read(Driver({}, connects=[Error("ORA-01034: ORACLE not available")]), connection)
    assert refused["probes"]["connection"]["rows"] == [{"name": "LIS", "status": "unreadable", "code": "ORA-01034"}]
    good = read(Driver({"v$database": facts()}), connection)
    assert good["probes"]["connection"]["rows"] == [{"name": "LIS", "status": "ok", "code": None}]


def test_snapshots_are_masked_and_hold_no_password() -> None:
    columns = {"sql_text": {"type": "string"}, "note": {"type": "string"}, "key": {"type": "string", "mask": "secret"}}
    row = ("select * from patient where name = '张三' and id = 7", "call 13812345678", "abc")
    driver = Driver({"v$database": facts(), "from p1": (["SQL_TEXT", "NOTE", "KEY"], [row])})
    snapshot = read(driver, probe("p1", columns=columns))
    assert snapshot["probes"]["p1"]["rows"] == [
        {"sql_text": "select * from patient where name = ? and id = ?", "note": "call [mobile]", "key": "***"}
    ]
    assert snapshot["collected"]["masked_values"] == 3
    assert "s3cret-pw" not in json.dumps(snapshot)
