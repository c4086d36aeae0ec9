# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a listener answers, how it fails on purpose, and what bad input does not do to it."""

from __future__ import annotations

import asyncio
import logging
import random
import socket
import struct
import time
from collections.abc import Callable

import oracledb
import pytest

from estate.api import NetworkPolicy, OraError, Refused
from estate.wire import packets
from tests.integration.wire.conftest import Server

Maker = Callable[..., Server]


def feature(name: str) -> pytest.MarkDecorator:
    return pytest.mark.conformance("listener", name)


def raw(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.listener.port), 5)


def connect_packet(service: str = "HIS", length: int | None = None) -> bytes:
    data = f"(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME={service})(CID=(PROGRAM=p)(HOST=h)(USER=u))))".encode()
    body = struct.pack(">HHHHHHHHHHIBB24xIIII", 319, 300, 1, 8192, 8192, 0x4F98, 0, 1,
                       len(data) if length is None else length, 74, 0, 4, 4, 8192, 8192, 0, 0)
    return packets.packet(1, body + data)


def works(server: Server) -> bool:
    with server.connect() as connection:
        return connection.cursor().execute("select * from dual").fetchone() == ("X",)


def wait_closed(sock: socket.socket, seconds: float = 5) -> bool:
    """Whether the server closes the connection within the time."""
    sock.settimeout(seconds)
    try:
        while sock.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@feature("unknown service: ORA-12514")
def test_unknown_service_and_sid(server: Server) -> None:
    with pytest.raises(oracledb.DatabaseError, match="DPY-6001"):
        server.connect(dsn=f"127.0.0.1:{server.listener.port}/NOPE")
    with pytest.raises(oracledb.DatabaseError, match="DPY-6003"):
        server.connect(dsn=oracledb.makedsn("127.0.0.1", server.listener.port, sid="NOPE"))
    server.connect(dsn=f"127.0.0.1:{server.listener.port}/his.hospital.example").close()


@feature("tnsping")
def test_ping_of_the_listener(server19: Server) -> None:
    for command, code in (("ping", 0), ("status", 1189)):
        data = f"(CONNECT_DATA=(COMMAND={command}))".encode()
        body = struct.pack(">HHHHHHHHHHIBB24xIIII", 315, 300, 1, 8192, 8192, 0x4F98, 0, 1, len(data), 74, 0, 4, 4, 8192,
                           8192, 0, 0)
        with raw(server19) as sock:
            sock.sendall(packets.packet(1, body + data))
            answer = sock.recv(4096)
        assert answer[4] == packets.c.REFUSE
        assert f"(ERR={code})".encode() in answer


@feature("refusals by code")
@pytest.mark.parametrize("code", [12516, 12518, 12519, 12520, 12528])
def test_backend_refuses(server19: Server, code: int) -> None:
    server19.backend.admission = Refused(code)
    with pytest.raises(oracledb.DatabaseError, match=f"DPY-6000.*{code}"):
        server19.connect()


@feature("instance states: ORA-01033, ORA-01034")
@pytest.mark.parametrize(("code", "text"), [
    (1033, "ORACLE initialization or shutdown in progress"), (1034, "ORACLE not available"),
    (1109, "database not open"),
])
def test_instance_refuses(server: Server, code: int, text: str) -> None:
    server.backend.admission = OraError(code, text)
    with pytest.raises(oracledb.DatabaseError, match=f"ORA-0{code}: {text}"):
        server.connect()


@feature("wrong password: ORA-01017")
def test_wrong_password_and_unknown_user(server: Server) -> None:
    for user, password in (("scott", "wrong"), ("nobody", "tiger-1"), ("locked", "wrong")):
        with pytest.raises(oracledb.DatabaseError, match="ORA-01017"):
            server.connect(user=user, password=password)


@feature("account states: ORA-28000, ORA-28001")
def test_account_states(server: Server) -> None:
    with pytest.raises(oracledb.DatabaseError, match="ORA-28000"):
        server.connect(user="locked")
    with pytest.raises(oracledb.DatabaseError, match="ORA-28001"):
        server.connect(user="expired")


def test_drop_session_cuts_one_connection(server19: Server) -> None:
    with server19.connect() as other:
        connection = server19.connect()
        session = server19.backend.sessions[1]
        server19.loop.call_soon_threadsafe(server19.listener.drop_session, session.sid, session.serial)
        time.sleep(0.05)
        with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
            connection.ping()
        other.ping()


