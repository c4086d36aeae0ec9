# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Values on the wire: bytes as Oracle's DUMP() shows them, and round trips."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.api import Column, OraError
from estate.wire import buffer, columns, number, scalars
from estate.wire.buffer import MalformedError, Reader, UnderflowError


@pytest.mark.parametrize(("value", "dump"), [
    (0, "128"), (1, "193,2"), (-1, "62,100,102"), (123, "194,2,24"), (-123, "61,100,78,102"), (100, "194,2"),
    (1000000, "196,2"), (Decimal("0.1"), "192,11"), (Decimal("-0.001"), "64,91,102"),
    (Decimal("123.456"), "194,2,24,46,61"),
    (99999, "195,10,100,100"), (-5.5, "62,96,51,102"), (True, "193,2"), ("42", "193,43"),
    (False, "128"), (Decimal("1e125"), "255,11"), (Decimal("1e-130"), "128,2"), (Decimal("1e-131"), "128"),
    (Decimal("-1e125"), "0,91,102"), (1 - 10**38, "44" + ",2" * 19 + ",102"), (1 - 10**40, "43" + ",2" * 20),
    (int("1" * 39 + "49"), "213,2" + ",12" * 19), (int("1" * 39 + "50"), "213,2" + ",12" * 18 + ",13"),
    (10**42 - 1, "214,2"),
])
def test_number_bytes_as_dump_shows_them(value: object, dump: str) -> None:
    assert ",".join(map(str, number.encode(value))) == dump


@pytest.mark.parametrize(("dump", "text"), [
    ("128", "0"), ("192,11", "0.1"), ("192,2", "0.01"), ("193,51,51", "50.5"), ("194,2", "100"),
    ("62,96,51,102", "-5.5"), ("62,100", "-1"), ("64,91,102", "-0.001"), ("0", str(-10**126)),
    ("212" + ",100" * 21, "9" * 40 + ".99"),
])
def test_numbers_are_read_without_trailing_zeros(dump: str, text: str) -> None:
    assert str(number.decode(bytes(map(int, dump.split(","))))) == text


@pytest.mark.parametrize("dump", ["193,0", "62,102,102", "62,255", "193,103", "212" + ",2" * 22])
def test_numbers_with_impossible_digits_are_malformed(dump: str) -> None:
    with pytest.raises(MalformedError, match="a NUMBER with impossible digits"):
        number.decode(bytes(map(int, dump.split(","))))


@given(st.integers(-10**38 + 1, 10**38 - 1))
def test_integers_of_38_digits_come_back(value: int) -> None:
    assert number.decode(number.encode(value)) == value


@given(st.decimals(Decimal("-1e30"), Decimal("1e30"), allow_nan=False, allow_infinity=False, places=8))
def test_decimals_come_back(value: Decimal) -> None:
    assert number.decode(number.encode(value)) == value


@given(st.floats(-1e100, 1e100, allow_nan=False))
def test_floats_keep_their_shortest_decimal_form(value: float) -> None:
    if value == 0 or abs(value) > 1e-100:
        assert float(number.decode(number.encode(value))) == value


@given(st.integers(-10**60, 10**60), st.integers(-60, 60))
def test_more_than_40_digits_round_half_up(value: int, exponent: int) -> None:
    exact = Decimal(value).scaleb(exponent)
    back = Decimal(number.decode(number.encode(exact)))
    assert abs(back - exact) <= abs(exact) * Decimal("1e-38")


@pytest.mark.parametrize("value", [Decimal("1e126"), Decimal("-1e130"), 10**200, Decimal("NaN")])
def test_out_of_range_numbers_are_refused(value: object) -> None:
    with pytest.raises(number.OutOfRangeError):
        number.encode(value)


def test_tiny_numbers_become_zero_and_infinities_keep_their_bytes() -> None:
    assert number.encode(Decimal("1e-140")) == b"\x80"
    assert number.encode(float("inf")) == b"\xff\x65"
    assert number.encode(float("-inf")) == b"\x00"


