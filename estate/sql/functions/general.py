# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Row numbers, bookkeeping functions, checks of values about to be stored."""

from __future__ import annotations

from random import random
from time import monotonic
from typing import Any
from zlib import crc32

from estate.sql.errors import ora
from estate.sql.functions.numeric import fit_number
from estate.sql.functions.registry import State, function, helper
from estate.sql.numbers import Number, near
from estate.sql.types import VARCHAR


@helper("o_rn_peek", context=True, deterministic=False)
def rownum_peek(state: State, block: int) -> int:
    """The ROWNUM that the next row would get."""
    return state.counters.get(block, 0) + 1


@helper("o_rn_take", context=True, deterministic=False)
def rownum_take(state: State, block: int, keep: int | None) -> int:
    """Count the row when it is kept."""
    if not keep:
        return 0
    state.counters[block] = state.counters.get(block, 0) + 1
    return 1


@helper("o_sampled", deterministic=False)
def sampled(row: int, percent: float, seed: int | None) -> int:
    """Whether SAMPLE takes a row. ORA-30562 for a percentage that is none."""
    if not 0.000001 <= percent < 100:
        raise ora(30562)
    chance = random() if seed is None else crc32(f"{seed}.{row}".encode()) / 2**32  # noqa: S311
    return int(chance * 100 < percent)


@helper("o_max")
def greatest(*values: Any) -> Any:
    """GREATEST: NULL when an argument is."""
    return None if None in values else max(values)


@helper("o_min")
def least(*values: Any) -> Any:
    """LEAST: NULL when an argument is."""
    return None if None in values else min(values)


@helper("o_put_number")
def put_number(value: Number | None, precision: int, scale: int) -> Number | None:
    """A value for a NUMBER(p,s) column. ORA-01438 when it has too many digits."""
    fitting = fit_number(value, precision, scale)
    return None if fitting is None else near(fitting)


@helper("o_put_text")
def put_text(value: str | None, size: int, padded: int, column: str) -> str | None:
    """A value for a text column of so many bytes. ORA-12899 when it is longer."""
    if value is None:
        return None
    actual = len(value.encode())
    if actual > size:
        raise ora(12899, column, actual, size)
    return value.ljust(size - actual + len(value)) if padded else value


@helper("o_put_raw")
def put_raw(value: bytes | None, size: int, column: str) -> bytes | None:
    """A value for a RAW column of so many bytes. ORA-12899 when it is longer."""
    if value is not None and len(value) > size:
        raise ora(12899, column, len(value), size)
    return value


@helper("o_put_some")
def put_some(value: Any, column: str, code: int) -> Any:
    """A value for a NOT NULL column. ORA-01400 or ORA-01407."""
    if value is None:
        raise ora(code, column)
    return value


@function("DBMS_UTILITY.GET_TIME", "", "N", context=True, deterministic=False)
def get_time(state: State) -> int:
    """DBMS_UTILITY.GET_TIME: a clock in hundredths of a second, for differences only."""
    return int(monotonic() * 100)


@helper("o_sort_text")
def sort_text(value: Any) -> str:
    """A value as text that sorts like it: numbers by magnitude, NULL last."""
    if value is None:
        return "~"
    if isinstance(value, (int, float)):
        return f"{value + 1e17:040.9f}"
    return str(value)


# A data block address is a relative file number of 10 bits over a block number of 22.
_BLOCK_BITS = 22


@function("DBMS_UTILITY.DATA_BLOCK_ADDRESS_FILE", "n", "N")
def data_block_address_file(address: float) -> int:
    """The relative file number in a data block address."""
    return int(address) >> _BLOCK_BITS


@function("DBMS_UTILITY.DATA_BLOCK_ADDRESS_BLOCK", "n", "N")
def data_block_address_block(address: float) -> int:
    """The block number in a data block address."""
    return int(address) & ((1 << _BLOCK_BITS) - 1)


@function("DBMS_UTILITY.MAKE_DATA_BLOCK_ADDRESS", "n n", "N")
def make_data_block_address(file: float, block: float) -> int:
    """The data block address of a block of a relative file."""
    return int(file) << _BLOCK_BITS | int(block)


@function("DBMS_UTILITY.PORT_STRING", "", lambda types: VARCHAR)
def port_string() -> str:
    """The operating system that the database was built for."""
    return "x86_64/Linux 2.4.xx"
