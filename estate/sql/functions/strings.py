# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Character functions."""

from __future__ import annotations

import unicodedata

from estate.sql.errors import ora
from estate.sql.functions.registry import function, helper
from estate.sql.numbers import Number, dec
from estate.sql.types import CLOB, NUMBER, VARCHAR, SqlType, text_width, varchar


def same_text(types: list[SqlType]) -> SqlType:
    """Text no longer than the first argument."""
    first = types[0]
    if first.is_lob:
        return first
    return varchar(text_width(first))


def grown_text(types: list[SqlType]) -> SqlType:
    """Text that may be longer than its argument."""
    return types[0] if types[0].is_lob else VARCHAR


def whole(value: Number) -> int:
    """A numeric argument cut to an integer."""
    return value if type(value) is int else int(dec(value))


def _no_linguistics(options: str) -> None:
    if options and "BINARY" not in options.upper():
        raise ora(3001, f"{options} (not modelled by the estate)")


@function("UPPER", "s", same_text)
@function("NLS_UPPER", "s s?", same_text)
def upper(text: str, options: str = "") -> str:
    """UPPER. ORA-03001 for a linguistic NLS_SORT, which is not modelled."""
    _no_linguistics(options)
    # one letter stays one: the sharp s has no capital
    return text.upper() if text.isascii() else "".join(one.upper() if len(one.upper()) == 1 else one for one in text)


@function("LOWER", "s", same_text)
@function("NLS_LOWER", "s s?", same_text)
def lower(text: str, options: str = "") -> str:
    """LOWER. ORA-03001 for a linguistic NLS_SORT, which is not modelled."""
    _no_linguistics(options)
    return text.lower()


@function("INITCAP", "s", same_text)
@function("NLS_INITCAP", "s s?", same_text)
def initcap(text: str, options: str = "") -> str:
    """INITCAP: a word is letters and digits. ORA-03001 for a linguistic NLS_SORT."""
    _no_linguistics(options)
    out, start = [], True
    for letter in text:
        out.append(letter.upper() if start else letter.lower())
        start = not letter.isalnum()
    return "".join(out)


@function("LENGTH LENGTHC LENGTH2 LENGTH4", "s", "N")
def length(text: str) -> int:
    """LENGTH in characters."""
    return len(text)


@function("LENGTHB", "s", "N")
def lengthb(text: str) -> int:
    """LENGTHB in bytes of UTF-8."""
    return len(text.encode())


@function("SUBSTR SUBSTRC SUBSTR2 SUBSTR4", "s n n?", same_text)
def substr(text: str, start: Number, size: Number | None = None) -> str | None:
    """SUBSTR: ``start`` counts from 1 (0 is 1), or from the end where it is negative; NULL where nothing is left."""
    begin = whole(start)
    if begin < 0:
        begin += len(text)
        if begin < 0:
            return None
    elif begin:
        begin -= 1
    if size is None:
        return text[begin:]
    count = whole(size)
    return text[begin:begin + count] if count > 0 else None


@function("SUBSTRB", "s n n?", same_text)
def substrb(text: str, start: Number, size: Number | None = None) -> str | None:
    """SUBSTRB: as SUBSTR, in bytes of UTF-8."""
    cut = substr(text.encode().decode("latin-1"), start, size)
    return None if cut is None else cut.encode("latin-1").decode("utf-8", "replace")


@function("INSTR INSTRC INSTR2 INSTR4", "s s n? n?", "N")
def instr(text: str, part: str, start: Number = 1, occurrence: Number = 1) -> int:
    """INSTR: place of the ``occurrence``-th ``part``, backwards where ``start`` is negative; 0 where there is none."""
    begin, nth = whole(start), whole(occurrence)
    if nth < 1:
        raise ora(1428, nth)
    if begin == 0:
        return 0
    if begin < 0:
        at = len(text) + begin + 1
        for _ in range(nth):
            at = text.rfind(part, 0, at + len(part) - 1) if at > 0 else -1
            if at < 0:
                return 0
        return at + 1
    at = begin - 2
    for _ in range(nth):
        at = text.find(part, at + 1)
        if at < 0:
            return 0
    return at + 1


@function("INSTRB", "s s n? n?", "N")
def instrb(text: str, part: str, start: Number = 1, occurrence: Number = 1) -> int:
    """INSTRB: as INSTR, in bytes of UTF-8."""
    return instr(text.encode().decode("latin-1"), part.encode().decode("latin-1"), start, occurrence)


