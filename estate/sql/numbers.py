# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""NUMBER arithmetic: exact decimals of 38 to 40 digits, as Oracle computes them.

In SQLite a NUMBER is an INTEGER or a REAL. Between two functions a value that neither can hold travels as TEXT
(an "exact" value); ``near`` turns it back into what SQLite can compare and sort.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

from estate.sql.errors import ora

Number = int | float | str
WIDE = Context(prec=60, rounding=ROUND_HALF_UP, Emin=-999999, Emax=999999)
LOW, HIGH = -(2**63), 2**63
LIMIT = Decimal("1e126")


def dec(value: Number) -> Decimal:
    """The decimal that a stored or exact number stands for."""
    if type(value) is float:
        return Decimal(repr(value))
    return Decimal(value)


def fit(value: Decimal) -> Decimal:
    """Round to Oracle's 20 base-100 digits (39 or 40 decimal ones, by the parity of the exponent)."""
    if not value:
        return Decimal(0)
    adjusted = value.adjusted()
    if adjusted >= 126:
        raise ora(1426)
    if adjusted < -130:
        return Decimal(0)
    digits = 40 if adjusted % 2 else 39
    if len(value.as_tuple().digits) <= digits:
        return value
    return value.quantize(Decimal((0, (1,), adjusted - digits + 1)), context=WIDE)


def exact(value: Decimal) -> Number:
    """int, else float when that is the very same number, else its text."""
    value = fit(value)
    if value == value.to_integral_value():
        number = int(value)
        return number if LOW <= number < HIGH else str(number)
    real = float(value)
    return real if Decimal(repr(real)) == value else format(value, "f")


def near(value: Number | None) -> int | float | None:
    """What SQLite compares and stores: exact text becomes the nearest double."""
    return float(value) if type(value) is str else value  # type: ignore[return-value]


def add(left: Number, right: Number) -> Number:
    """left + right."""
    if type(left) is int and type(right) is int and LOW <= (total := left + right) < HIGH:
        return total
    return exact(WIDE.add(dec(left), dec(right)))


def subtract(left: Number, right: Number) -> Number:
    """left - right."""
    if type(left) is int and type(right) is int and LOW <= (total := left - right) < HIGH:
        return total
    return exact(WIDE.subtract(dec(left), dec(right)))


def multiply(left: Number, right: Number) -> Number:
    """left * right."""
    if type(left) is int and type(right) is int and LOW <= (total := left * right) < HIGH:
        return total
    return exact(WIDE.multiply(dec(left), dec(right)))


def divide(left: Number, right: Number) -> Number:
    """left / right, never an integer division. ORA-01476 for zero."""
    if not right or (type(right) is str and not Decimal(right)):
        raise ora(1476)
    if type(left) is int and type(right) is int and not left % right:
        return left // right
    return exact(WIDE.divide(dec(left), dec(right)))


def negate(value: Number) -> Number:
    """-value."""
    return exact(Decimal(value).copy_negate()) if type(value) is str else -value  # type: ignore[operator]


def parse_number(text: str, decimal_point: str = ".") -> Number:
    """Implicit conversion of a string. ORA-01722 where it is not a number."""
    stripped = text.strip()
    if decimal_point != ".":
        if "." in stripped:
            raise ora(1722)
        stripped = stripped.replace(decimal_point, ".")
    try:
        return int(stripped) if stripped.isascii() and stripped.isdigit() and len(stripped) < 19 else _decimal(stripped)
    except (InvalidOperation, ValueError):
        raise ora(1722) from None


def _decimal(text: str) -> Number:
    if not text or "_" in text or text[-1] in "nNyYfF" or not text.isascii():
        raise ora(1722)
    return exact(Decimal(text))


def number_text(value: Number, decimal_point: str = ".") -> str:
    """TO_CHAR without a format: no leading zero, up to 40 digits, else an exponent."""
    if type(value) is int:
        return str(value)
    number = dec(value).normalize(WIDE)
    if not number:
        return "0"
    if number.adjusted() >= 40 or number.adjusted() < -39:
        mantissa, exponent = f"{number:.{min(34, len(number.as_tuple().digits) - 1)}E}".split("E")
        return f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}".replace(".", decimal_point)
    text = format(number, "f")
    if text.startswith(("0.", "-0.")):
        text = text.replace("0.", ".", 1)
    return text.replace(".", decimal_point)
