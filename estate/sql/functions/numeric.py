# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Numeric functions and operators."""

from __future__ import annotations

import math
import random
import string
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from estate.sql import numbers
from estate.sql.dates import is_datetime, round_date, trunc_date
from estate.sql.errors import ora
from estate.sql.functions.registry import function, helper
from estate.sql.functions.strings import whole
from estate.sql.numbers import WIDE, Number, dec, exact
from estate.sql.types import DATE, DOUBLE, NUMBER, SqlType, varchar


def number_or_date(types: list[SqlType]) -> SqlType:
    """TRUNC and ROUND: a date stays one."""
    return DATE if types[0].kind in "DTZ" else (types[0] if types[0].kind == "F" else NUMBER)


def same_number(types: list[SqlType]) -> SqlType:
    """BINARY_DOUBLE stays one."""
    return DOUBLE if any(one.kind == "F" for one in types) else NUMBER


for _name, _python in (
    ("ADD", numbers.add),
    ("SUB", numbers.subtract),
    ("MUL", numbers.multiply),
    ("DIV", numbers.divide),
):
    function(f"*{_name}", "n n", "N", exact=True)(_python)
function("*NEG", "n", "N", exact=True)(numbers.negate)


def _quantized(value: Number, places: Number, rounding: str) -> Number:
    if type(value) is int and places == 0:
        return value
    number, digits = dec(value), whole(places)
    if number.adjusted() + digits > 55 or digits > 130:
        return value
    return exact(number.quantize(Decimal(1).scaleb(-digits), rounding, WIDE))


@function("ROUND", "o a?", number_or_date, exact=True)
def round_value(value: Number, places: Number | str = 0) -> Number | str:
    """ROUND of a number to places, or of a date to a unit (DD when left out); halves go away from 0."""
    if is_datetime(value):
        return round_date(str(value), places if isinstance(places, str) else "DD")
    return _quantized(value, numbers.parse_number(places) if isinstance(places, str) else places, ROUND_HALF_UP)


@function("TRUNC", "o a?", number_or_date, exact=True)
def trunc_value(value: Number, places: Number | str = 0) -> Number | str:
    """TRUNC of a number to places, or of a date to a unit (DD when left out)."""
    if is_datetime(value):
        return trunc_date(str(value), places if isinstance(places, str) else "DD")
    return _quantized(value, numbers.parse_number(places) if isinstance(places, str) else places, ROUND_DOWN)


@function("CEIL", "n", same_number, exact=True)
def ceil(value: Number) -> Number:
    """CEIL."""
    return value if type(value) is int else exact(dec(value).to_integral_value(ROUND_CEILING, WIDE))


@function("FLOOR", "n", same_number, exact=True)
def floor(value: Number) -> Number:
    """FLOOR."""
    return value if type(value) is int else exact(dec(value).to_integral_value(ROUND_FLOOR, WIDE))


@function("ABS", "n", same_number, exact=True)
def absolute(value: Number) -> Number:
    """ABS."""
    return exact(dec(value).copy_abs())


@function("SIGN", "n", "N")
def sign(value: Number) -> int:
    """SIGN: -1, 0 or 1."""
    number = dec(value)
    return (number > 0) - (number < 0)


def _modulo(left: Decimal, right: Decimal, rounding: str) -> Decimal:
    whole_part = WIDE.divide(left, right).to_integral_value(rounding, WIDE)
    return WIDE.subtract(left, WIDE.multiply(right, whole_part))


@function("MOD", "n n", same_number, exact=True)
def mod(value: Number, by: Number) -> Number:
    """MOD with the sign of ``value``; by 0 it is ``value``."""
    if not by:
        return value
    if type(value) is int and type(by) is int:
        return int(math.fmod(value, by)) if abs(value) < 2**53 and abs(by) < 2**53 else exact(WIDE.remainder(value, by))
    left, right = dec(value), dec(by)
    return exact(_modulo(left, right, ROUND_DOWN))


@function("REMAINDER", "n n", same_number, exact=True)
def remainder(value: Number, by: Number) -> Number:
    """REMAINDER: what is left after the nearest multiple. ORA-01428 for 0."""
    left, right = dec(value), dec(by)
    if not right:
        raise ora(1428, 0)
    return exact(_modulo(left, right, ROUND_HALF_EVEN))


def _ranged(compute: Callable[..., Decimal]) -> Callable[..., Number]:
    def call(*values: Number) -> Number:
        try:
            return exact(compute(*[dec(one) for one in values]))
        except (ArithmeticError, ValueError):
            raise ora(1428, numbers.number_text(values[-1])) from None

    return call


def _power(base: Decimal, exponent: Decimal) -> Decimal:
    if not exponent:
        return Decimal(1)
    return WIDE.power(base, exponent)


def _log(base: Decimal, value: Decimal) -> Decimal:
    return WIDE.divide(WIDE.ln(value), WIDE.ln(base))


function("POWER", "n n", same_number, exact=True)(_ranged(_power))
function("SQRT", "n", same_number, exact=True)(_ranged(WIDE.sqrt))
function("EXP", "n", same_number, exact=True)(_ranged(WIDE.exp))
function("LN", "n", same_number, exact=True)(_ranged(WIDE.ln))
function("LOG", "n n", same_number, exact=True)(_ranged(_log))


