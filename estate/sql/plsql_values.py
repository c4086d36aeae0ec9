# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What PL/SQL variables hold, and how expressions over them are computed by SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from estate.api import Bind, Column, OraError
from estate.sql import types
from estate.sql.compiler.calls import CALLS
from estate.sql.errors import ora
from estate.sql.functions.registry import FUNCTIONS
from estate.sql.plsql_lex import Expr, Tok, syntax_error
from estate.sql.types import SqlType


@dataclass
class Variable:
    """A scalar with its type."""

    type: SqlType
    value: Any = None

    def set(self, value: Any) -> None:
        """Assign, with PL/SQL's checks of size and precision (ORA-06502)."""
        self.value = fitted(self.type, value)


@dataclass
class Record:
    """Fields by name, in order."""

    fields: dict[str, Variable] = field(default_factory=dict)


@dataclass
class Collection:
    """An index-by or nested table."""

    element: SqlType
    items: dict[Any, Any] = field(default_factory=dict)


@dataclass
class Cursor:
    """A declared cursor or cursor variable."""

    query: Expr | None = None
    parameters: list[dict[str, Any]] = field(default_factory=list)
    columns: tuple[Column, ...] = ()
    rows: Iterator[tuple[Any, ...]] | None = None
    count: int = 0
    found: bool | None = None


@dataclass
class Subprogram:
    """A procedure or function with the frame it was declared in; a stored one also with its machine and owner."""

    data: dict[str, Any]
    frame: Any
    machine: Any = None
    owner: str | None = None


@dataclass
class UserException:
    """A declared exception; a number when PRAGMA EXCEPTION_INIT gave one."""

    name: str
    code: int | None = None


@dataclass
class TypeName:
    """A declared type, as its text."""

    body: str


def fitted(kind: SqlType, value: Any) -> Any:
    """A value as a variable of the type holds it."""
    if value is None or value == "":
        return None
    if kind.kind == "S":
        text = value if isinstance(value, str) else _text(value)
        if kind.size and not kind.is_lob and len(text.encode()) > kind.size:
            raise OraError(6502, "PL/SQL: numeric or value error: character string buffer too small")
        return text.ljust(kind.size) if kind.is_char else text
    if kind.kind == "N":
        return _number(kind, value)
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float, Decimal)):
        text = str(value)
        return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text
    if isinstance(value, datetime):
        return value.strftime("%d-%b-%y").upper()
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def _number(kind: SqlType, value: Any) -> Any:
    if isinstance(value, (bool, datetime, timedelta, bytes)):
        raise OraError(6550, "line 1, column 1:\nPLS-00382: expression is of wrong type")
    if isinstance(value, str):
        try:
            number = Decimal(value.strip())
        except ArithmeticError:
            raise OraError(6502, "PL/SQL: numeric or value error: character to number conversion error") from None
    else:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if kind.precision and kind.scale != -127:
        number = number.quantize(Decimal(1).scaleb(-kind.scale), ROUND_HALF_UP)
        if number and number.adjusted() >= kind.precision - kind.scale:
            raise OraError(6502, "PL/SQL: numeric or value error: number precision too large")
    return int(number) if number == number.to_integral_value() else number


def bind_type(value: Any, declared: SqlType | None = None) -> str:
    """The bind type for a value."""
    if declared is not None and declared.name not in ("NULL", "REF CURSOR"):
        return declared.name
    if isinstance(value, bool):
        return "BOOLEAN"
    if isinstance(value, (int, float, Decimal)):
        return "NUMBER"
    if isinstance(value, datetime):
        return "TIMESTAMP WITH TIME ZONE" if value.tzinfo else "TIMESTAMP" if value.microsecond else "DATE"
    if isinstance(value, timedelta):
        return "INTERVAL DAY TO SECOND"
    return "RAW" if isinstance(value, bytes) else "VARCHAR2"


