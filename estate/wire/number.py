# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Oracle's NUMBER on the wire: an exponent byte and base-100 digits, each plus one (101 minus the digit if negative).

The digits are had by reading the decimal text two characters at a time as one hexadecimal byte (bytes.fromhex) and
translating that byte, which leaves the whole conversion to C code.
"""

from __future__ import annotations

import math
from decimal import Decimal

from estate.wire.buffer import MalformedError

_DIGITS = [10 * (byte >> 4) + (byte & 15) for byte in range(0x9A)]
_POSITIVE = bytes(digit + 1 for digit in _DIGITS).ljust(256, b"\x00")
_NEGATIVE = bytes(max(101 - digit, 0) for digit in _DIGITS).ljust(256, b"\x00")
ZERO = b"\x80"
MAX_PAIRS = 20
INFINITY = b"\xff\x65"
MINUS_INFINITY = b"\x00"


class OutOfRangeError(ValueError):
    """The value has no representation as NUMBER (ORA-01426)."""


def _digits(text: str, exponent: int, negative: bool) -> bytes:
    """Encode an integer's digits times 10**exponent."""
    if exponent & 1:
        text += "0"
        exponent -= 1
    if len(text) & 1:
        text = "0" + text
    pairs = bytes.fromhex(text)
    point = len(pairs) + exponent // 2
    mantissa = pairs.lstrip(b"\x00")
    point -= len(pairs) - len(mantissa)
    mantissa = mantissa.rstrip(b"\x00")
    if not mantissa:
        return ZERO
    if len(mantissa) > MAX_PAIRS:
        mantissa, point = _rounded(mantissa, point)
    if point > 63:
        raise OutOfRangeError(text)
    if point < -64:
        return ZERO
    if not negative:
        return bytes((point + 192,)) + mantissa.translate(_POSITIVE)
    tail = b"\x66" if len(mantissa) < MAX_PAIRS else b""
    return bytes((63 - point,)) + mantissa.translate(_NEGATIVE) + tail


def _rounded(mantissa: bytes, point: int) -> tuple[bytes, int]:
    """Round to 20 base-100 digits, half up."""
    kept = int(mantissa[:MAX_PAIRS].hex()) + (1 if mantissa[MAX_PAIRS] >= 0x50 else 0)
    text = str(kept)
    text = text.zfill(len(text) + len(text) % 2)
    point += len(text) // 2 - MAX_PAIRS
    return bytes.fromhex(text).rstrip(b"\x00"), point


def encode(value: object) -> bytes:
    """Encode int, Decimal, float, bool or decimal text. Raises OutOfRangeError, ValueError."""
    if type(value) is int:
        return _digits(str(value), 0, False) if value >= 0 else _digits(str(-value), 0, True)
    if isinstance(value, float):
        if math.isinf(value):
            return INFINITY if value > 0 else MINUS_INFINITY
        value = Decimal(repr(value))
    elif isinstance(value, bool):
        return b"\xc1\x02" if value else ZERO
    elif not isinstance(value, Decimal):
        value = Decimal(str(value))
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise OutOfRangeError(str(value))
    return _digits("".join(map(str, digits)), exponent, bool(sign))


def decode(data: bytes) -> int | Decimal:
    """Decode to int where the value is whole, else to Decimal. Raises MalformedError."""
    head = data[0]
    if head & 0x80:
        if len(data) == 1:
            return 0
        digits = [byte - 1 for byte in data[1:]]
        point = head - 192
    else:
        if len(data) == 1:
            return -(10 ** 126)
        body = data[1:-1] if data[-1] == 102 else data[1:]
        digits = [101 - byte for byte in body]
        point = 63 - head
    if len(digits) > 21 or any(not 0 <= digit <= 100 for digit in digits):
        raise MalformedError("a NUMBER with impossible digits")
    number = 0
    for digit in digits:
        number = number * 100 + digit
    scale = 2 * (len(digits) - point)
    if not head & 0x80:
        number = -number
    if scale <= 0:
        return int(number * 10 ** -scale)
    whole, rest = divmod(number, 10 ** scale)
    return whole if rest == 0 else _plain(number, scale)


def _plain(number: int, scale: int) -> Decimal:
    while number % 10 == 0:
        number //= 10
        scale -= 1
    return Decimal((0 if number >= 0 else 1, tuple(map(int, str(abs(number)))), -scale))