def _trigonometric(compute: Callable[..., float]) -> Callable[..., Number]:
    def call(*values: Number) -> Number:
        try:
            return exact(Decimal(f"{compute(*[float(one) for one in values]):.15g}"))
        except (ValueError, OverflowError):
            raise ora(1428, numbers.number_text(values[0])) from None

    return call


for _name in ("SIN", "COS", "TAN", "ASIN", "ACOS", "ATAN", "SINH", "COSH", "TANH"):
    function(_name, "n", same_number)(_trigonometric(getattr(math, _name.lower())))
function("ATAN2", "n n", same_number)(_trigonometric(math.atan2))


@function("BITAND BIN_AND UTL_RAW.BIT_AND_N", "n n", "N")
def bitand(left: Number, right: Number) -> int:
    """BITAND of two integers; fractions are cut."""
    return whole(left) & whole(right)


@function("BITOR", "n n", "N")
def bitor(left: Number, right: Number) -> int:
    """BITOR of two integers; fractions are cut."""
    return whole(left) | whole(right)


@function("BITXOR", "n n", "N")
def bitxor(left: Number, right: Number) -> int:
    """BITXOR of two integers; fractions are cut."""
    return whole(left) ^ whole(right)


@function("BIN_TO_NUM", "n n*", "N")
def bin_to_num(*bits: Number) -> int:
    """BIN_TO_NUM: the first bit is the highest."""
    total = 0
    for bit in bits:
        total = total * 2 + whole(bit)
    return total


@function("WIDTH_BUCKET", "n n n n", "N")
def width_bucket(value: Number, low: Number, high: Number, buckets: Number) -> int:
    """WIDTH_BUCKET: 1 to ``buckets``, 0 below and one more above. ORA-01428 for no bucket and for equal bounds."""
    number, first, last, count = dec(value), dec(low), dec(high), whole(buckets)
    if count < 1 or first == last:
        raise ora(1428, count)
    if first > last:
        number, first, last = -number, -first, -last
    if number < first:
        return 0
    return count + 1 if number >= last else int((number - first) * count / (last - first)) + 1


@function("NANVL", "n n", same_number)
def nanvl(value: Number, other: Number) -> Number:
    """NANVL: ``other`` where the value is not a number."""
    return other if isinstance(value, float) and math.isnan(value) else value


@function("DBMS_RANDOM.VALUE", "n? n?", "N", deterministic=False)
def random_value(low: Number = 0, high: Number = 1) -> float:
    """DBMS_RANDOM.VALUE: from ``low`` to below ``high``."""
    return random.uniform(float(low), float(high))  # noqa: S311


@function("DBMS_RANDOM.RANDOM", "", "N", deterministic=False)
def random_integer() -> int:
    """DBMS_RANDOM.RANDOM: an integer of 32 bits with sign."""
    return random.getrandbits(32) - 2**31


@function("DBMS_RANDOM.NORMAL", "", "N", deterministic=False)
def random_normal() -> float:
    """DBMS_RANDOM.NORMAL: mean 0, deviation 1."""
    return random.gauss(0, 1)


LETTERS = {"U": string.ascii_uppercase, "L": string.ascii_lowercase, "A": string.ascii_letters,
           "X": string.ascii_uppercase + string.digits, "P": string.printable[:95]}


@function("DBMS_RANDOM.STRING", "s n", lambda types: varchar(4000), deterministic=False)
def random_string(option: str, size: Number) -> str:
    """DBMS_RANDOM.STRING: ``size`` letters of the kind U, L, A, X or P; another kind is U."""
    return "".join(random.choices(LETTERS.get(option[:1].upper(), LETTERS["U"]), k=whole(size)))  # noqa: S311


@function("ROUND_TIES_TO_EVEN", "n n?", "N", exact=True)
def round_ties_to_even(value: Number, digits: Number = 0) -> Number:
    """ROUND_TIES_TO_EVEN(n, digits): halves go to the even neighbour."""
    return exact(dec(value).quantize(Decimal(1).scaleb(-whole(digits)), ROUND_HALF_EVEN, WIDE))


@helper("o_near")
def near(value: Number | None) -> int | float | None:
    """Exact text to what SQLite can compare."""
    return numbers.near(value)


@helper("o_double")
def double(value: Number | None) -> float | None:
    """NUMBER to BINARY_DOUBLE."""
    return None if value is None else float(value)


@helper("o_fdiv")
def float_divide(left: float | None, right: float | None) -> float | None:
    """BINARY_DOUBLE division: by zero it is infinite. SQLite has no NaN, so that zero by zero is refused."""
    if left is None or right is None:
        return None
    if not right and not left:
        raise ora(3001, "NaN (not modelled by the estate)")
    if not right:
        return math.inf if left > 0 else -math.inf
    return float(left) / float(right)


@helper("o_fit_float")
def fit_float(value: Number | None, bits: int) -> Number | None:
    """A value for FLOAT(bits): as many decimal digits as the binary ones make, rounded."""
    if value is None:
        return None
    number, digits = dec(value), math.ceil(bits * 0.30103)
    if not number:
        return 0
    return exact(number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), ROUND_HALF_UP, WIDE))


@helper("o_fit_number")
def fit_number(value: Number | None, precision: int, scale: int) -> Number | None:
    """CAST(value AS NUMBER(precision, scale)). ORA-01438 when it has too many digits."""
    if value is None:
        return None
    number = dec(value).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, WIDE)
    if number and number.adjusted() >= precision - scale:
        raise ora(1438)
    return exact(number)
