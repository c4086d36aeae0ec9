# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Anonymous PL/SQL blocks and CALL: an interpreter whose expressions and statements are run by the SQL engine."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from estate.api import Bind, OraError, Result
from estate.sql import plsql_units as units
from estate.sql import types
from estate.sql.errors import MESSAGES, ora, unsupported
from estate.sql.plsql_calls import ReturnError
from estate.sql.plsql_lex import Block, Expr, Node, lex, syntax_error
from estate.sql.plsql_parse import Parser, parse_block
from estate.sql.plsql_run import Runner
from estate.sql.plsql_values import (
    Collection,
    Cursor,
    Evaluator,
    Frame,
    Record,
    Subprogram,
    TypeName,
    UserException,
    Variable,
    closing,
    scalar_type,
    split_arguments,
)
from estate.sql.types import SqlType, of_column

NAMED = {"NO_DATA_FOUND": 1403, "TOO_MANY_ROWS": 1422, "ZERO_DIVIDE": 1476, "DUP_VAL_ON_INDEX": 1, "VALUE_ERROR": 6502,
         "INVALID_NUMBER": 1722, "CURSOR_ALREADY_OPEN": 6511, "INVALID_CURSOR": 1001, "LOGIN_DENIED": 1017,
         "TIMEOUT_ON_RESOURCE": 51, "CASE_NOT_FOUND": 6592, "PROGRAM_ERROR": 6501, "STORAGE_ERROR": 6500,
         "ROWTYPE_MISMATCH": 6504, "NOT_LOGGED_ON": 1012, "COLLECTION_IS_NULL": 6531, "SUBSCRIPT_BEYOND_COUNT": 6533}


class Output:
    """DBMS_OUTPUT of a session."""

    def __init__(self) -> None:
        self.enabled = False
        self.lines: deque[str] = deque()
        self.partial = ""

    def put(self, text: Any, end: bool) -> None:
        """PUT and PUT_LINE."""
        if self.enabled:
            self.partial += "" if text is None else str(text)
            if end:
                self.lines.append(self.partial)
                self.partial = ""


class RaisedError(Exception):
    """A user-defined exception on its way."""

    def __init__(self, exception: UserException) -> None:
        super().__init__(exception.name)
        self.exception = exception


