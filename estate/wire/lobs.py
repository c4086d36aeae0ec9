# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LOBs of one session: locators, contents, and the operations on them.

Row LOBs are snapshots of what the query returned; only temporary LOBs can be written. Contents are str (CLOB, NCLOB) or
bytes (BLOB); offsets count characters or bytes from 1. The oldest row LOBs are dropped when there are very many.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from estate.api import OraError
from estate.wire import constants as c
from estate.wire.buffer import chunk, sb, ub
from estate.wire.requests import LobCall

LOCATOR_SIZE = 40
CHUNK_SIZE = 8132
MAX_LOBS = 100_000
MAX_ROW_BYTES = 256 * 1024 * 1024
MAX_TEMP = 512 * 1024 * 1024
GET_LENGTH, READ, TRIM, WRITE, GET_CHUNK_SIZE = 0x0001, 0x0002, 0x0020, 0x0040, 0x4000
CREATE_TEMP, FREE_TEMP, OPEN, CLOSE, IS_OPEN = 0x0110, 0x0111, 0x8000, 0x10000, 0x11000
ARRAY = 0x80000


@dataclass(slots=True)
class Lob:
    """Content and state of one LOB."""

    content: str | bytes
    form: int = 0
    temporary: bool = False
    is_open: bool = False

    @property
    def encoding(self) -> str:
        """How text travels: UTF-16 in the national character set form, else UTF-8."""
        return "utf-16-be" if self.form == 2 else "utf-8"


class LobStore:
    """The LOBs that a session has handed out, by locator."""

    def __init__(self) -> None:
        self._row_lobs: OrderedDict[bytes, Lob] = OrderedDict()
        self._temporary: dict[bytes, Lob] = {}
        self._next = 1
        self._row_bytes = 0
        self._operations: dict[int, Callable[[Lob, LobCall], bytes]] = {
            GET_LENGTH: _length, READ: _read, TRIM: self._trim, WRITE: self._write, GET_CHUNK_SIZE: _chunk_size,
            OPEN: _open, CLOSE: _close, IS_OPEN: _is_open,
        }

    def __len__(self) -> int:
        return len(self._row_lobs) + len(self._temporary)

    def add(self, content: str | bytes, form: int = 0, *, temporary: bool = False) -> bytes:
        """Keep a LOB; gives its locator."""
        kind = 0x01 if isinstance(content, bytes) else 0x02
        locator = struct.pack(">HHBBBBQ", LOCATOR_SIZE - 2, 1, kind, 0x08, 0, 0x01 if temporary else 0, self._next)
        locator += struct.pack(">HH", 0, c.CHARSET_UTF16 if form == 2 else c.CHARSET_UTF8 if form else 0)
        locator = locator.ljust(LOCATOR_SIZE, b"\x00")
        self._next += 1
        if temporary:
            self._temporary[locator] = Lob(content, form, temporary)
            return locator
        self._row_lobs[locator] = Lob(content, form)
        self._row_bytes += len(content)
        while len(self._row_lobs) > MAX_LOBS or (self._row_bytes > MAX_ROW_BYTES and len(self._row_lobs) > 1):
            self._row_bytes -= len(self._row_lobs.popitem(last=False)[1].content)
        return locator

    def get(self, locator: bytes) -> Lob:
        """Raises OraError 22922."""
        lob = self._row_lobs.get(locator) or self._temporary.get(locator)
        if lob is None:
            raise OraError(22922, "nonexistent LOB value")
        return lob

    def free(self, locators: bytes) -> None:
        """Free temporary LOBs: a run of locators."""
        for start in range(0, len(locators), LOCATOR_SIZE):
            self._temporary.pop(locators[start:start + LOCATOR_SIZE], None)

    def call(self, call: LobCall) -> bytes:
        """Run a LOB operation; gives the messages of the response before the closing one. Raises OraError."""
        operation = call.operation & ~ARRAY
        if operation == CREATE_TEMP:
            return self._create_temp(call)
        if operation == FREE_TEMP:
            self.free(call.locator)
            return bytes((c.MSG_PARAMETER,)) + call.locator
        lob = self.get(call.locator)
        try:
            run = self._operations[operation]
        except KeyError:
            raise OraError(3001, f"unimplemented feature: LOB operation {operation:#x}") from None
        return run(lob, call)

    def _create_temp(self, call: LobCall) -> bytes:
        form = call.source_offset
        content: str | bytes = b"" if call.dest_offset == c.T_BLOB else ""
        locator = self.add(content, form if content == "" else 0, temporary=True)
        amount = sb(call.amount) if call.has_amount else b""    # older drivers send the duration as an amount
        return bytes((c.MSG_PARAMETER,)) + locator + ub(call.charset) + amount + b"\x00"

    def _trim(self, lob: Lob, call: LobCall) -> bytes:
        _must_be_writable(lob)
        if call.amount > len(lob.content):
            raise OraError(22926, "specified trim length is greater than current LOB value's length")
        lob.content = lob.content[:call.amount]
        return _answer(call, call.amount)

    def _write(self, lob: Lob, call: LobCall) -> bytes:
        _must_be_writable(lob)
        start = call.source_offset - 1
        if start < 0 or start + len(call.data or b"") > MAX_TEMP:
            raise _bad_offset()
        content = lob.content
        if isinstance(content, bytes):
            data = call.data or b""
            lob.content = content + data if start == len(content) else (
                content[:start].ljust(start, b"\x00") + data + content[start + len(data):])
            return _answer(call, len(data))
        text = (call.data or b"").decode(lob.encoding, "replace")
        lob.content = content + text if start == len(content) else (
            content[:start].ljust(start) + text + content[start + len(text):])
        return _answer(call, len(text))


def _bad_offset() -> OraError:
    return OraError(24801, "illegal parameter value in OCI lob function")


def _must_be_writable(lob: Lob) -> None:
    if not lob.temporary:
        raise OraError(22920, "row containing the LOB value is not locked")


def _answer(call: LobCall, amount: int = 0) -> bytes:
    message = bytes((c.MSG_PARAMETER,)) + call.locator
    return message + sb(amount) if call.has_amount else message


def _length(lob: Lob, call: LobCall) -> bytes:
    return _answer(call, len(lob.content))


def _chunk_size(lob: Lob, call: LobCall) -> bytes:
    return _answer(call, CHUNK_SIZE)


def _read(lob: Lob, call: LobCall) -> bytes:
    start = call.source_offset - 1
    if start < 0 or call.amount < 0:
        raise _bad_offset()
    piece = lob.content[start:start + call.amount]
    data = piece if isinstance(piece, bytes) else piece.encode(lob.encoding, "surrogatepass")
    message = bytes((c.MSG_LOB_DATA,)) + chunk(data) if data else b""
    return message + _answer(call, len(piece))


def _open(lob: Lob, call: LobCall) -> bytes:
    if lob.is_open:
        raise OraError(22293, "LOB already opened in the same transaction")
    lob.is_open = True
    return _answer(call, call.amount)


def _close(lob: Lob, call: LobCall) -> bytes:
    if not lob.is_open:
        raise OraError(22289, "cannot perform operation on an unopened file or LOB")
    lob.is_open = False
    return _answer(call)


def _is_open(lob: Lob, call: LobCall) -> bytes:
    return _answer(call) + bytes((1 if lob.is_open else 0,))