def test_date_bytes_as_dump_shows_them() -> None:
    assert list(scalars.date(datetime.datetime(2025, 11, 22, 14, 30, 59))) == [120, 125, 11, 22, 15, 31, 60]
    assert list(scalars.date(datetime.date(1999, 12, 31))) == [119, 199, 12, 31, 1, 1, 1]


def test_timestamps_leave_out_a_zero_fraction() -> None:
    moment = datetime.datetime(2025, 1, 2, 3, 4, 5)
    assert len(scalars.timestamp(moment)) == 7
    assert scalars.timestamp(moment.replace(microsecond=5))[7:] == (5000).to_bytes(4, "big")


@pytest.mark.parametrize("hours", [8, -3.5, 0, 5.75, -11])
def test_zoned_timestamps_travel_as_utc_with_their_offset(hours: float) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=hours))
    moment = datetime.datetime(2025, 11, 22, 1, 2, 3, 4, zone)
    data = scalars.timestamp_tz(moment)
    back = scalars.decode_date(data, zoned=True)
    assert back == moment
    assert back.utcoffset() == moment.utcoffset()
    assert data[4] - 1 == moment.astimezone(datetime.UTC).hour


@given(st.timedeltas(datetime.timedelta(days=-900000), datetime.timedelta(days=900000)))
def test_day_intervals_come_back(value: datetime.timedelta) -> None:
    assert scalars.decode_interval_ds(scalars.interval_ds(value)) == value


@given(st.integers(-9999, 9999), st.integers(-11, 11))
def test_year_intervals_come_back(years: int, months: int) -> None:
    assert scalars.decode_interval_ym(scalars.interval_ym((years, months))) == (years, months)


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_binary_doubles_come_back_and_sort_as_bytes(one: float, other: float) -> None:
    assert scalars.decode_float(scalars.binary_double(one)) == one
    if one < other:
        assert scalars.binary_double(one) < scalars.binary_double(other) or one == other == 0


def test_rowid_fields() -> None:
    assert scalars.rowid_parts("AAAE5jAAEAAAAFXAAA") == (20067, 4, 343, 0)
    for bad in ("AAAE5jAAEAAAAFXAA", "AAAE5jAAEAAAAFX*AA", ""):
        with pytest.raises(ValueError, match="invalid ROWID"):
            scalars.rowid_parts(bad)


@given(st.integers(0, 2**64 - 1))
def test_universal_integers(value: int) -> None:
    assert Reader(buffer.ub(value)).ub() == value
    assert Reader(buffer.sb(-value)).ub() == -value


@given(st.binary(min_size=1, max_size=70000))
def test_byte_strings_with_lengths_and_chunks(data: bytes) -> None:
    assert Reader(buffer.chunk(data)).chunk() == data
    assert Reader(buffer.sized(data)).sized() == data
    with pytest.raises(UnderflowError):
        Reader(buffer.chunk(data)[:-1]).chunk()


@pytest.mark.parametrize(("value", "data"), [
    (0, "00"), (1, "0101"), (255, "01ff"), (256, "020100"), (65535, "02ffff"), (65536, "0400010000"),
    (2**32 - 1, "04ffffffff"), (2**32, "080000000100000000"), (-5, "8105"), (-256, "820100"),
])
def test_universal_integers_byte_by_byte(value: int, data: str) -> None:
    assert buffer.sb(value).hex() == data
    assert Reader(bytes.fromhex(data)).ub() == value


