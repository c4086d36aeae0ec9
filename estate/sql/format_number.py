# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Number format models: TO_CHAR(number, model) and TO_NUMBER(text, model)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from estate.sql.errors import ora
from estate.sql.numbers import WIDE, Number, dec, exact, number_text

_SHAPE = re.compile(
    r"^(?P<head>(?:FM|S|\$|L|C|U|B)*)(?P<whole>[09,GX]*)(?P<point>[.DV]?)(?P<part>[09]*)(?P<exp>(?:EEEE)?)"
    r"(?P<tail>(?:\$|L|C|U|B|S|MI|PR)*)$")
ROMAN_PARTS = (
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


@dataclass(frozen=True)
class Model:
    """A number format model, taken apart."""

    fill: bool
    whole: str
    point: str
    part: str
    scientific: bool
    sign: str
    currency: str
    currency_last: bool
    blank: bool


@lru_cache(maxsize=512)
def split_number_model(model: str) -> Model:
    """The parts of a model. ORA-01481 for one that is wrong."""
    found = _SHAPE.match(model.upper())
    if found is None or not (found["whole"] or found["part"]) or ("X" in found["whole"].strip("0X") + found["point"]):
        raise ora(1481)
    head, tail = found["head"], found["tail"]
    sign = (
        "S first"
        if "S" in head
        else next((one for one in ("MI", "PR") if one in tail), "S last" if "S" in tail else "")
    )
    currency = next((one for one in "$LCU" if one in head + tail), "")
    return Model("FM" not in head, found["whole"], found["point"], found["part"], bool(found["exp"]), sign, currency,
                 bool(currency) and currency in tail, "B" in head + tail)


def _roman(value: Decimal, fill: bool, lower: bool) -> str:
    number = int(value.to_integral_value(ROUND_HALF_UP))
    if not 1 <= number <= 3999:
        return "#" * 15
    out = ""
    for size, letters in ROMAN_PARTS:
        while number >= size:
            out, number = out + letters, number - size
    out = out.lower() if lower else out
    return out.rjust(15) if fill else out


def _hexadecimal(value: Decimal, model: str) -> str:
    body = model.upper().removeprefix("FM")
    fill = len(body) == len(model)
    number = int(value.to_integral_value(ROUND_HALF_UP))
    digits = f"{number:X}" if number >= 0 else ""
    width = len(body)
    if not digits or len(digits) > width:
        return "#" * (width + 1)
    if body.startswith("0"):
        digits = digits.zfill(width)
    if "x" in model:
        digits = digits.lower()
    return digits.rjust(width + 1) if fill else digits


def _tm(value: Number, scientific: bool) -> str:
    return f"{dec(value).normalize(WIDE):E}".replace("E+", "E+0", 1) if scientific else number_text(value)


def _scientific(value: Decimal, model: Model) -> str:
    places = len(model.part)
    text = f"{value.copy_abs():.{places}E}"
    mantissa, exponent = text.split("E")
    body = f"{mantissa}E{exponent[0]}{exponent[1:].zfill(2)}"
    signed = _signed(body, value < 0, model)
    if not model.fill:
        return signed.strip()
    return signed.rjust(places + (1 if places else 0) + 1 + 4 + 2)


def _signed(body: str, negative: bool, model: Model) -> str:
    if model.sign == "S first":
        return ("-" if negative else "+") + body
    if model.sign == "S last":
        return body + ("-" if negative else "+")
    if model.sign == "MI":
        return body + ("-" if negative else (" " if model.fill else ""))
    if model.sign == "PR":
        blank = " " if model.fill else ""
        return f"<{body}>" if negative else f"{blank}{body}{blank}"
    return ("-" if negative else (" " if model.fill else "")) + body


def _grouped(digits: str, whole: str, separator: str) -> str | None:
    """The integer digits laid into the model; None where there are too many."""
    places = [one for one in whole if one in "09"]
    if len(digits) > len(places):
        return None
    first_zero = places.index("0") if "0" in places else len(places)
    keep = max(len(digits), len(places) - first_zero)
    digits = digits.rjust(keep, "0")
    out: list[str] = []
    rest = list(digits)
    for one in reversed(whole):
        if one in "09":
            if rest:
                out.append(rest.pop())
        elif rest:
            out.append(separator)
    return "".join(reversed(out))


def format_number(value: Number, model: str, separators: str = ".,", currency: str = "$") -> str:
    """TO_CHAR(number, model). Hash signs where the number has more digits than the model."""
    upper = model.upper()
    bare = upper.removeprefix("FM")
    if bare in ("TM", "TM9", "TME"):
        return _tm(value, bare == "TME")
    if bare == "RN":
        return _roman(dec(value), len(bare) == len(upper), "rn" in model)
    if re.fullmatch(r"(?:FM)?0*X+", upper):
        return _hexadecimal(dec(value), model)
    parts = split_number_model(model)
    number = dec(value)
    if parts.scientific:
        return _scientific(number, parts)
    return _fixed(number, parts, separators, currency)


def _fixed(number: Decimal, model: Model, separators: str, currency: str) -> str:
    if model.point == "V":
        number = number.scaleb(len(model.part), WIDE)
    places = 0 if model.point == "V" else len(model.part)
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, WIDE)
    whole_model = model.whole + (model.part.replace("9", "0") if model.point == "V" else "")
    whole, _, part = format(rounded.copy_abs(), "f").partition(".")
    if whole == "0" and (places or model.blank) and "0" not in whole_model:
        whole = ""
    digits = _grouped(whole, whole_model, "," if "," in model.whole else separators[1])
    width = _width(model, whole_model, places, currency)
    if digits is None:
        return "#" * width
    if model.blank and not rounded:
        return " " * width if model.fill else ""
    symbol = {"": "", "$": "$", "L": currency, "U": currency, "C": "USD"}[model.currency]
    body = digits
    if places or model.point in (".", "D"):
        body += ("." if model.point == "." else separators[0]) + _part(part, model)
    body = body + symbol if model.currency_last else symbol + body
    signed = _signed(body, rounded < 0, model)
    return signed.rjust(width) if model.fill else signed.strip()


