# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RAW, hashing, DUMP."""

from __future__ import annotations

import hashlib
import os
import struct
import zlib
from decimal import Decimal
from typing import Any

from estate.sql import dates
from estate.sql.errors import ora
from estate.sql.functions.registry import function, helper
from estate.sql.functions.strings import whole
from estate.sql.numbers import WIDE, Number, dec
from estate.sql.types import RAW, VARCHAR, SqlType


@function("RAWTOHEX RAWTONHEX", "r", lambda types: VARCHAR)
def rawtohex(value: bytes) -> str:
    """RAWTOHEX: two capital hexadecimal digits for each byte."""
    return value.hex().upper()


@function("HEXTORAW", "s", "R")
def hextoraw(text: str) -> bytes:
    """HEXTORAW; an odd digit gets a 0 before it. ORA-01465 for what is no hexadecimal digit."""
    try:
        return bytes.fromhex(text if len(text) % 2 == 0 else "0" + text)
    except ValueError:
        raise ora(1465) from None


@helper("o_hex_raw")
def implicit_raw(text: str | None) -> bytes | None:
    """Implicit HEXTORAW."""
    return None if text is None else hextoraw(text)


@function("UTL_RAW.CAST_TO_RAW TO_BLOB_TEXT", "s", "R")
def cast_to_raw(text: str) -> bytes:
    """The text's bytes in UTF-8."""
    return text.encode()


@function("UTL_RAW.CAST_TO_VARCHAR2 UTL_RAW.CAST_TO_NVARCHAR2", "r", lambda types: VARCHAR)
def cast_to_varchar2(value: bytes) -> str:
    """Bytes as UTF-8 text; those that are none become U+FFFD."""
    return value.decode("utf-8", "replace")


@function("UTL_RAW.LENGTH", "r", "N")
def raw_length(value: bytes) -> int:
    """UTL_RAW.LENGTH, in bytes."""
    return len(value)


@function("UTL_RAW.SUBSTR", "r n n?", "R")
def raw_substr(value: bytes, start: Number, size: Number | None = None) -> bytes:
    """UTL_RAW.SUBSTR: ``start`` counts from 1, or from the end where it is negative; ``size`` in bytes."""
    begin = whole(start) - 1 if whole(start) > 0 else len(value) + whole(start)
    return value[begin:] if size is None else value[begin:begin + whole(size)]


@function("UTL_RAW.CONCAT", "r r*", "R")
def raw_concat(*values: bytes) -> bytes:
    """UTL_RAW.CONCAT."""
    return b"".join(values)


@function("UTL_RAW.REVERSE", "r", "R")
def raw_reverse(value: bytes) -> bytes:
    """UTL_RAW.REVERSE: the last byte first."""
    return value[::-1]


@function("UTL_RAW.CAST_TO_NUMBER", "r", "N")
def raw_to_number(value: bytes) -> Number:
    """UTL_RAW.CAST_TO_NUMBER: bytes of Oracle's NUMBER, as in RAW_VALUE columns."""
    return decode_number(value)


@function("UTL_RAW.CAST_FROM_NUMBER", "n", "R")
def raw_from_number(value: Number) -> bytes:
    """UTL_RAW.CAST_FROM_NUMBER: the bytes of Oracle's NUMBER."""
    return encode_number(dec(value))


@function("UTL_RAW.CAST_TO_BINARY_INTEGER", "r n?", "N")
def raw_to_integer(value: bytes, _endian: Number = 1) -> int:
    """UTL_RAW.CAST_TO_BINARY_INTEGER: the high byte first, signed from four bytes on."""
    return int.from_bytes(value, "big", signed=len(value) >= 4)


@function("TO_BLOB", "r", lambda types: SqlType("BLOB"))
def to_blob(value: bytes) -> bytes:
    """TO_BLOB(raw)."""
    return value


@function("EMPTY_BLOB", "", lambda types: SqlType("BLOB"))
def empty_blob() -> bytes:
    """EMPTY_BLOB(): a LOB of no bytes, which is not NULL."""
    return b""


HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA384": hashlib.sha384, "SHA512": hashlib.sha512,
          "MD5": hashlib.md5}


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@function("STANDARD_HASH", "a s?", lambda types: RAW)
def standard_hash(value: Any, method: str = "SHA1") -> bytes:
    """STANDARD_HASH by SHA1, SHA256, SHA384, SHA512 or MD5. ORA-01760 for another method."""
    factory = HASHES.get(method.upper())
    if factory is None:
        raise ora(1760)
    return factory(_bytes(value)).digest()


@function("ORA_HASH", "a n? n?", "N")
def ora_hash(value: Any, buckets: Number = 4294967295, seed: Number = 0) -> int:
    """A stable hash in the buckets; its figures are not Oracle's."""
    return zlib.crc32(_bytes(value), whole(seed)) % (whole(buckets) + 1)


@function("DBMS_UTILITY.GET_HASH_VALUE", "s n n", "N")
def get_hash_value(text: str, base: Number, size: Number) -> int:
    """DBMS_UTILITY.GET_HASH_VALUE: from ``base`` on, ``size`` values. Stable, but not Oracle's own numbers."""
    return whole(base) + zlib.crc32(text.encode()) % max(1, whole(size))


@function("SYS_GUID", "", "R", deterministic=False)
def sys_guid() -> bytes:
    """SYS_GUID: 16 random bytes."""
    return os.urandom(16)