@pytest.mark.parametrize(("size", "head", "length"), [
    (0, "00", 1), (1, "01", 2), (252, "fc", 253), (253, "fe01fd", 257), (32767, "fe027fff", 32772),
    (32768, "fe027fff", 32775),
])
def test_byte_strings_over_252_bytes_go_in_chunks(size: int, head: str, length: int) -> None:
    data = buffer.chunk(bytes(size))
    assert (data[:len(head) // 2].hex(), len(data)) == (head, length)


def test_fields_of_a_message_one_after_the_other() -> None:
    reader = Reader(bytes.fromhex("07 00 ff 0141 00 0102 024243 0102 00010203"), 1)
    assert [reader.chunk(), reader.chunk(), reader.chunk()] == [None, None, b"A"]
    assert [reader.sized(), reader.text()] == [b"", "BC"]
    assert [reader.u16(), reader.left, reader.u32(), reader.left] == [0x0102, 4, 0x00010203, 0]
    for read in (reader.u8, reader.u16, reader.chunk):
        with pytest.raises(UnderflowError):
            read()


@pytest.mark.parametrize(("data", "error"), [
    ("fe0440000000", UnderflowError), ("fe0440000001", MalformedError), ("fe0101410440000000", MalformedError),
    ("fe8101", MalformedError),
])
def test_byte_strings_over_1_gib_are_malformed(data: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Reader(bytes.fromhex(data)).chunk()


def test_integers_over_eight_bytes_are_malformed() -> None:
    with pytest.raises(MalformedError):
        Reader(b"\x09" + bytes(9)).ub()


# -- columns


def fields(kind: str, values: list[object], size: int = 4000) -> list[bytes]:
    wire = columns.WIRE_TYPES[kind]
    return columns.scalar_encoder(wire.code, wire.form)(values)


def test_equal_values_of_different_types_keep_their_own_form() -> None:
    assert fields("NUMBER", [1, 1.0, True, Decimal(1)]) == [b"\x02\xc1\x02"] * 4
    texts = fields("VARCHAR2", [1, 1.5, 2.0, Decimal("1.50"), "1"])
    assert texts == [b"\x011", b"\x031.5", b"\x012", b"\x041.50", b"\x011"]
    zones = [datetime.datetime(2025, 1, 1, hour, tzinfo=datetime.timezone(datetime.timedelta(hours=hour)))
             for hour in (0, 8)]
    first, second = fields("TIMESTAMP WITH LOCAL TIME ZONE", list(zones))
    assert first != second


def test_long_texts_and_nulls() -> None:
    short, long, null = fields("VARCHAR2", ["x" * 252, "x" * 253, None])
    assert short[0] == 252
    assert long[0] == 254
    assert null == b"\x00"
    assert fields("NVARCHAR2", ["é"]) == [b"\x02\x00\xe9"]


def test_memo_is_bounded() -> None:
    memo = columns.Memo(lambda value: str(value).encode(), limit=10)
    for value in range(100):
        assert memo[value] == str(value).encode()
    assert len(memo) <= 11
    assert memo[None] == b"\x00"


@pytest.mark.parametrize(("kind", "value", "error"), [
    ("DATE", "2025-01-01", "column X of type DATE"), ("NUMBER", "abc", "column X of type NUMBER"),
    ("VARCHAR2", [1], "column X of type VARCHAR2"), ("ROWID", "no", "ORA-01410"), ("NUMBER", 10**130, "ORA-01426"),
])
def test_a_value_that_does_not_fit_its_column_is_an_error(kind: str, value: object, error: str) -> None:
    column = Column("X", kind)
    wire = columns.WIRE_TYPES[kind]
    with pytest.raises(OraError, match=error):
        columns.encode_rows([(value,)], [columns.scalar_encoder(wire.code, wire.form)], [column])


def test_a_row_of_another_width_is_an_error() -> None:
    encoder = columns.scalar_encoder(1, 1)
    with pytest.raises((OraError, ValueError)):
        columns.encode_rows([("a", "b")], [encoder], [Column("A")])


def test_a_column_of_size_zero_takes_only_null() -> None:
    encoder = columns.null_column("N")
    assert encoder([None, None]) == [b"", b""]
    with pytest.raises(OraError, match="column N of size 0"):
        encoder([None, "x"])


def test_unknown_type_is_named() -> None:
    with pytest.raises(OraError, match=r"ORA-03115.*SDO_GEOMETRY"):
        columns.wire_type(Column("G", "SDO_GEOMETRY"))