def _display_width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _fill(size: int, pad: str) -> str:
    out: list[str] = []
    width = 0
    while width < size:
        for letter in pad:
            width += _display_width(letter)
            if width > size:
                return "".join(out) + " " * (size - width + _display_width(letter))
            out.append(letter)
    return "".join(out)


def _cut(text: str, size: int) -> tuple[str, int]:
    width = 0
    for index, letter in enumerate(text):
        width += _display_width(letter)
        if width > size:
            return text[:index], width - _display_width(letter)
    return text, width


@function("LPAD", "s n s?", grown_text)
def lpad(text: str, size: Number, pad: str = " ") -> str:
    """LPAD to ``size`` columns on a screen, where a Chinese character takes two."""
    cut, width = _cut(text, max(0, whole(size)))
    return _fill(whole(size) - width, pad) + cut if width < whole(size) else cut


@function("RPAD", "s n s?", grown_text)
def rpad(text: str, size: Number, pad: str = " ") -> str:
    """RPAD to ``size`` columns on a screen, where a Chinese character takes two."""
    cut, width = _cut(text, max(0, whole(size)))
    return cut + _fill(whole(size) - width, pad) if width < whole(size) else cut


@function("LTRIM", "s s?", same_text)
def ltrim(text: str, letters: str = " ") -> str:
    """LTRIM of any of ``letters``."""
    return text.lstrip(letters)


@function("RTRIM", "s s?", same_text)
def rtrim(text: str, letters: str = " ") -> str:
    """RTRIM of any of ``letters``."""
    return text.rstrip(letters)


@helper("o_trim")
def trim(text: str | None, letter: str | None, side: str) -> str | None:
    """TRIM(side letter FROM text)."""
    if text is None or letter is None:
        return None
    if len(letter) != 1:
        raise ora(30001)
    if side == "LEADING":
        return text.lstrip(letter)
    return text.rstrip(letter) if side == "TRAILING" else text.strip(letter)


@function("REPLACE", "s s s?", grown_text, strict=False)
def replace(text: str | None, old: str | None, new: str | None = None) -> str | None:
    """REPLACE; without ``new`` it removes."""
    return text if text is None or old is None else text.replace(old, new or "")


@function("TRANSLATE", "s s s", same_text)
def translate(text: str, letters: str, others: str) -> str:
    """TRANSLATE letter by letter; one without a counterpart is removed."""
    table: dict[int, str | None] = {}
    for index, letter in enumerate(letters):
        table.setdefault(ord(letter), others[index] if index < len(others) else None)
    return text.translate(table)


@function("CONCAT", "s s*", grown_text, strict=False)
def concat(*texts: str | None) -> str:
    """CONCAT, where NULL is ""."""
    return "".join(text for text in texts if text is not None)


@function("REVERSE", "s", same_text)
def reverse(text: str) -> str:
    """REVERSE, by characters."""
    return text[::-1]


@function("ASCII", "s", "N")
def ascii_code(text: str) -> int:
    """ASCII: the first character's bytes in UTF-8 as one number."""
    return int.from_bytes(text[0].encode(), "big")


@function("CHR NCHR", "n", lambda types: varchar(4))
def chr_text(code: Number) -> str:
    """CHR: the character of these bytes in UTF-8. ORA-01428 for a negative number."""
    number = whole(code)
    if number < 0:
        raise ora(1428, number)
    if number < 128:
        return chr(number)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return chr(number)


@function("UNISTR", "s", grown_text)
def unistr(text: str) -> str:
    r"""UNISTR: \xxxx is a unit of UTF-16. ORA-30186 for a broken escape."""
    out, at = "", 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1:at + 2] == "\\":
            out, at = out + "\\", at + 2
        elif text[at] == "\\":
            try:
                out, at = out + chr(int(text[at + 1:at + 5], 16)), at + 5
            except ValueError:
                raise ora(30186) from None
        else:
            out, at = out + text[at], at + 1
    # Two escapes may be the halves of one character; half of one alone is shown as Oracle shows what it cannot map.
    return out.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@function("ASCIISTR", "s", grown_text)
def asciistr(text: str) -> str:
    r"""ASCIISTR: what is not ASCII becomes \xxxx."""
    return "".join(letter if letter.isascii() and letter != "\\" else f"\\{ord(letter):04X}" for letter in text)