def encode_number(value: Decimal) -> bytes:
    """Oracle's internal NUMBER: exponent byte and base-100 digits."""
    if not value:
        return b"\x80"
    sign, digits, exponent = value.normalize(WIDE).as_tuple()
    text = "".join(map(str, digits))
    power = int(exponent)
    if power % 2:
        text, power = text + "0", power - 1
    text = text if len(text) % 2 == 0 else "0" + text
    pairs = [int(text[at:at + 2]) for at in range(0, len(text), 2)]
    head = 193 + len(pairs) + power // 2 - 1
    while pairs and pairs[-1] == 0:
        pairs.pop()
    if sign:
        return bytes([255 - head]) + bytes(101 - pair for pair in pairs) + (b"\x66" if len(pairs) < 20 else b"")
    return bytes([head]) + bytes(pair + 1 for pair in pairs)


def decode_number(raw: bytes) -> Number:
    """The number of an internal representation (v$sql_bind_capture, low_value and high_value of statistics)."""
    if not raw or raw == b"\x80":
        return 0
    positive = raw[0] >= 128
    body = raw[1:] if positive or raw[-1] != 102 else raw[1:-1]
    pairs = [byte - 1 if positive else 101 - byte for byte in body]
    exponent = (raw[0] - 193) if positive else (62 - raw[0])
    total = sum((Decimal(pair) * Decimal(100) ** (exponent - index) for index, pair in enumerate(pairs)), Decimal(0))
    number = total if positive else -total
    return int(number) if number == number.to_integral_value() else float(number)


def _date_bytes(text: str) -> bytes:
    value = dates.load(text)
    return bytes(
        (
            value.year // 100 + 100,
            value.year % 100 + 100,
            value.month,
            value.day,
            value.hour + 1,
            value.minute + 1,
            value.second + 1,
        )
    )


def _float_bytes(value: float, layout: str) -> bytes:
    """Oracle's order of the IEEE bytes: the sign bit turned, all of them for negative numbers."""
    raw = struct.pack(layout, value)
    return bytes(byte ^ 255 for byte in raw) if raw[0] & 128 else bytes([raw[0] | 128]) + raw[1:]


def _moment_bytes(text: str) -> bytes:
    """A date that no column holds: year in two bytes, least first."""
    value = dates.load(text)
    century, rest = divmod(value.year, 256)
    return bytes((rest, century, value.month, value.day, value.hour, value.minute, value.second, 0))


def _stored(value: Any, kind: str) -> tuple[int, bytes]:
    if kind in ("100", "101"):
        return int(kind), _float_bytes(float(value), ">f" if kind == "100" else ">d")
    if kind == "N":
        return 2, encode_number(dec(value))
    if kind == "13":
        return 13, _moment_bytes(value)
    if kind in "DTZ":
        return {"D": 12, "T": 180, "Z": 181}[kind], _date_bytes(value)
    if kind == "R":
        return 23, value
    return (96 if kind == "C" else 1), str(value).encode()


@helper("o_dump")
def dump(kind: str, value: Any, form: Number = 10, start: Number = 1, size: Number | None = None) -> str | None:
    """DUMP(value, format, start, length)."""
    if value is None:
        return "NULL"
    code, raw = _stored(value, kind)
    number = whole(form)
    charset = " CharacterSet=AL32UTF8" if number >= 1000 and code in (1, 96) else ""
    shown = raw[max(0, whole(start) - 1):][:None if size is None else whole(size)]
    render = {8: lambda one: f"{one:o}", 16: lambda one: f"{one:x}", 17: _character}.get(number % 1000, str)
    return f"Typ={code} Len={len(raw)}{charset}: " + ",".join(render(one) for one in shown)


def _character(byte: int) -> str:
    return chr(byte) if 32 <= byte < 127 else f"{byte:x}"


@helper("o_vsize")
def vsize(kind: str, value: Any) -> int | None:
    """VSIZE(value)."""
    return None if value is None else len(_stored(value, kind)[1])


ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@helper("o_rowid")
def rowid(object_id: int, number: int | None) -> str | None:
    """An 18-character ROWID of a SQLite row: object, file 4, block, slot."""
    if number is None:
        return None
    block, slot = divmod(number, 200)
    return _base64(object_id, 6) + _base64(4, 3) + _base64(block, 6) + _base64(slot, 3)


def _base64(number: int, width: int) -> str:
    letters = []
    for _ in range(width):
        number, digit = divmod(number, 64)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))


def _from_base64(text: str) -> int:
    total = 0
    for letter in text:
        total = total * 64 + ALPHABET.index(letter)
    return total


@function("DBMS_ROWID.ROWID_BLOCK_NUMBER", "s", "N")
def rowid_block(text: str) -> int:
    """DBMS_ROWID.ROWID_BLOCK_NUMBER of an extended ROWID."""
    return _from_base64(text[9:15])


@function("DBMS_ROWID.ROWID_RELATIVE_FNO", "s", "N")
def rowid_file(text: str) -> int:
    """DBMS_ROWID.ROWID_RELATIVE_FNO of an extended ROWID."""
    return _from_base64(text[6:9])


@function("DBMS_ROWID.ROWID_OBJECT", "s", "N")
def rowid_object(text: str) -> int:
    """DBMS_ROWID.ROWID_OBJECT of an extended ROWID."""
    return _from_base64(text[:6])


