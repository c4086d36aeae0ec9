# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Messages of the server's responses: the closing error message, parameters, row headers, I/O vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from estate.api import OraError
from estate.wire import constants as c
from estate.wire import scalars
from estate.wire.buffer import chunk, sb, sized, ub

NO_MORE_ROWS = 1403
ARRAY_DML_ERRORS = 24381
COMPILE_WARNING = 24344


@dataclass(slots=True)
class Outcome:
    """How a call ended. ``code`` 0 is success."""

    code: int = 0
    message: str = ""
    position: int = 0
    cursor_id: int = 0
    rowcount: int = 0
    rowid: str | None = None
    compile_warning: bool = False
    batch: Sequence[tuple[int, OraError]] = field(default_factory=list)

    @classmethod
    def of(cls, error: OraError, cursor_id: int = 0) -> Outcome:
        """The outcome of a call that failed; rows that were done before count."""
        return cls(error.code, error.message, error.position, cursor_id, rowcount=getattr(error, "rowcount", 0))


def error_text(code: int, message: str) -> bytes:
    """The line that a client shows: ``ORA-00942: message``."""
    return f"ORA-{code:05d}: {message}\n".encode("utf-8", "surrogatepass")


def outcome_message(outcome: Outcome, field_version: int, status: int, sequence: int) -> bytes:
    """The message that ends every response, also a successful one."""
    code = outcome.code
    parts = [
        bytes((c.MSG_ERROR,)), ub(status), ub(sequence & 0xFFFF), ub(outcome.rowcount & 0xFFFFFFFF), ub(code & 0xFFFF),
        b"\x00\x00", ub(outcome.cursor_id), sb(min(outcome.position, 32767)), b"\x00" * 5,
        bytes((0x20 if outcome.compile_warning else 0,)), _rowid(outcome.rowid), b"\x00" * 6,
        _batch_errors(outcome.batch), ub(code), ub(outcome.rowcount),
    ]
    if field_version >= c.FV_20_1:
        parts.append(b"\x00\x00")
    if code:
        parts.append(chunk(error_text(code, outcome.message)))
    return b"".join(parts)


def _rowid(text: str | None) -> bytes:
    try:
        return scalars.rowid_fields(text)
    except ValueError:
        return scalars.rowid_fields(None)


def _batch_errors(errors: Sequence[tuple[int, OraError]]) -> bytes:
    if not errors:
        return b"\x00\x00\x00"
    count = ub(len(errors))
    codes = b"".join(ub(error.code) for _, error in errors)
    offsets = b"".join(ub(offset) for offset, _ in errors)
    texts = b"".join(b"\x00" + chunk(error_text(error.code, error.message)) + b"\x00\x00" for _, error in errors)
    return count + b"\x01" + codes + count + b"\x01" + offsets + count + b"\x01" + texts


def execute_parameters(row_counts: Sequence[int] | None = None) -> bytes:
    """Return parameters of an execute; go-ora wants at least two numbers. Row counts only where they were asked for."""
    message = bytes((c.MSG_PARAMETER,)) + b"\x01\x02\x00\x00" + b"\x00\x00\x00"
    if row_counts is None:
        return message
    return message + ub(len(row_counts)) + b"".join(map(ub, row_counts))


def row_header(columns: int) -> bytes:
    """What stands before rows of ``columns`` columns."""
    return bytes((c.MSG_ROW_HEADER, 0)) + ub(columns) + b"\x00" + b"\x01\x01" + b"\x00" * 3


def io_vector(directions: Sequence[int]) -> bytes:
    """The directions of PL/SQL binds."""
    high, low = divmod(len(directions), 256)
    return bytes((c.MSG_IO_VECTOR, 0)) + ub(low) + ub(high) + b"\x01\x01" + b"\x00" * 3 + bytes(directions)


def describe_message(body: bytes) -> bytes:
    """The message around a describe body."""
    return bytes((c.MSG_DESCRIBE, 0)) + body


def warning(code: int, message: str) -> bytes:
    """A warning that comes with success, such as ORA-28002 at login."""
    data = error_text(code, message)
    return bytes((c.MSG_WARNING,)) + ub(code) + ub(len(data)) + b"\x00" + chunk(data)


def version_parameters(banner: str, number: int) -> bytes:
    """The answer to a client that asks for the version: banner and number."""
    data = banner.encode()
    return bytes((c.MSG_PARAMETER,)) + sized(data) + ub(number)