@function("CONVERT", "s s s?", grown_text)
def convert(text: str, target: str, _source: str = "") -> str:
    """CONVERT: to US7ASCII what is not ASCII becomes ?; any other character set changes nothing here."""
    return text.encode("ascii", "replace").decode() if target.upper() == "US7ASCII" else text


CODES = {**dict.fromkeys("BFPV", "1"), **dict.fromkeys("CGJKQSXZ", "2"), **dict.fromkeys("DT", "3"), "L": "4",
         **dict.fromkeys("MN", "5"), "R": "6"}


@function("SOUNDEX", "s", lambda types: varchar(4))
def soundex(text: str) -> str | None:
    """SOUNDEX: a letter and three digits; NULL without letters."""
    letters = [one for one in text.upper() if one.isascii() and one.isalpha()]
    if not letters:
        return None
    out, last = letters[0], CODES.get(letters[0], "")
    for one in letters[1:]:
        code = CODES.get(one, "")
        if code and code != last:
            out += code
        if one not in "HW":
            last = code
    return out[:4].ljust(4, "0")


@function("TO_CLOB TO_NCLOB TO_LOB EMPTY_CLOB", "s?", lambda types: CLOB)
def to_clob(text: str | None = None) -> str | None:
    """TO_CLOB and EMPTY_CLOB(): a CLOB is its text."""
    return text


@function("COMPOSE", "s", grown_text)
def compose(text: str) -> str:
    """COMPOSE: letters with their accents as one character."""
    return unicodedata.normalize("NFC", text)


@function("DECOMPOSE", "s", grown_text)
def decompose(text: str) -> str:
    """DECOMPOSE: accents as characters of their own."""
    return unicodedata.normalize("NFD", text)


WIDE_LETTERS = {**{code: code + 0xFEE0 for code in range(33, 127)}, 32: 0x3000}
NARROW_LETTERS = {wide: narrow for narrow, wide in WIDE_LETTERS.items()}


@function("TO_MULTI_BYTE", "s", grown_text)
def to_multi_byte(text: str) -> str:
    """TO_MULTI_BYTE: ASCII letters as full-width ones."""
    return text.translate(WIDE_LETTERS)


@function("TO_SINGLE_BYTE", "s", grown_text)
def to_single_byte(text: str) -> str:
    """TO_SINGLE_BYTE: full-width letters as ASCII ones."""
    return text.translate(NARROW_LETTERS)


@function("NLSSORT", "s s?", "R")
def nlssort(text: str, options: str = "") -> bytes:
    """NLSSORT: bytes that sort as text does; without regard to case for BINARY_CI, nor to accents for BINARY_AI."""
    sort = options.upper().partition("NLS_SORT")[2].strip(" ='") or "BINARY"
    if sort not in ("BINARY", "BINARY_CI", "BINARY_AI"):
        raise ora(3001, f"NLS_SORT = {sort} (not modelled by the estate)")
    if sort == "BINARY_AI":
        text = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return (text if sort == "BINARY" else text.casefold()).encode() + b"\x00"


@function("UTL_MATCH.EDIT_DISTANCE", "s s", "N")
def edit_distance(left: str, right: str) -> int:
    """UTL_MATCH.EDIT_DISTANCE: insertions, deletions and replacements of one character."""
    row = list(range(len(right) + 1))
    for index, letter in enumerate(left, 1):
        previous, row[0] = row[0], index
        for at, other in enumerate(right, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, previous + (letter != other))
    return row[-1]


@function("DBMS_LOB.SUBSTR", "s n? n?", lambda types: VARCHAR)
def lob_substr(text: str, size: Number = 32767, start: Number = 1) -> str | None:
    """DBMS_LOB.SUBSTR, in characters; ``size`` comes before ``start``."""
    return substr(text, start, size)


@function("DBMS_LOB.GETLENGTH", "a", lambda types: NUMBER)
def lob_length(value: str | bytes) -> int:
    """DBMS_LOB.GETLENGTH: characters of a CLOB, bytes of a BLOB."""
    return len(value)


@function("DBMS_LOB.INSTR", "s s n? n?", "N")
def lob_instr(text: str, part: str, start: Number = 1, nth: Number = 1) -> int:
    """DBMS_LOB.INSTR, in characters."""
    return instr(text, part, start, nth)
