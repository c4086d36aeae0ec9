# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The session: bounded, closed, errors as data."""

from __future__ import annotations

import re
import socket
import threading
import time
from types import SimpleNamespace

import pytest

from ansible_collections.medops.dbcare.plugins.module_utils import session as session_module
from ansible_collections.medops.dbcare.plugins.module_utils.driver_errors import clean_message, translate
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, TargetError
from ansible_collections.medops.dbcare.plugins.module_utils.login import normalise_login
from ansible_collections.medops.dbcare.plugins.module_utils.session import Session, connect_arguments
from tests.unit.plugins.stub_driver import LOGIN, Driver, Error


def opened(driver: Driver, **changed: object) -> Session:
    return Session(normalise_login({**LOGIN, **changed}), "LIS", driver=driver)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("ORA-01017: invalid username/password; logon denied", "ORA-01017", "login"),
        (
            "ORA-28000: The account is locked.\nHelp: https://docs.oracle.com/error-help/db/ora-28000/",
            "ORA-28000",
            "login",
        ),
        ("ORA-01033: ORACLE initialization or shutdown in progress", "ORA-01033", "maintenance"),
        ("ORA-01034: ORACLE not available", "ORA-01034", "down"),
        (
            "DPY-6005: cannot connect to database (CONNECTION_ID=abc==).\n[Errno 111] Connection refused",
            "DPY-6005",
            "down",
        ),
        ("DPY-6005: cannot connect to database (CONNECTION_ID=abc==).\ntimed out", "DPY-6005", "hung"),
        ("DPY-6005: cannot connect to database.\n[Errno -2] Name or service not known", "DPY-6005", "not_found"),
        (
            'DPY-6001: Service "X" is not registered with the listener at host "h" port 1. (Similar to ORA-12514)',
            "ORA-12514",
            "not_found",
        ),
        ("DPY-4011: the database or network closed the connection", "DPY-4011", "network"),
        (
            "DPY-4011: the database or network closed the connection\nsocket timed out while recovering",
            "DPY-4011",
            "hung",
        ),
        ("ORA-00942: table or view does not exist", "ORA-00942", "privilege"),
        ("DPY-4024: call timeout of 100 ms exceeded", "DPY-4024", "timeout"),
        ("ORA-00600: internal error code", "ORA-00600", "other"),
    ],
)
def test_an_error_of_the_driver_has_a_code_and_a_kind(text: str, code: str, kind: str) -> None:
    error = translate(Error(text), "LIS", "p")
    assert (error.code, error.kind, error.target, error.probe) == (code, kind, "LIS", "p")
    assert "Help:" not in error.message
    assert "CONNECTION_ID" not in error.message


def test_a_connection_that_is_gone_is_not_asked_for_anything_more() -> None:
    driver = Driver(
        {"from t": Error("DPY-4011: the database or network closed the connection"), "dual": (["X"], [(1,)])}
    )
    with opened(driver) as session:
        for sql in ("select * from t", "select 1 from dual"):
            with pytest.raises(TargetError) as caught:
                session.query(sql)
            assert (caught.value.kind, session.broken) == ("network", True)
    assert (len(driver.executed), driver.connections[0].closed) == (1, True)


def test_binds_are_handed_on_and_never_missing() -> None:
    driver = Driver({"from t": (["A"], [(1,)]), "grant": ([], [])})
    with opened(driver) as session:
        session.query("select a from t where a = :a", {"a": 1})
        session.query("select a from t")
        session.execute("grant x to :b", {"b": "y"})
        session.execute("grant x to y")
    assert [call[2] for call in driver.executed] == [{"a": 1}, {}, {"b": "y"}, {}]


def test_rows_are_fetched_in_what_is_left_of_the_limit() -> None:
    driver = Driver({"from t": (["A"], [(number,) for number in range(1500)])})
    with opened(driver) as session:
        assert len(session.query("select a from t", max_rows=1500, timeout=2).rows) == 1500
        assert 1500 < driver.connections[0].call_timeout <= 2000


def test_a_connection_that_cannot_be_closed_is_broken_and_no_error() -> None:
    driver = Driver({})
    session = opened(driver)
    session.connect()

    def refuse() -> None:
        raise Error("DPY-1001: not connected to database")

    driver.connections[0].close = refuse  # type: ignore[method-assign]
    session.close()
    assert (session.broken, session.connection) == (True, None)


def test_a_value_that_python_cannot_hold_costs_its_statement() -> None:
    driver = Driver({"from old": ValueError("year -4712 is out of range"), "dual": (["X"], [(1,)])})
    with opened(driver) as session:
        with pytest.raises(TargetError) as caught:
            session.query("select * from old", probe="old_one")
        assert session.query("select 1 from dual").rows == [(1,)]
    assert caught.value.as_dict() == {
        "code": "",
        "kind": "other",
        "message": "a value cannot be read: year -4712 is out of range",
        "probe": "old_one",
    }