class Machine:
    """One execution of one block."""

    def __init__(self, session: Any, text: str, binds: Sequence[Bind]) -> None:
        self.session, self.text = session, text
        self.block = parse_block(text)
        self.binds = self._binds(binds)
        self.assigned: set[str] = set()
        self.rowcount: int | None = None
        self.error: OraError | RaisedError | None = None
        self.ctx23 = replace(session.ctx, version="23.0.0.0.0")
        self.runner = Runner(self)

    def _binds(self, given: Sequence[Bind]) -> dict[str, Bind]:
        """Bind variables by name: one a name, or one a place (then the last of a name counts)."""
        places = [token.text for token in lex(self.text) if token.kind == "bind"]
        unique = list(dict.fromkeys(places))
        named = {bind.name.lstrip(":").upper(): index for index, bind in enumerate(given) if bind.name}
        if given and len(named) == len(given):
            if set(unique) - set(named):
                raise ora(1008)
            self.positions = {name: named[name] for name in unique}
        elif len(given) == len(unique):
            self.positions = {name: index for index, name in enumerate(unique)}
        elif len(given) == len(places):
            self.positions = {name: index for index, name in enumerate(places)}
        else:
            raise ora(1008 if len(given) < len(unique) else 1036)
        return {name: replace(given[index]) for name, index in self.positions.items()}

    def bind(self, name: str) -> Bind:
        """A bind variable."""
        return self.binds[name]

    def assign_bind(self, name: str, value: Any) -> None:
        """Give a bind variable its OUT value."""
        bind = self.binds[name]
        if bind.type in ("VARCHAR2", "NUMBER", "CHAR") and not isinstance(value, (list, Result)):
            value = _as_bind(bind.type, value)
        bind.value = value
        self.assigned.add(name)

    def run(self) -> Result:
        """Execute the block."""
        try:
            self.run_block(self.block, Frame(None))
        except ReturnError:
            pass
        except RaisedError as raised:
            raise _unhandled(raised) from None
        out = {self.positions[name]: self.binds[name].value for name in self.assigned}
        implicit, self.session.implicit = self.session.implicit, []
        return Result("plsql", out_binds=out, rowcount=0, implicit=implicit)

    def run_block(self, block: Block, frame: Frame) -> None:
        """Declarations, body, handlers."""
        for node in block.declarations:
            self.declare(node, frame)
        try:
            self.runner.run_all(block.body, frame)
        except (OraError, RaisedError) as error:
            handler = self._handler(block, frame, error)
            if handler is None:
                raise
            before, self.error = self.error, error
            try:
                self.runner.run_all(handler, frame)
            finally:
                self.error = before

    def _handler(self, block: Block, frame: Frame, error: OraError | RaisedError) -> list[Node] | None:
        if isinstance(error, OraError) and error.code in (1013, 3156, 28, 3113):
            return None
        for names, body in block.handlers:
            if any(self._catches(name, frame, error) for name in names):
                return body
        return None

    def _catches(self, name: str, frame: Frame, error: OraError | RaisedError) -> bool:
        if name == "OTHERS":
            return True
        meaning = frame.find(name)
        if isinstance(error, RaisedError):
            return meaning is error.exception
        code = meaning.code if isinstance(meaning, UserException) else NAMED.get(name)
        if meaning is None and name not in NAMED:
            raise self.undeclared(name, 0)
        return code == error.code

    def undeclared(self, name: str, start: int) -> OraError:
        """PLS-00201."""
        return syntax_error(self.text, start, f"PLS-00201: identifier '{name}' must be declared")

    def declare(self, node: Node, frame: Frame) -> None:
        """One declaration."""
        data = node.data
        if node.kind == "variable":
            frame.names[data["name"]] = self.variable(data["type"], frame)
            if data["value"] is not None:
                self.runner.store(frame, frame.names[data["name"]], self.value(frame, data["value"]))
        elif node.kind == "exception":
            frame.names[data["name"]] = UserException(data["name"])
        elif node.kind == "cursor":
            frame.names[data["name"]] = Cursor(data["query"], data["parameters"])
        elif node.kind == "subprogram":
            frame.names[data["name"]] = Subprogram(data, frame)
        elif node.kind == "type":
            frame.names[data["name"]] = TypeName(data["body"])
        elif node.kind == "pragma":
            self._pragma(data["words"], frame)

    def _pragma(self, words: list[str], frame: Frame) -> None:
        if words[0] == "EXCEPTION_INIT":
            frame.find(words[2]).code = int(words[-2])
        elif words[0] == "AUTONOMOUS_TRANSACTION":
            raise unsupported("PRAGMA AUTONOMOUS_TRANSACTION")

    def variable(self, text: str, frame: Frame) -> Any:
        """What a variable of a type holds: %TYPE, %ROWTYPE, declared types, scalars."""
        upper = text.upper().strip()
        if upper.endswith("%ROWTYPE"):
            return self._row_variable(upper[:-8].strip(), frame)
        if upper.endswith("%TYPE"):
            return self._like(upper[:-5].strip(), frame)
        declared = frame.find(upper)
        if isinstance(declared, TypeName):
            return self._of_type(declared.body, frame)
        if upper == "SYS_REFCURSOR":
            return Cursor()
        if upper.startswith(("DBMS_OUTPUT.CHARARR", "DBMSOUTPUT_LINESARRAY", "DBMS_SQL.VARCHAR2", "SYS.ODCI")):
            return Collection(types.varchar(4000))
        try:
            return Variable(scalar_type(text))
        except OraError:
            raise self.undeclared(upper, max(0, self.text.upper().find(upper))) from None

    def _row_variable(self, name: str, frame: Frame) -> Record:
        cursor = frame.find(name)
        if isinstance(cursor, Cursor) and cursor.query is not None:
            inner = Frame(frame)
            inner.names.update((one["name"], self.variable(one["type"], frame)) for one in cursor.parameters)
            evaluator = Evaluator(self, inner)
            text = evaluator.text(cursor.query, self.text, self.runner.columns_in(cursor.query))
            columns = self.session.compiled(text, evaluator.binds).columns
        else:
            columns = self.session.describe(f"SELECT * FROM {name}")[1]
        return Record({column.name: Variable(_wide(of_column(column))) for column in columns})

    def _like(self, name: str, frame: Frame) -> Any:
        head, _, tail = name.rpartition(".")
        known = frame.find(name) or frame.find(head)
        if isinstance(known, Record) and tail in known.fields:
            return Variable(known.fields[tail].type)
        if isinstance(known, Variable):
            return Variable(known.type)
        if not head:
            raise self.undeclared(name, 0)
        column = self.session.describe(f"SELECT {tail} FROM {head}")[1][0]
        return Variable(of_column(column))

    def _of_type(self, body: str, frame: Frame) -> Any:
        upper = " ".join(body.upper().split())
        if upper.startswith(("TABLE OF ", "VARRAY")):
            inner = upper.partition(" OF ")[2].partition(" INDEX BY ")[0].removesuffix(" NOT NULL")
            probe = self.variable(inner, frame)
            return Collection(probe.type if isinstance(probe, Variable) else types.NULL)
        if upper.startswith("RECORD"):
            parser = Parser(body[body.index("("):])
            fields = parser.parameters()
            return Record({one["name"]: self.variable(one["type"], frame) for one in fields})
        if upper.startswith("REF CURSOR"):
            return Cursor()
        return self.variable(body, frame)

    def value(self, frame: Frame, tokens: Expr) -> Any:
        """Compute an expression."""
        quick = self._quick(frame, tokens) or self._lone_call(frame, tokens)
        if quick is not None:
            return quick[0]
        evaluator = Evaluator(self, frame)
        text = f"SELECT {evaluator.text(tokens, self.text)} FROM DUAL"
        saved, self.session.ctx = self.session.ctx, self.ctx23
        try:
            rows = self.session._query(text, evaluator.binds).rows
            return next(rows)[0]
        except OraError as error:
            raise self._in_plsql(error, tokens) from None
        finally:
            self.session.ctx = saved

    def _in_plsql(self, error: OraError, tokens: Expr) -> OraError:
        if error.code == 904:
            name = error.message.partition(":")[0].replace('"', "")
            start = next((token.start for token in tokens if token.text == name.rpartition(".")[2]), tokens[0].start)
            return self.undeclared(name, start)
        if error.code == 1722:
            return OraError(6502, "PL/SQL: numeric or value error: character to number conversion error")
        if 900 <= error.code <= 999 and error.code not in (904, 942):
            return syntax_error(
                self.text, tokens[0].start if tokens else 0, f"PL/SQL: ORA-{error.code:05d}: {error.message}"
            )
        return error

    def _quick(self, frame: Frame, tokens: Expr) -> tuple[Any] | None:
        """Literals and lone variables need no SQL."""
        if len(tokens) != 1:
            return None
        token = tokens[0]
        if token.kind == "number" and token.text.isdigit():
            return (int(token.text),)
        if token.kind == "string" and token.text.startswith("'"):
            return (token.text[1:-1].replace("''", "'") or None,)
        if token.kind == "bind":
            return (self.binds[token.text].value,)
        if token.kind == "word" and token.text in ("NULL", "TRUE", "FALSE"):
            return ({"NULL": None, "TRUE": True, "FALSE": False}[token.text],)
        meaning = frame.find(token.text) if token.kind == "word" else None
        if isinstance(meaning, Variable):
            return (meaning.value,)
        return (meaning,) if isinstance(meaning, (Record, Collection, Cursor)) else None

    def _lone_call(self, frame: Frame, tokens: Expr) -> tuple[Any] | None:
        """A call of a local or stored function that is the whole expression: its value may be of any type."""
        at = next((index for index, token in enumerate(tokens) if token.text == "("), len(tokens))
        if at == 0 or any(token.kind != ("op" if index % 2 else "word") for index, token in enumerate(tokens[:at])):
            return None
        if at < len(tokens) and closing(tokens, at) != len(tokens) - 1:
            return None
        parts = [token.text for token in tokens[:at:2]]
        local = frame.find(parts[0])
        program = local if local is not None or len(tokens) == 1 else units.find(self.session, parts)
        if not isinstance(program, Subprogram) or program.data["kind"] != "FUNCTION":
            return None
        return (self.invoke(frame, program, split_arguments(tokens[at + 1:-1])),)

    def sqlcode(self) -> int:
        """SQLCODE of the handled exception."""
        if self.error is None:
            return 0
        if isinstance(self.error, RaisedError):
            return 1 if self.error.exception.code is None else -self.error.exception.code
        return 100 if self.error.code == 1403 else -self.error.code

    def sqlerrm(self, code: Any) -> str:
        """SQLERRM, or the message of a code."""
        if code is not None:
            number = abs(int(code))
            return f"ORA-{number:05d}: {MESSAGES.get(number, 'Message not found')}" if number else \
                "ORA-0000: normal, successful completion"
        if self.error is None:
            return "ORA-0000: normal, successful completion"
        return "User-Defined Exception" if isinstance(self.error, RaisedError) else \
            str(self.error).partition("\nORA-06512")[0]

    def attribute(self, frame: Frame, name: str, attribute: str) -> Any:
        """SQL%ROWCOUNT, cursor%FOUND ..."""
        if name == "SQL":
            count = self.rowcount
            return {"ROWCOUNT": count, "FOUND": None if count is None else count > 0,
                    "NOTFOUND": None if count is None else count == 0, "ISOPEN": False}.get(attribute)
        cursor = frame.find(name)
        if not isinstance(cursor, Cursor):
            raise self.undeclared(name, 0)
        if attribute == "ISOPEN":
            return cursor.rows is not None
        if cursor.rows is None:
            raise ora(1001)
        found = cursor.found
        return {"ROWCOUNT": cursor.count, "FOUND": found, "NOTFOUND": None if found is None else not found}[attribute]

    def invoke(self, frame: Frame, program: Subprogram, args: list[tuple[str | None, Expr]]) -> Any:
        """Call a local procedure or function."""
        return self.runner.invoke(frame, program, args)

    def package(self, frame: Frame, name: str, args: list[tuple[str | None, Expr]]) -> Any:
        """Call a supplied package."""
        return self.runner.package(frame, name, args)