class Frame:
    """Names of a block, then those of the blocks around it."""

    def __init__(self, parent: Frame | None) -> None:
        self.parent = parent
        self.names: dict[str, Any] = {}

    def find(self, name: str) -> Any:
        """What a name means; None where it is not declared."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        return None


class Evaluator:
    """Turns token lists into SQL text with bind variables, and computes it."""

    def __init__(self, machine: Any, frame: Frame) -> None:
        self.machine, self.frame = machine, frame
        self.binds: list[Bind] = []
        self.out: list[str] = []
        self.columns: set[str] = set()
        self.last = 0

    def add(self, value: Any, kind: str | None = None) -> str:
        """A bind variable for a value."""
        name = f"PL{len(self.binds)}"
        self.binds.append(Bind(name, kind or bind_type(value), value))
        return f":{name}"

    def text(self, tokens: Expr, source: str, columns: set[str] | None = None) -> str:
        """SQL text of the tokens, with variables as binds. In SQL, ``columns`` win over variables."""
        self.columns = columns or set()
        at = 0
        while at < len(tokens):
            at = self._token(tokens, at, source)
        return "".join(self.out)

    def _copy(self, token: Tok, source: str) -> None:
        self.out.append(" " + source[token.start:token.end])

    def _token(self, tokens: Expr, at: int, source: str) -> int:
        token = tokens[at]
        if token.kind == "bind":
            bind = self.machine.bind(token.text)
            self.out.append(" " + self.add(bind.value, bind.type))
            return at + 1
        after_dot = at > 0 and tokens[at - 1].text == "." and tokens[at - 1].kind == "op"
        if token.kind != "word" or after_dot:
            self._copy(token, source)
            return at + 1
        following = tokens[at + 1].text if at + 1 < len(tokens) and tokens[at + 1].kind == "op" else ""
        if following == "%":
            return self._attribute(tokens, at)
        if token.text in ("SQLCODE", "SQLERRM") and token.text not in self.columns:
            return self._error_function(tokens, at, source)
        meaning = self.frame.find(token.text)
        if meaning is not None and not (token.text in self.columns and following != "."):
            return self._named(tokens, at, source, meaning, following)
        return self._function(tokens, at, source)

    def _attribute(self, tokens: Expr, at: int) -> int:
        attribute = tokens[at + 2].text
        self.out.append(" " + self.add(self.machine.attribute(self.frame, tokens[at].text, attribute)))
        return at + 3

    def _error_function(self, tokens: Expr, at: int, source: str) -> int:
        if tokens[at].text == "SQLCODE":
            self.out.append(" " + self.add(self.machine.sqlcode(), "NUMBER"))
            return at + 1
        end = at + 1
        code = None
        if end < len(tokens) and tokens[end].text == "(":
            close = closing(tokens, end)
            code = self.machine.value(self.frame, tokens[end + 1:close])
            end = close + 1
        self.out.append(" " + self.add(self.machine.sqlerrm(code), "VARCHAR2"))
        return end

    def _named(self, tokens: Expr, at: int, source: str, meaning: Any, following: str) -> int:
        if isinstance(meaning, Variable):
            self.out.append(" " + self.add(meaning.value, bind_type(meaning.value, meaning.type)))
            return at + 1
        if isinstance(meaning, Record) and following == "." and at + 2 < len(tokens):
            return self._record_field(tokens, at, source, meaning)
        if isinstance(meaning, Collection):
            return self._collection(tokens, at, source, meaning, following)
        if isinstance(meaning, Subprogram):
            end = closing(tokens, at + 1) + 1 if following == "(" else at + 1
            args = split_arguments(tokens[at + 2:end - 1]) if following == "(" else []
            self.out.append(" " + self.add(self.machine.invoke(self.frame, meaning, args)))
            return end
        self._copy(tokens[at], source)
        return at + 1

    def _record_field(self, tokens: Expr, at: int, source: str, record: Record) -> int:
        variable = record.fields.get(tokens[at + 2].text)
        if variable is None:
            raise syntax_error(
                source, tokens[at].start, f"PLS-00302: component '{tokens[at + 2].text}' must be declared"
            )
        self.out.append(" " + self.add(variable.value, bind_type(variable.value, variable.type)))
        return at + 3

    def _collection(self, tokens: Expr, at: int, source: str, items: Collection, following: str) -> int:
        if following == "(":
            close = closing(tokens, at + 1)
            key = self.machine.value(self.frame, tokens[at + 2:close])
            value = element(items, key)
            if isinstance(value, Record):
                self.out.append(" " + self.add(value.fields[tokens[close + 2].text].value))
                return close + 3
            self.out.append(" " + self.add(value, bind_type(value, items.element)))
            return close + 1
        if following == "." and at + 2 < len(tokens):
            name, end, key = tokens[at + 2].text, at + 3, None
            if end < len(tokens) and tokens[end].text == "(":
                close = closing(tokens, end)
                key, end = self.machine.value(self.frame, tokens[end + 1:close]), close + 1
            self.out.append(" " + self.add(collection_method(items, name, key)))
            return end
        self._copy(tokens[at], source)
        return at + 1

    def _function(self, tokens: Expr, at: int, source: str) -> int:
        """package.function(args) that SQL does not have: a stored one, or the catalog's."""
        from estate.sql import plsql_units as units

        end, parts = at + 1, [tokens[at].text]
        while end + 1 < len(tokens) and tokens[end].text == "." and tokens[end + 1].kind == "word":
            parts.append(tokens[end + 1].text)
            end += 2
        bare = parts[1:] if parts[0] == "SYS" and len(parts) > 2 else parts
        name = ".".join(bare)
        called = end < len(tokens) and tokens[end].text == "("
        stored = units.find(self.machine.session, bare)
        if stored is not None and stored.data["kind"] == "FUNCTION":
            close = closing(tokens, end) if called else end - 1
            args = split_arguments(tokens[end + 1:close]) if called else []
            self.out.append(" " + self.add(self.machine.invoke(self.frame, stored, args)))
            return close + 1
        if len(bare) == 2 and bare[0].startswith(("DBMS_", "UTL_")) and name not in FUNCTIONS and name not in CALLS:
            close = closing(tokens, end) if called else end - 1
            args = split_arguments(tokens[end + 1:close]) if called else []
            self.out.append(" " + self.add(self.machine.package(self.frame, name, args)))
            return close + 1
        self._copy(tokens[at], source)
        return at + 1