def test_a_message_is_one_line() -> None:
    assert clean_message("ORA-20001: \x1b[31mred\x00") == "ORA-20001:  [31mred "
    assert clean_message("ORA-1: a\nb\n\nHelp: http://x") == "ORA-1: a b"


def test_a_statement_gives_rows_and_says_when_more_were_left() -> None:
    driver = Driver({"from t": (["A"], [(1,), (2,), (3,)])})
    with opened(driver) as session:
        rows = session.query("select a from t", max_rows=2)
        whole = session.query("select a from t", max_rows=3)
    assert (rows.columns, rows.rows, rows.truncated) == (["a"], [(1,), (2,)], True)
    assert (whole.rows, whole.truncated) == ([(1,), (2,), (3,)], False)
    assert driver.connections[0].closed


def test_the_session_is_closed_when_the_caller_fails() -> None:
    driver = Driver({})
    with pytest.raises(ZeroDivisionError), opened(driver):
        _ = 1 // 0
    assert driver.connections[0].closed


def test_statements_carry_the_collection_and_the_probe() -> None:
    driver = Driver({"dual": (["X"], [(1,)])})
    with opened(driver) as session:
        session.query("select 1 x from dual", probe="instance_state")
    assert driver.connections[0].module == "medops.dbcare"
    assert driver.executed[0][0] == "instance_state"


def test_the_shorter_limit_goes_first_and_a_timeout_says_so() -> None:
    driver = Driver({"slow": Error("DPY-4024: call timeout of 1500 ms exceeded")})
    with opened(driver) as session:
        with pytest.raises(TargetError) as caught:
            session.query("select * from slow", timeout=1.5, probe="slow_one")
        session.driver.answers["slow"] = (["A"], [])
        session.query("select * from slow", timeout=500)
    assert caught.value.as_dict() == {
        "code": "DPY-4024",
        "kind": "timeout",
        "message": "cancelled after its limit of 1.5 s (DPY-4024)",
        "probe": "slow_one",
    }
    assert [call[3] for call in driver.executed] == [1500, 30000]


@pytest.mark.parametrize(
    "sql", ["delete from t", "begin null; end;", "alter session set x = 1", "/* select */ drop table t"]
)
def test_only_reading_statements_are_run(sql: str) -> None:
    driver = Driver({})
    with opened(driver) as session, pytest.raises(BadInput, match="only SELECT and WITH"):
        session.query(sql)
    assert driver.executed == []


@pytest.mark.parametrize(
    "sql",
    [
        "select 1 from dual",
        "  WITH a as (select 1 from dual) select * from a",
        "/* note */ select 1 from dual",
        "-- note\nselect 1 from dual",
    ],
)
def test_reading_statements_may_begin_with_comments(sql: str) -> None:
    with opened(Driver({"dual": (["X"], [(1,)])})) as session:
        assert session.query(sql).rows == [(1,)]


def test_round_trips_are_those_that_the_driver_reports() -> None:
    driver = Driver({"dual": (["X"], [(1,)])})
    with opened(driver) as session:
        session.query("select 1 from dual")
        session.query("select 2 from dual")
        assert (session.counter.sessions, session.counter.statements, session.counter.round_trips) == (1, 2, 3)


def test_a_login_that_takes_too_long_is_given_up_and_closed_when_it_comes() -> None:
    driver = Driver({}, delay=0.3)
    started = time.monotonic()
    with pytest.raises(TargetError) as caught:
        opened(driver, connect_timeout=0.1).connect()
    assert time.monotonic() - started < 0.25
    assert caught.value.kind == "hung"
    assert caught.value.message == "db.example:1521/LIS accepted no login within 0.1 s: it does not answer"
    time.sleep(0.4)
    assert driver.connections[0].closed


def test_a_host_that_accepts_and_never_answers_is_given_up_by_the_real_driver() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        login = normalise_login({**LOGIN, "host": "127.0.0.1", "port": port, "connect_timeout": 0.5})
        started = time.monotonic()
        with pytest.raises(TargetError) as caught:
            Session(login, "LIS").connect()
        assert 0.4 < time.monotonic() - started < 2
    assert caught.value.kind == "hung"


def test_a_name_that_nothing_resolves_is_told_by_the_real_driver() -> None:
    with pytest.raises(TargetError) as caught:
        Session(normalise_login({**LOGIN, "host": "his-db.invalid", "port": 1521}), "HIS").connect()
    assert (caught.value.kind, caught.value.code) == ("not_found", "")
    assert re.fullmatch(r"his-db\.invalid:1521/LIS: the host's name cannot be resolved \(.+\); "
                        r"check host in the login and the controller's DNS", caught.value.message)