def test_profile_that_does_not_exist_is_named(server19: Server, caplog: pytest.LogCaptureFixture) -> None:
    server19.backend.facts["profile"] = "8i"
    with caplog.at_level(logging.ERROR, "estate.wire"), pytest.raises(oracledb.DatabaseError):
        server19.connect(tcp_connect_timeout=2)
    assert "'8i' is none of 12.2, 19, 23ai" in caplog.text


def test_listener_can_be_stopped_while_sessions_live(server19: Server) -> None:
    connection = server19.connect()
    server19.run(server19.listener.stop(keep_sessions=True))
    with pytest.raises(oracledb.DatabaseError, match="DPY-6005"):
        server19.connect()
    assert connection.cursor().execute("select * from dual").fetchone() == ("X",)
    server19.run(server19.listener.start())
    assert works(server19)
    server19.run(server19.listener.drop_connections())
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        connection.cursor().execute("select * from dual")


def test_port_in_use_is_an_error(make_server: Maker, server19: Server) -> None:
    with pytest.raises(OSError, match="address already in use"):
        make_server_on(make_server, server19.listener.port)


def make_server_on(make_server: Maker, port: int) -> None:
    server = make_server()
    server.run(server.listener.stop())
    server.listener.port = port
    server.run(server.listener.start())


# -- network faults


@feature("a listener that hangs")
def test_hang(make_server: Maker) -> None:
    server = make_server(login_timeout=1)
    server.backend.policy = NetworkPolicy(hang=True)
    with raw(server) as sock:
        sock.sendall(connect_packet())
        sock.settimeout(1.5)
        with pytest.raises(TimeoutError):
            sock.recv(1)
        server.backend.policy = NetworkPolicy()
        assert works(server)


@feature("latency")
def test_latency(server19: Server) -> None:
    server19.backend.policy = NetworkPolicy(latency_ms=50)
    with server19.connect() as connection:
        started = time.perf_counter()
        connection.ping()
        assert 0.05 <= time.perf_counter() - started < 0.5


@feature("drop in the middle of a fetch")
def test_drop_after_rows(server: Server) -> None:
    server.backend.policy = NetworkPolicy(drop_after_rows=250)
    connection = server.connect()
    cursor = connection.cursor()
    cursor.execute("select 1000 rows")
    got: list[tuple[object, ...]] = []
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        got.extend(iter(cursor.fetchone, None))
    assert 150 <= len(got) <= 250
    server.backend.policy = NetworkPolicy()
    assert works(server)


@feature("drop after packets")
def test_drop_after_packets(server19: Server) -> None:
    server19.backend.policy = NetworkPolicy(drop_after_packets=6)
    connection = server19.connect()
    with pytest.raises(oracledb.DatabaseError, match="DPY-4011"):
        for _ in range(10):
            connection.ping()


# -- bad input


def garbage() -> list[tuple[str, bytes]]:
    good = connect_packet()
    rng = random.Random(7)
    return [
        ("http", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), ("tls", bytes.fromhex("1603010200010001fc0303") + bytes(64)),
        ("zeros", bytes(64)), ("random", rng.randbytes(400)), ("tiny length", b"\x00\x03\x00\x00\x01\x00\x00\x00"),
        ("short connect", packets.packet(1, b"\x01\x3b")), ("marker first", packets.marker(1, large=False)),
        ("data first", packets.packet(6, b"\x00\x00\x01\x06\x00")), ("two connects", good + good),
        ("oversize connect data", connect_packet(length=40000)), ("unknown type", packets.packet(99, bytes(20))),
    ]


@feature("garbage, port scans")
@pytest.mark.parametrize(("name", "data"), garbage(), ids=[name for name, _ in garbage()])
def test_garbage_closes_one_connection_with_one_log_line(server19: Server, caplog: pytest.LogCaptureFixture,
                                                         name: str, data: bytes) -> None:
    with caplog.at_level(logging.WARNING, "estate.wire"), raw(server19) as sock:
        sock.sendall(data)
        assert wait_closed(sock), name
        assert works(server19)
    assert len(caplog.records) == 1
    assert "malformed input" in caplog.text