def _part(part: str, model: Model) -> str:
    if model.fill:
        return part
    least = model.part.rfind("0") + 1
    return part[:least] + part[least:].rstrip("0")


def _width(model: Model, whole: str, places: int, currency: str) -> int:
    size = len(whole) + (places + 1 if places or model.point in (".", "D") else 0)
    size += {"": 0, "$": 1, "C": 7}.get(model.currency, 10)
    return size + (2 if model.sign == "PR" else 1)


def parse_number_model(text: str, model: str, separators: str = ".,", currency: str = "$") -> Number:
    """TO_NUMBER(text, model). ORA-01722 where they do not agree."""
    upper = model.upper()
    body = text.strip()
    if re.fullmatch(r"(?:FM)?0*X+", upper):
        if not re.fullmatch(r"[0-9A-Fa-f]+", body) or len(body) > len(upper.removeprefix("FM")):
            raise ora(1722)
        return exact(Decimal(int(body, 16)))
    if upper == "RN":
        return _from_roman(body.upper())
    parts = split_number_model(model)
    negative, body = _unsigned(body, parts)
    for symbol in (currency, "$", "USD"):
        body = body.replace(symbol, "").strip()
    group = "," if "," in parts.whole else separators[1] if "G" in parts.whole else ""
    point = separators[0] if parts.point == "D" else "."
    whole, found, part = body.replace(group, "").partition(point)
    if not re.fullmatch(r"\d*", whole) or not re.fullmatch(r"\d*", part) or not whole + part:
        raise ora(1722)
    places = len(re.sub("[^09]", "", parts.whole))
    if len(whole.lstrip("0")) > places or len(part) > len(parts.part) or (found and not parts.point):
        raise ora(1722)
    number = Decimal(f"{whole or 0}.{part or 0}")
    return exact(number.copy_negate() if negative else number)


def _unsigned(body: str, model: Model) -> tuple[bool, str]:
    if model.sign == "PR" and body.startswith("<") and body.endswith(">"):
        return True, body[1:-1]
    if model.sign in ("MI", "S last") and body.endswith(("-", "+")):
        return body.endswith("-"), body[:-1]
    if body.startswith(("-", "+")) and model.sign in ("", "S first"):
        return body.startswith("-"), body[1:]
    return False, body


def _from_roman(text: str) -> Number:
    at = total = 0
    for size, letters in ROMAN_PARTS:
        while text.startswith(letters, at):
            total, at = total + size, at + len(letters)
    if at < len(text) or not text:
        raise ora(1722)
    return total