def _wide(kind: SqlType) -> SqlType:
    return replace(kind, size=max(kind.size, 4000)) if kind.kind == "S" and not kind.is_char else kind


def _as_bind(kind: str, value: Any) -> Any:
    """A value as a bind variable of the type takes it."""
    holder = Variable(SqlType("VARCHAR2" if kind == "CHAR" else kind, 0))
    holder.set(value)
    return holder.value


def _unhandled(raised: RaisedError) -> OraError:
    if raised.exception.code is not None:
        return ora(raised.exception.code)
    return OraError(6510, "PL/SQL: unhandled user-defined exception")


def run(session: Any, text: str, binds: Sequence[Bind], rows: Sequence[Sequence[Any]] | None = None) -> Result:
    """Execute a block (once a row of binds). What it changed is undone when it fails."""
    result = Result("plsql")
    for values in rows if rows is not None else [[bind.value for bind in binds]]:
        given = [replace(bind, value=value) for bind, value in zip(binds, values, strict=False)]
        result = _once(session, text, given)
    return result


def _once(session: Any, text: str, binds: Sequence[Bind]) -> Result:
    outside = session.in_transaction
    if outside:
        session.writer().connection.execute("SAVEPOINT ora_block")
    try:
        return Machine(session, text, binds).run()
    except OraError:
        session.implicit = []
        if outside and session.in_transaction:
            _undo(session)
        elif session.in_transaction:
            session.rollback()
        raise


def _undo(session: Any) -> None:
    try:
        session.writer().connection.execute("ROLLBACK TO ora_block")
    except sqlite3.OperationalError:
        # the block committed: the savepoint went with it
        return