def test_a_closed_port_is_down_by_the_real_driver() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(TargetError) as caught:
        Session(normalise_login({**LOGIN, "host": "127.0.0.1", "port": port}), "LIS").connect()
    assert (caught.value.kind, caught.value.code) == ("down", "DPY-6005")
    assert "s3cret-pw" not in str(caught.value)


def test_closing_never_waits_for_a_server_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "_CLOSE_SECONDS", 0.1)
    driver = Driver({})
    session = opened(driver)
    session.connect()
    gate = threading.Event()
    driver.connections[0].close = gate.wait  # type: ignore[method-assign,assignment]
    started = time.monotonic()
    session.close()
    assert time.monotonic() - started < 1
    gate.set()


def test_the_mode_is_chosen_before_the_first_login() -> None:
    thin, thick = Driver({}), Driver({"dual": (["X"], [(1,)])})
    opened(thin).connect()
    for _ in range(2):
        with opened(thick, oracle_client_lib_dir="/opt/instantclient") as session:
            session.query("select 1 from dual")
    assert (thin.modes, thick.modes) == (["thin"], ["thick", "/opt/instantclient"])
    assert session.counter.round_trips == 1


def test_an_instance_is_reached_by_its_own_address_or_by_its_name_in_the_service() -> None:
    login = normalise_login({**LOGIN, "instances": [{"name": "HIS1", "host": "n1", "port": 1522}, {"name": "HIS2"}]})
    driver = Driver({})
    first = connect_arguments(driver, login, "HIS1")["params"].values
    second = connect_arguments(driver, login, "HIS2")["params"].values
    assert (first["host"], first["port"], first["instance_name"], first["service_name"]) == ("n1", 1522, "HIS1", "LIS")
    assert (second["host"], second["port"], second["instance_name"]) == ("db.example", 1521, "HIS2")


def test_a_connect_string_and_a_wallet_are_handed_on() -> None:
    wallet = {"wallet_location": "/etc/wallet", "wallet_password": "w-pw", "ssl_server_cert_dn": "CN=lis"}
    by_name = {"host": None, "service_name": None, "dsn": "h:1521/S", **wallet}
    arguments = connect_arguments(Driver({}), normalise_login({**LOGIN, **by_name}))
    assert (arguments["user"], arguments["password"]) == ("DBCARE", "s3cret-pw")
    assert arguments["params"].values == {
        **wallet,
        "dsn": "h:1521/S",
        "tcp_connect_timeout": 2.0,
        "retry_count": 0,
        "expire_time": 1,
        "ssl_server_dn_match": True,
    }


def test_a_network_that_is_gone_is_told_with_the_address() -> None:
    with pytest.raises(TargetError) as caught:
        opened(Driver({}, connects=[OSError("No route to host")])).connect()
    assert (caught.value.kind, caught.value.message) == ("network", "db.example:1521/LIS: No route to host")


def test_text_of_another_character_set_is_read_all_the_same() -> None:
    driver = Driver({})
    driver.DB_TYPE_VARCHAR, driver.DB_TYPE_NUMBER = "varchar", "number"  # type: ignore[attr-defined]
    session = opened(driver)
    session.connect()
    handler = session.connection.outputtypehandler
    cursor = SimpleNamespace(arraysize=7, var=lambda *given, **named: (given, named))
    text, number = (SimpleNamespace(type_code=code, internal_size=20) for code in ("varchar", "number"))
    assert handler(cursor, text) == (("varchar", 20, 7), {"encoding_errors": "replace"})
    assert handler(cursor, number) is None


@pytest.mark.parametrize(("version", "old"), [("1.4.2", True), ("2.0.0", False), ("3.10.1", False)])
def test_a_driver_that_is_too_old_is_named(monkeypatch: pytest.MonkeyPatch, version: str, old: bool) -> None:
    monkeypatch.setattr(session_module, "oracledb", SimpleNamespace(__version__=version, __file__="/lib/oracledb.py"))
    if not old:
        assert session_module.require_driver().__version__ == version
        return
    with pytest.raises(BadInput) as caught:
        session_module.require_driver()
    assert str(caught.value) == "oracledb 1.4.2 (/lib/oracledb.py) is too old; install 2.0 or later."


def test_the_missing_driver_is_named_with_the_way_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "oracledb", None)
    with pytest.raises(BadInput, match=r"oracledb is missing for .*python.*-m pip install 'oracledb>=2\.0'"):
        session_module.require_driver()