def closing(tokens: Expr, at: int) -> int:
    """The index of the parenthesis that closes the one at ``at``."""
    depth = 0
    for index in range(at, len(tokens)):
        if tokens[index].kind == "op":
            depth += {"(": 1, ")": -1}.get(tokens[index].text, 0)
            if depth == 0:
                return index
    raise ora(907)


def split_arguments(tokens: Expr) -> list[tuple[str | None, Expr]]:
    """(label or None, expression) of each argument."""
    out: list[tuple[str | None, Expr]] = []
    start = depth = 0
    for index in range(len(tokens) + 1):
        here = tokens[index].text if index < len(tokens) and tokens[index].kind == "op" else ""
        depth += {"(": 1, ")": -1}.get(here, 0)
        if index == len(tokens) or (here == "," and depth == 0):
            part = tokens[start:index]
            if len(part) > 2 and part[1].text == "=>":
                out.append((part[0].text, part[2:]))
            elif part:
                out.append((None, part))
            start = index + 1
    return out


def element(items: Collection, key: Any) -> Any:
    """An element of a collection. ORA-01403 where there is none."""
    if key not in items.items:
        raise ora(1403)
    return items.items[key]


def collection_method(items: Collection, name: str, key: Any) -> Any:
    """COUNT, FIRST, LAST, EXISTS, NEXT, PRIOR."""
    keys = sorted(items.items)
    if name == "COUNT":
        return len(keys)
    if name in ("FIRST", "LAST"):
        return keys[0 if name == "FIRST" else -1] if keys else None
    if name == "EXISTS":
        return key in items.items
    if name == "NEXT":
        return next((one for one in keys if one > key), None)
    if name == "PRIOR":
        return next((one for one in reversed(keys) if one < key), None)
    raise OraError(6550, f"line 1, column 1:\nPLS-00302: component '{name}' must be declared")


def scalar_type(text: str) -> SqlType:
    """A scalar type as PL/SQL writes it; unconstrained VARCHAR2 parameters hold 32767 bytes."""
    kind = types.parse_type(text)
    if kind.name in ("VARCHAR2", "NVARCHAR2", "RAW") and "(" not in text:
        return replace(kind, size=32767)
    return kind
