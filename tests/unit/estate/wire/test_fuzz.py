# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Hostile input: whatever the bytes, a parser says that they are short, malformed or unknown, and nothing else."""

from __future__ import annotations

import contextlib
import struct
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from estate.api import ConnectRequest
from estate.wire import binds, packets, profiles
from estate.wire.buffer import MalformedError, Reader, UnderflowError, chunk, sized, ub
from estate.wire.cursors import StatementShape, shape_of
from estate.wire.login import Login
from estate.wire.packets import Framer
from estate.wire.requests import RequestParser, UnknownFunctionError, read_lob
from estate.wire.sqltext import SqlText, scan

EXPECTED = (UnderflowError, MalformedError, UnknownFunctionError)
METAS = [binds.BindMeta(code, 1, 4000, 0, 0, 1)
         for code in (1, 2, 12, 23, 100, 101, 102, 112, 180, 181, 182, 183, 231, 252, 109, 119)]


def parser(field_version: int) -> RequestParser:
    return RequestParser(field_version, lambda _id: StatementShape(SqlText("dml"), list(METAS)), shape_of)


def login() -> Login:
    request = ConnectRequest("HIS", None, None, None, ("127.0.0.1", 1))
    backend: Any = None
    return Login(backend, request, profiles.profile("23ai"), {})


def meta(code: int, size: int = 4000, form: int = 1) -> bytes:
    return bytes((code, 1, 0, 0)) + ub(size) + b"\x00\x00\x00\x00" + ub(873) + bytes((form,)) + b"\x00\x00"


def execute(sql: bytes, metas: list[bytes], row: bytes, executions: int = 1) -> bytes:
    """An execute call at field version 13, as python-oracledb sends it."""
    head = ub(0x8029) + b"\x00" + b"\x01" + ub(len(sql)) + b"\x01" + ub(13) + b"\x00\x00\x00" + ub(2) + ub(0x7FFFFFFF)
    head += b"\x01" + ub(len(metas)) + b"\x00" * 5 + b"\x00\x00"
    tail = b"\x00" + b"\x00\x01\x00" + b"\x00\x00\x00\x00" + b"\x00\x00\x00" + b"\x00" * 5 + b"\x00\x00"
    vector = ub(1) + ub(executions) + b"\x00" * 7 + ub(0x8000) + b"\x00" * 3
    return bytes((3, 94, 1)) + head + tail + chunk(sql) + vector + b"".join(metas) + (b"\x07" + row) * executions


GOOD = execute(b"insert into t values (:1, :2)", [meta(1), meta(2)], chunk("血压".encode()) + chunk(b"\xc1\x02"), 3)


def test_the_good_request_is_one() -> None:
    request = parser(13).parse(Reader(GOOD))
    assert request.body.sql == "insert into t values (:1, :2)"
    assert request.body.rows == [["血压", 1]] * 3


def test_every_shorter_request_is_incomplete() -> None:
    for size in range(len(GOOD)):
        with pytest.raises(UnderflowError):
            parser(13).parse(Reader(GOOD[:size]))


