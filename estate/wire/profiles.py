# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Server generations: what each announces in ACCEPT and in the protocol and data type messages."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from estate.wire import constants as c
from estate.wire.buffer import MalformedError, Reader, UnderflowError, chunk

BANNER = b"x86_64/Linux 2.4.xx\x00"
GO_ORA = "OracleClientGo"
SDU_MAX = 2 * 1024 * 1024
MAX_TYPES = 5000
CAP_END_OF_RESPONSE = 0x20
# entries of the data type table, and a representation
DTY_SIGNED_BYTE, DTY_ERROR_20, DTY_DESCRIBE_23 = 27, 652, 663
REP_UNIVERSAL = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """One generation. ``field_version`` gates the fields of TTC messages."""

    name: str
    tns_version: int
    field_version: int
    flags2: int = 0
    sdu_max: int = SDU_MAX


PROFILES = {
    "12.2": Profile("12.2", 315, c.FV_12_2_EXT1),
    "19": Profile("19", 318, c.FV_19_1_EXT1),
    "23ai": Profile("23ai", 319, c.FV_23_4, c.ACCEPT_FAST_AUTH | c.ACCEPT_END_OF_RESPONSE),
}


def profile(name: str | None) -> Profile:
    """Raises KeyError for a name that is none of 12.2, 19, 23ai (19c and 23 count too)."""
    return PROFILES[{"19c": "19", "23": "23ai", None: "19", "": "19"}.get(name, name or "19")]


def _compile_caps(field_version: int) -> bytes:
    caps = bytearray(55)
    caps[0] = 6
    caps[4] = 0xEA              # logon types; 0x20: session keys are derived with PBKDF2
    caps[5] = 0x08
    caps[7] = field_version
    caps[8] = 1
    caps[9] = 1
    caps[15] = 0x01 | 0x08 | 0x20   # end-of-call status
    caps[16] = 0x01 | 0x10 | 0x80   # end-to-end sequence number; without it go-ora misreads every error
    caps[17], caps[18], caps[19], caps[21] = 3, 7, 3, 1
    caps[23] = 0xCF             # LOB lengths of 64 bits, prefetch
    caps[26] = 0x04
    caps[27] = 1                # two-byte data type numbers
    caps[31] = 0x10
    caps[34] = 12
    caps[37] = 0x10 | 0x20 | 0x80   # implicit results, 32-bit chunk lengths, order of OUT values
    caps[40] = 0x04 | (CAP_END_OF_RESPONSE if field_version >= c.FV_23_1 else 0)
    caps[42] = 0x01
    caps[44] = 0x02 | 0x04 if field_version >= c.FV_23_1 else 0
    return bytes(caps)


def protocol_reply(server: Profile) -> bytes:
    """Answer to the protocol message: banner, character sets, capabilities."""
    fdo = bytes(9) + struct.pack(">H", c.CHARSET_UTF16)
    runtime = bytearray(11)
    runtime[0], runtime[1], runtime[6] = 2, 1, 5
    return b"".join((
        bytes((c.MSG_PROTOCOL, 6, 0)), BANNER, struct.pack("<H", c.CHARSET_UTF8), b"\x01", struct.pack("<H", 0),
        struct.pack(">H", len(fdo)), fdo, chunk(_compile_caps(server.field_version)), chunk(bytes(runtime)),
    ))


def read_protocol(reader: Reader) -> str:
    """Parse the client's protocol message after its type byte; gives the driver's name."""
    while reader.u8():
        pass
    name = bytearray()
    while letter := reader.u8():
        name.append(letter)
        if len(name) > 512:
            raise MalformedError("driver name over 512 bytes")
    return name.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Layout:
    """Which forms of the messages a connection uses, as agreed in its data type messages.

    ``describe`` and ``error`` are the field versions of column descriptions and error messages: a client that does not
    list the newer types gets the older forms. With ``wide_scale`` signed bytes travel as universal integers.
    """

    field_version: int
    describe: int
    error: int
    wide_scale: bool = False

    @classmethod
    def plain(cls, field_version: int) -> Layout:
        """The layout of a client that understands all of a field version."""
        return cls(field_version, field_version, field_version)


@dataclass(frozen=True, slots=True)
class ClientTypes:
    """The client's data type message: its field version, its types, and what the answer must mirror."""

    field_version: int
    zone: bytes = b""
    ends_responses: bool = False
    types: Mapping[int, int] = field(default_factory=dict)

    def layout(self, server: Profile) -> Layout:
        """How messages to this client are laid out: the lower of both field versions, less what the client lacks."""
        version = min(server.field_version, self.field_version)
        return Layout(
            version, version if DTY_DESCRIBE_23 in self.types else min(version, c.FV_23_1 - 1),
            version if DTY_ERROR_20 in self.types else min(version, c.FV_20_1 - 1),
            wide_scale=self.types.get(DTY_SIGNED_BYTE) == REP_UNIVERSAL)


def read_data_types(reader: Reader, driver: str) -> ClientTypes:
    """Parse the client's data type message after its type byte."""
    reader.raw(5)
    compile_caps = reader.chunk() or b""
    runtime_caps = reader.chunk() or b""
    zone = b""
    if len(runtime_caps) > 1 and runtime_caps[1] & 1:
        zone = reader.raw(11)
        if driver == GO_ORA:
            reader.raw(4 if len(compile_caps) > 37 and compile_caps[37] & 2 else 0)
            reader.raw(2)
    caps = compile_caps.ljust(64, b"\x00")
    return ClientTypes(caps[7] or c.FV_12_2, zone, bool(caps[40] & CAP_END_OF_RESPONSE), _read_types(reader))


def _read_types(reader: Reader) -> dict[int, int]:
    """The table of data types: their representations."""
    # A login reads hundreds of entries: without a method call for each number.
    types: dict[int, int] = {}
    data, at = reader.data, reader.pos
    try:
        while number := data[at] << 8 | data[at + 1]:
            if data[at + 2] or data[at + 3]:
                types[number] = data[at + 4] << 8 | data[at + 5]
                at += 8
            else:
                types[number] = 0
                at += 4
            if len(types) > MAX_TYPES:
                raise MalformedError("data type table without end")
    except IndexError:
        raise UnderflowError from None
    reader.pos = at + 2
    return types


def data_types_reply(client: ClientTypes, driver: str) -> bytes:
    """python-oracledb and node-oracledb take an empty table."""
    return bytes((c.MSG_DATA_TYPES,)) + client.zone + b"\x00\x00"