@feature("garbage, port scans")
@pytest.mark.parametrize("data", [
    bytes([1, 6, 0]) + b"x" * 5000, bytes([77]), bytes([3, 118, 1]) + b"\xff" * 50, bytes([3, 94, 1, 0x89]),
    bytes([34] * 60),
    bytes([2]) + bytes(7) + b"\x01" * 70000,
])
def test_garbage_after_accept(server19: Server, caplog: pytest.LogCaptureFixture, data: bytes) -> None:
    with caplog.at_level(logging.WARNING, "estate.wire"), raw(server19) as sock:
        sock.sendall(connect_packet())
        assert sock.recv(4096)[4] == 2
        sock.sendall(packets.packet(6, b"\x00\x00" + data, large=True))
        assert wait_closed(sock)
        assert works(server19)
    assert len(caplog.records) == 1


@feature("garbage, port scans")
def test_oversize_packet_after_accept(server19: Server) -> None:
    with raw(server19) as sock:
        sock.sendall(connect_packet())
        sock.recv(4096)
        sock.sendall(struct.pack(">IBBH", 0x7FFFFFFF, 6, 0, 0))
        assert wait_closed(sock)


@feature("login time-out")
def test_half_open_connections_are_closed(make_server: Maker, caplog: pytest.LogCaptureFixture) -> None:
    server = make_server(login_timeout=1)
    with caplog.at_level(logging.WARNING, "estate.wire"), raw(server) as silent, raw(server) as connected:
        connected.sendall(connect_packet())
        assert wait_closed(silent)
        assert wait_closed(connected)
        assert works(server)
    assert [record.getMessage().count("no login within 1 s") for record in caplog.records] == [1, 1]


@feature("1,000 half-open connections")
def test_a_thousand_half_open_connections(server19: Server) -> None:
    sockets = [raw(server19) for _ in range(1000)]
    try:
        for sock in sockets[::10]:
            sock.sendall(connect_packet())
        started = time.perf_counter()
        assert works(server19)
        assert time.perf_counter() - started < 5
    finally:
        for sock in sockets:
            sock.close()
    deadline = time.monotonic() + 5
    while server19.listener.connections and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not server19.listener.connections
    assert works(server19)


@feature("oversize statements and binds")
def test_large_statement_and_binds(server19: Server) -> None:
    with server19.connect() as connection:
        cursor = connection.cursor()
        with pytest.raises(oracledb.DatabaseError, match="ORA-00942"):
            cursor.execute("select '" + "x" * 3_000_000 + "' from dual")
        assert len(server19.backend.sessions[0].statements[-1][0]) == 3_000_019
        cursor.executemany("insert into t values (:1, :2)", [(number, "v" * 3000) for number in range(100, 2100)])
        assert cursor.rowcount == 2000
        cursor.execute("insert into t values (:1)", ["y" * 10_000_000])
        assert len(server19.backend.sessions[0].statements[-1][1][0]) == 10_000_000


@feature("client that goes away")
def test_client_that_disappears_ends_its_session(server19: Server) -> None:
    connection = server19.connect()
    session = server19.backend.sessions[0]
    for item in list(server19.listener.connections):
        server19.loop.call_soon_threadsafe(item.drop)
    deadline = time.monotonic() + 5
    while not session.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert session.closed
    with pytest.raises(oracledb.DatabaseError):
        connection.ping()


@feature("200 concurrent sessions")
def test_two_hundred_concurrent_sessions(server19: Server) -> None:
    async def one() -> int:
        async with oracledb.connect_async(user="scott", password="tiger-1", dsn=server19.dsn) as connection:
            await connection.execute("begin busy; end;")
            return len(await connection.fetchall("select 200 rows"))

    async def main() -> list[int]:
        return await asyncio.gather(*(one() for _ in range(200)))

    assert asyncio.run(main()) == [200] * 200
    assert len(server19.backend.sessions) == 200


@feature("a statement that never ends blocks no one")
def test_many_sleepers_block_no_one(server19: Server) -> None:
    async def main() -> None:
        sleepers = [await oracledb.connect_async(user="scott", password="tiger-1", dsn=server19.dsn) for _ in range(40)]
        tasks = [asyncio.create_task(item.execute("begin sleep; end;")) for item in sleepers]
        await asyncio.sleep(0.2)
        started = time.perf_counter()
        async with oracledb.connect_async(user="scott", password="tiger-1", dsn=server19.dsn) as connection:
            assert await connection.fetchone("select * from dual") == ("X",)
        assert time.perf_counter() - started < 5
        for item in sleepers:
            item.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all("ORA-01013" in str(result) for result in results)
        for item in sleepers:
            await item.close()

    asyncio.run(main())