@given(st.binary(max_size=400), st.sampled_from([8, 9, 13, 24]))
@example(bytes((3, 94, 1)) + b"\x08" * 60, 13)
@settings(max_examples=400, deadline=None)
def test_random_requests(data: bytes, field_version: int) -> None:
    for prefix in (b"", b"\x03\x5e\x01", b"\x03\x04\x01\x01\x01\x01\x01\x00\x00\x07", b"\x11\x87\x01", b"\x03\x60\x01"):
        with contextlib.suppress(*EXPECTED):
            parser(field_version).parse(Reader(prefix + data))


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6))
@settings(max_examples=400, deadline=None)
def test_damaged_requests(damage: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, value in damage:
        data[at] = value
    with contextlib.suppress(*EXPECTED):
        parser(13).parse(Reader(bytes(data)))


@given(st.sampled_from(METAS), st.binary(max_size=40))
@settings(max_examples=400, deadline=None)
def test_random_bind_values(bind: binds.BindMeta, data: bytes) -> None:
    for prefix in (b"", bytes((len(data),))):
        with contextlib.suppress(*EXPECTED):
            binds.value_reader(bind)(Reader(prefix + data))


LOGIN_STARTS = [b"", b"\x01\x06\x00", b"\x02" + bytes(5), b"\x03\x76\x01", b"\x22\x01\x01\x00\x01\x06"]


@given(st.binary(max_size=300), st.sampled_from(LOGIN_STARTS))
@settings(max_examples=300, deadline=None)
def test_random_login_messages(data: bytes, prefix: bytes) -> None:
    with contextlib.suppress(*EXPECTED):
        login().parse(Reader(prefix + data))


@given(st.binary(max_size=300))
@settings(max_examples=200, deadline=None)
def test_random_lob_calls(data: bytes) -> None:
    with contextlib.suppress(*EXPECTED):
        read_lob(Reader(data))


@given(st.binary(max_size=600), st.integers(1, 50), st.booleans())
@settings(max_examples=300, deadline=None)
def test_random_packets(data: bytes, step: int, large: bool) -> None:
    framer = Framer()
    framer.large = large
    with contextlib.suppress(*EXPECTED):
        for start in range(0, len(data), step):
            for kind, body in framer.feed(data[start:start + step]):
                if kind == 1:
                    packets.parse_connect(body)
    assert len(framer.buffer) <= len(data)


@given(st.lists(st.tuples(st.sampled_from([6, 12]), st.binary(max_size=50)), max_size=6), st.integers(1, 30))
def test_packets_come_whole_however_they_are_cut(bodies: list[tuple[int, bytes]], step: int) -> None:
    stream = b"".join(packets.packet(kind, body, large=True) for kind, body in bodies)
    framer = Framer()
    framer.large = True
    got = [item for start in range(0, len(stream), step) for item in framer.feed(stream[start:start + step])]
    assert got == bodies


@given(st.text(max_size=300))
def test_random_statements_are_scanned(sql: str) -> None:
    found = scan(sql)
    assert len(found.names) == len(found.returning)


def test_scanning_takes_no_longer_than_the_text_deserves() -> None:
    for hostile in ("q'" * 20000, "'" * 50001, "/*" * 30000, ":" * 50000, "q'[" * 20000, '"' * 40001):
        scan(hostile)


@given(st.text(max_size=200))
def test_random_connect_data(text: str) -> None:
    request = packets.connect_request(f"(DESCRIPTION=(CONNECT_DATA={text}", ("h", 1))
    assert request.peer == ("h", 1)


def test_connect_data_as_clients_write_it() -> None:
    text = ("(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=HIS)"
            "(SERVER=DEDICATED)(INSTANCE_NAME=HIS1)(CID=(PROGRAM=C:\\app\\his.exe)(HOST=ward-7)(USER=nurse))))")
    request = packets.connect_request(text, ("10.0.0.7", 4711), 1521)
    assert request.service_name == "HIS"
    assert request.instance_name == "HIS1"
    assert request.server == "DEDICATED"
    assert (request.program, request.host, request.user) == ("C:\\app\\his.exe", "ward-7", "nurse")
    assert request.local_port == 1521
    assert packets.connect_request("(CONNECT_DATA=(SID=LIS))", ("h", 1)).sid == "LIS"


def test_data_packets_keep_to_the_agreed_size() -> None:
    data = packets.data_packets(b"x" * 20000, 8192, large=True, end_of_response=True)
    sizes, flags = [], []
    while data:
        size, kind, _, _, flag = struct.unpack(">IBBHH", data[:10])
        sizes.append(size)
        flags.append(flag)
        assert kind == 6
        data = data[size:]
    assert sizes == [8192, 8192, 20000 - 2 * 8182 + 10]
    assert flags == [0, 0, 0x2000]
    assert sized(b"") == b"\x00"
