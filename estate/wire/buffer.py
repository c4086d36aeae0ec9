# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Reading and writing the primitive fields of TTC (Two-Task Common), the protocol inside TNS data packets.

Integers are "universal": one length byte (high bit = negative), then that many big-endian bytes. Byte strings carry one
length byte up to 252; 254 starts chunks of a universal length each, ended by length 0; 0 and 255 mean NULL.
"""

from __future__ import annotations

import struct

MAX_SHORT = 252
LONG_INDICATOR = 254
NULL_INDICATOR = 255
CHUNK = 32767
MAX_STRING = 1 << 30


class UnderflowError(Exception):
    """The message is not complete yet: more packets are needed."""


class MalformedError(Exception):
    """The bytes cannot be a message of this protocol."""


class Reader:
    """A cursor over the bytes of one request. Raises UnderflowError at their end, MalformedError on nonsense."""

    __slots__ = ("data", "end", "pos")

    def __init__(self, data: bytes, pos: int = 0) -> None:
        self.data = data
        self.pos = pos
        self.end = len(data)

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self.end - self.pos

    def u8(self) -> int:
        """One byte as an unsigned number. UnderflowError where there is none, as for all that reads."""
        pos = self.pos
        if pos >= self.end:
            raise UnderflowError
        self.pos = pos + 1
        return self.data[pos]

    def raw(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        pos = self.pos
        stop = pos + count
        if stop > self.end:
            raise UnderflowError
        self.pos = stop
        return self.data[pos:stop]

    def u16(self) -> int:
        """Two bytes, the high one first, as an unsigned number."""
        return int.from_bytes(self.raw(2), "big")

    def u32(self) -> int:
        """Four bytes, the high one first, as an unsigned number."""
        return int.from_bytes(self.raw(4), "big")

    def ub(self) -> int:
        """A universal integer, also negative ones."""
        size = self.u8()
        if size == 0:
            return 0
        negative = size & 0x80
        size &= 0x7F
        if size > 8:
            raise MalformedError(f"integer of {size} bytes at offset {self.pos - 1}")
        value = int.from_bytes(self.raw(size), "big")
        return -value if negative else value

    def chunk(self) -> bytes | None:
        """A byte string with its length byte, or in chunks. None for NULL."""
        size = self.u8()
        if size in (0, NULL_INDICATOR):
            return None
        if size != LONG_INDICATOR:
            return self.raw(size)
        return self._chunks()

    def _chunks(self) -> bytes:
        spans = []
        total = 0
        while size := self.ub():
            if size < 0 or (total := total + size) > MAX_STRING:
                raise MalformedError("oversized byte string")
            if self.pos + size > self.end:
                raise UnderflowError
            spans.append((self.pos, self.pos + size))
            self.pos += size
        data = self.data
        return b"".join([data[start:stop] for start, stop in spans])

    def sized(self) -> bytes:
        """A universal length followed, when not zero, by a byte string."""
        return (self.chunk() or b"") if self.ub() else b""

    def text(self) -> str:
        """A string in UTF-8 with its length before it; bytes that are no UTF-8 become U+FFFD."""
        return self.sized().decode("utf-8", "replace")


_SMALL = tuple([b"\x00"] + [bytes((1, number)) for number in range(1, 256)])
_PACK2 = struct.Struct(">BH").pack
_PACK4 = struct.Struct(">BI").pack
_PACK8 = struct.Struct(">BQ").pack


def ub(number: int) -> bytes:
    """Encode a non-negative integer in universal form."""
    if number < 256:
        return _SMALL[number]
    if number < 65536:
        return _PACK2(2, number)
    if number < 1 << 32:
        return _PACK4(4, number)
    return _PACK8(8, number)


def sb(number: int) -> bytes:
    """Encode a signed integer in universal form."""
    if number >= 0:
        return ub(number)
    encoded = ub(-number)
    return bytes((encoded[0] | 0x80,)) + encoded[1:]


def chunk(data: bytes) -> bytes:
    """Encode a byte string with its length byte, or in chunks when long."""
    size = len(data)
    if size <= MAX_SHORT:
        return bytes((size,)) + data
    parts = [b"\xfe"]
    for start in range(0, size, CHUNK):
        piece = data[start:start + CHUNK]
        parts.append(ub(len(piece)))
        parts.append(piece)
    parts.append(b"\x00")
    return b"".join(parts)


def sized(data: bytes) -> bytes:
    """Encode a byte string with two lengths: a universal one and that of chunk()."""
    return ub(len(data)) + chunk(data) if data else b"\x00"


def text(value: str) -> bytes:
    """A string in UTF-8 with its length in bytes before it."""
    return sized(value.encode("utf-8", "surrogatepass"))
