# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TNS packets: framing, and the CONNECT, ACCEPT, REFUSE and MARKER packets.

Header: length, checksum (unused), type, flags, header checksum (unused). The length has 16 bits up to and including
ACCEPT and 32 bits after it when version 315 or later was agreed on. DATA packets carry two flag bytes first.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from estate.api import ConnectRequest
from estate.wire import constants as c
from estate.wire.buffer import MalformedError

HEADER = 8
LARGE_VERSION = 315
FLAGS2_VERSION = 318
UUID_VERSION = 319
UUID_SIZE = 16
MAX_PACKET = 2 * 1024 * 1024 + 1024
MAX_CONNECT_DATA = 32768
_KNOWN_TYPES = frozenset((c.CONNECT, c.DATA, c.MARKER, c.CONTROL, c.RESEND))


@dataclass(slots=True)
class ConnectPacket:
    """What a client asks for: highest and lowest version it speaks, buffer sizes, descriptor length and text."""

    version: int
    lowest: int
    options: int
    sdu: int
    data_length: int
    data: bytes


class Framer:
    """Cuts a byte stream into packets. Raises MalformedError for a header that no client sends."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.large = False

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield (packet type, body without header) of each complete packet."""
        self.buffer += data
        while (packet := self._next()) is not None:
            yield packet

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self.buffer
        if len(buffer) < HEADER:
            return None
        size = int.from_bytes(buffer[:4] if self.large else buffer[:2], "big")
        kind = buffer[4]
        if kind not in _KNOWN_TYPES or not HEADER <= size <= MAX_PACKET:
            raise MalformedError(f"packet type {kind} of {size} bytes")
        if len(buffer) < size:
            return None
        body = bytes(buffer[HEADER:size])
        del buffer[:size]
        return kind, body


def parse_connect(body: bytes) -> ConnectPacket:
    """Parse the body of a CONNECT packet. Raises MalformedError."""
    if len(body) < 26:
        raise MalformedError(f"CONNECT packet of {len(body) + HEADER} bytes")
    version, lowest, options, sdu, _tdu = struct.unpack_from(">HHHHH", body, 0)
    length, offset = struct.unpack_from(">HH", body, 16)
    if offset < HEADER + 26 or length > MAX_CONNECT_DATA:
        raise MalformedError(f"CONNECT data of {length} bytes at offset {offset}")
    if version >= LARGE_VERSION and offset >= 66 and len(body) >= 54:
        sdu = int.from_bytes(body[50:54], "big") or sdu
    return ConnectPacket(version, lowest, options, sdu, length, body[offset - HEADER:offset - HEADER + length])


def packet(kind: int, body: bytes, *, large: bool = False, flags: int = 0) -> bytes:
    """A packet with its header; ``large``: the length has four bytes, as it was agreed on at CONNECT."""
    size = len(body) + HEADER
    return struct.pack(">IBBH" if large else ">HxxBBH", size, kind, flags, 0) + body


def data_packets(payload: bytes, sdu: int, *, large: bool, end_of_response: bool = False) -> bytes:
    """Cut a response into DATA packets of at most ``sdu`` bytes; the last one is flagged when asked."""
    room = sdu - HEADER - 2
    parts = []
    head = ">IBBHH" if large else ">HxxBBHH"
    for start in range(0, len(payload), room) or (0,):
        piece = payload[start:start + room]
        last = start + room >= len(payload)
        flags = c.FLAG_END_OF_RESPONSE if end_of_response and last else 0
        parts.append(struct.pack(head, len(piece) + HEADER + 2, c.DATA, 0, 0, flags))
        parts.append(piece)
    return b"".join(parts)


def eof_packet(*, large: bool) -> bytes:
    """The packet after which the server sends no more."""
    return packet(c.DATA, struct.pack(">H", c.FLAG_EOF), large=large)


def marker(kind: int, *, large: bool) -> bytes:
    """A packet that breaks (1) or resets (2) the exchange."""
    return packet(c.MARKER, bytes((1, 0, kind)), large=large)


def accept(version: int, sdu: int, flags2: int) -> bytes:
    """ACCEPT. Its data offset equals its length (go-ora wants that); flag byte 4 says no native encryption.

    From version 319 an identifier follows under which early drivers keep what the server told them, to skip that the
    next time; a new one each time makes them ask again.
    """
    small = min(sdu, 65535)
    sizes = {LARGE_VERSION: 41, FLAGS2_VERSION: 45, UUID_VERSION: 45 + UUID_SIZE}
    size = next((sizes[least] for least in sorted(sizes, reverse=True) if version >= least), 32)
    body = struct.pack(">HHHHHHHBB8x", version, 0x0001, small, small, 0x0100, 0, size, 0x04, 0x04)
    if version >= LARGE_VERSION:
        body += struct.pack(">IIB", sdu, sdu, 0)
    if version >= FLAGS2_VERSION:
        body += struct.pack(">I", flags2)
    if version >= UUID_VERSION:
        body += os.urandom(UUID_SIZE)
    return packet(c.ACCEPT, body)


def refuse(code: int) -> bytes:
    """REFUSE, as the listener writes it."""
    stack = f"(ERROR_STACK=(ERROR=(CODE={code})(EMFI=4)))" if code else "(ALIAS=LISTENER)"
    text = f"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR={code}){stack})".encode()
    return packet(c.REFUSE, struct.pack(">BBH", 4, 0, len(text)) + text)


_TOKEN = re.compile(r'\(\s*([A-Za-z_0-9]+)\s*=\s*("[^"]*"|[^()]*)')


def descriptor_values(text: str) -> dict[str, str]:
    """The leaves of a connect descriptor by upper-case name; of equal names the first one counts."""
    values: dict[str, str] = {}
    for name, value in _TOKEN.findall(text):
        value = value.strip().strip('"')
        if value:
            values.setdefault(name.upper(), value)
    return values


def connect_request(text: str, peer: tuple[str, int], local_port: int = 0) -> ConnectRequest:
    """Parse connect data into what the listener decides on."""
    start = text.upper().find("CONNECT_DATA")
    values = descriptor_values(text[start - 1:] if start > 0 else text)
    caller = descriptor_values(_section(text, "CID"))
    return ConnectRequest(
        service_name=values.get("SERVICE_NAME"), sid=values.get("SID"), instance_name=values.get("INSTANCE_NAME"),
        server=values.get("SERVER"), peer=peer, program=caller.get("PROGRAM", ""), host=caller.get("HOST", ""),
        user=caller.get("USER", ""), local_port=local_port,
    )


def listener_command(text: str) -> str | None:
    """What tnsping and lsnrctl ask of the listener itself ("ping", "status" ...); a ping is answered by ERR=0."""
    return descriptor_values(text).get("COMMAND", "").lower() or None


def _section(text: str, name: str) -> str:
    """The text from "(NAME=" up to its closing parenthesis, without the name itself."""
    found = re.search(rf"\(\s*{name}\s*=", text, re.IGNORECASE)
    if not found:
        return ""
    depth = 1
    for at in range(found.end(), len(text)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return text[found.end():at]
    return text[found.end():]
