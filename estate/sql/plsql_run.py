# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running the statements of a PL/SQL block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from estate.api import Bind, OraError, Result
from estate.sql import types
from estate.sql.errors import ora
from estate.sql.plsql_calls import Calls, ReturnError
from estate.sql.plsql_lex import Expr, Node, syntax_error
from estate.sql.plsql_values import (
    Cursor,
    Evaluator,
    Frame,
    Record,
    Subprogram,
    UserException,
    Variable,
    bind_type,
    split_arguments,
)
from estate.sql.types import of_column

AFTER_TABLE_WORDS = frozenset(("FROM", "JOIN", "UPDATE", "INTO", "USING", ",", "DELETE"))


class ExitError(Exception):
    """EXIT of the innermost loop."""


class ContinueError(Exception):
    """CONTINUE of the innermost loop."""


class Runner(Calls):
    """Dispatch by the kind of node."""

    def run_all(self, nodes: list[Node], frame: Frame) -> None:
        """Statements in order."""
        for node in nodes:
            self.run(node, frame)

    def run(self, node: Node, frame: Frame) -> None:
        """One statement; an error learns its line."""
        if self.session._cancelled:
            raise ora(1013)
        handler = getattr(self, f"do_{node.kind}", None)
        if handler is None:
            raise syntax_error(self.machine.text, 0, f"PLS-00103: {node.kind.upper()} is not modelled by the estate")
        try:
            handler(node, frame)
        except OraError as error:
            if "ORA-06512" not in error.message and error.code not in (6550, 1013):
                raise OraError(error.code, f"{error.message}\nORA-06512: at line {node.line}", error.position) from None
            raise

    def test(self, frame: Frame, tokens: Expr) -> bool:
        """A condition: NULL counts as false."""
        return bool(self.machine.value(frame, tokens))

    def do_null(self, node: Node, frame: Frame) -> None:
        """NULL;"""

    def do_block(self, node: Node, frame: Frame) -> None:
        """A nested block."""
        self.machine.run_block(node.data["block"], Frame(frame))

    def do_assign(self, node: Node, frame: Frame) -> None:
        """target := value."""
        self.assign(frame, node.data["target"], self.machine.value(frame, node.data["value"]))

    def do_if(self, node: Node, frame: Frame) -> None:
        """IF."""
        for test, body in node.data["branches"]:
            if self.test(frame, test):
                return self.run_all(body, frame)
        return self.run_all(node.data["other"], frame)

    def do_case(self, node: Node, frame: Frame) -> None:
        """CASE statement; ORA-06592 when nothing fits and there is no ELSE."""
        subject = node.data["subject"]
        value = self.machine.value(frame, subject) if subject is not None else None
        for test, body in node.data["branches"]:
            fits = self.test(frame, test) if subject is None else \
                value is not None and self.machine.value(frame, test) == value
            if fits:
                return self.run_all(body, frame)
        if node.data["other"] is None:
            raise ora(6592)
        return self.run_all(node.data["other"], frame)

    def _round(self, body: list[Node], frame: Frame) -> bool:
        """One pass of a loop; whether to go on."""
        try:
            self.run_all(body, frame)
        except ContinueError:
            return True
        except ExitError:
            return False
        return True

    def do_loop(self, node: Node, frame: Frame) -> None:
        """LOOP."""
        while self._round(node.data["body"], frame):
            continue

    def do_while(self, node: Node, frame: Frame) -> None:
        """WHILE."""
        while self.test(frame, node.data["test"]) and self._round(node.data["body"], frame):
            continue

    def do_for(self, node: Node, frame: Frame) -> None:
        """FOR i IN low..high; also FORALL."""
        low, high = self.machine.value(frame, node.data["low"]), self.machine.value(frame, node.data["high"])
        if low is None or high is None:
            raise ora(6502, ": NULL index table key value")
        steps = range(int(low), int(high) + 1)
        total = 0
        for number in reversed(steps) if node.data["reverse"] else steps:
            inner = Frame(frame)
            inner.names[node.data["name"]] = Variable(types.INTEGER, number)
            if not self._round(node.data["body"], inner):
                return
            total += self.machine.rowcount or 0
        if node.data["body"] and node.data["body"][0].kind == "sql" and len(node.data["body"]) == 1:
            self.machine.rowcount = total

    def do_for_query(self, node: Node, frame: Frame) -> None:
        """FOR r IN (query) or FOR r IN cursor."""
        cursor = self._loop_cursor(node.data["source"], frame)
        for row in cursor.rows or ():
            inner = Frame(frame)
            inner.names[node.data["name"]] = self.record(cursor, row)
            cursor.count += 1
            if not self._round(node.data["body"], inner):
                return

    def _loop_cursor(self, source: Expr, frame: Frame) -> Cursor:
        if source[0].text == "(" and source[0].kind == "op":
            return self.open_query(frame, source[1:-1])
        declared = frame.find(source[0].text)
        if not isinstance(declared, Cursor):
            raise self.machine.undeclared(source[0].text, source[0].start)
        args = split_arguments(source[2:-1]) if len(source) > 1 else []
        return self.open_declared(frame, Cursor(declared.query, declared.parameters), args)

    def record(self, cursor: Cursor, row: tuple[Any, ...]) -> Record:
        """A row as a record."""
        return Record(
            {
                column.name: Variable(of_column(column), value)
                for column, value in zip(cursor.columns, row, strict=False)
            }
        )

    def open_query(self, frame: Frame, tokens: Expr) -> Cursor:
        """Run a static query."""
        evaluator = Evaluator(self.machine, frame)
        text = evaluator.text(tokens, self.machine.text, self.columns_in(tokens))
        result = self._sql(text, evaluator.binds, tokens)
        return Cursor(columns=result.columns, rows=result.rows)

    def open_declared(self, frame: Frame, cursor: Cursor, args: list[tuple[str | None, Expr]]) -> Cursor:
        """Open a declared cursor with its parameters."""
        inner = Frame(frame)
        self._bind_parameters(frame, inner, Subprogram({"parameters": cursor.parameters}, frame), args)
        found = self.open_query(inner, cursor.query or ())
        cursor.columns, cursor.rows, cursor.count, cursor.found = found.columns, found.rows, 0, None
        return cursor

    def _sql(self, text: str, binds: list[Bind], tokens: Expr) -> Result:
        try:
            return self.session.execute(text, binds)  # type: ignore[no-any-return]
        except OraError as error:
            if error.code in (904, 942, 933, 936, 923, 918, 913, 947, 1031, 2289):
                place = syntax_error(
                    self.machine.text, tokens[0].start, f"PL/SQL: ORA-{error.code:05d}: {error.message}"
                )
                raise place from None
            raise OraError(error.code, error.message) from None

    def columns_in(self, tokens: Expr) -> set[str]:
        """Column names of the tables that a statement names: they win over variables."""
        found: set[str] = set()
        for index, token in enumerate(tokens[1:], 1):
            if token.kind != "word" or tokens[index - 1].text not in AFTER_TABLE_WORDS:
                continue
            name = token.text
            owner = None
            if index + 2 < len(tokens) and tokens[index + 1].text == "." and tokens[index + 2].kind == "word":
                owner, name = name, tokens[index + 2].text
            found |= self._table_columns(owner, name)
        return found

    def _table_columns(self, owner: str | None, name: str) -> set[str]:
        target = f'"{owner}"."{name}"' if owner else f'"{name}"'
        try:
            return {column.name for column in self.session.describe(f"SELECT * FROM {target}")[1]}
        except OraError:
            return set()

    def do_sql(self, node: Node, frame: Frame) -> None:
        """SELECT INTO, DML with RETURNING INTO, COMMIT and the like."""
        tokens = node.data["tokens"]
        verb = tokens[0].text
        if verb in ("SELECT", "WITH"):
            return self._select_into(tokens, frame)
        if verb in ("COMMIT", "ROLLBACK", "SAVEPOINT", "SET", "LOCK"):
            self.session.execute(self.machine.text[tokens[0].start:tokens[-1].end])
            return None
        split = next((index for index, token in enumerate(tokens) if token.text in ("RETURNING", "RETURN")
                      and token.kind == "word"), None)
        evaluator = Evaluator(self.machine, frame)
        columns = self.columns_in(tokens)
        if split is None:
            text = evaluator.text(tokens, self.machine.text, columns)
            self.machine.rowcount = self._sql(text, evaluator.binds, tokens).rowcount
            return None
        return self._dml_returning(tokens, split, frame, evaluator, columns)

    def _dml_returning(self, tokens: Expr, split: int, frame: Frame, evaluator: Evaluator, columns: set[str]) -> None:
        into = next(index for index in range(split, len(tokens)) if tokens[index].text == "INTO")
        bulk = tokens[into - 1].text == "COLLECT"
        head = tokens[:into - 2 if bulk else into]
        text = evaluator.text(head, self.machine.text, columns)
        targets = [one for _, one in split_arguments(tokens[into + 1:])]
        start = len(evaluator.binds)
        places = ", ".join(evaluator.add(None, "VARCHAR2") for _ in targets)
        result = self._sql(f"{text} INTO {places}", evaluator.binds, tokens)
        self.machine.rowcount = result.rowcount
        for index, target in enumerate(targets):
            values = result.out_binds.get(start + index, [[]])[0]
            if bulk:
                self.assign(frame, target, values)
            elif len(values) > 1:
                raise ora(1422)
            else:
                self.assign(frame, target, values[0] if values else None)

    def _select_into(self, tokens: Expr, frame: Frame) -> None:
        depth, into = 0, None
        for index, token in enumerate(tokens):
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "op" else 0
            if depth == 0 and token.kind == "word" and token.text == "INTO":
                into = index
                break
        if into is None:
            raise syntax_error(
                self.machine.text, tokens[0].start, "PLS-00428: an INTO clause is expected in this SELECT statement"
            )
        end = next(
            index for index in range(into, len(tokens)) if tokens[index].text == "FROM" and tokens[index].kind == "word"
        )
        bulk = tokens[into - 1].text == "COLLECT" and tokens[into - 2].text == "BULK"
        query = tokens[:into - 2 if bulk else into] + tokens[end:]
        targets = [one for _, one in split_arguments(tokens[into + 1:end])]
        cursor = self.open_query(frame, query)
        rows = cursor.rows or iter(())
        if bulk:
            return self._bulk_into(frame, targets, cursor, rows)
        row = next(rows, None)
        if row is None:
            self.machine.rowcount = 0
            raise ora(1403)
        if next(rows, None) is not None:
            raise ora(1422)
        self.machine.rowcount = 1
        return self._into(frame, targets, cursor, row)

    def _into(self, frame: Frame, targets: list[Expr], cursor: Cursor, row: tuple[Any, ...]) -> None:
        first = frame.find(targets[0][0].text) if len(targets) == 1 and len(targets[0]) == 1 else None
        if isinstance(first, Record):
            return self.store(frame, first, self.record(cursor, row))
        if len(targets) != len(row):
            raise ora(947 if len(row) < len(targets) else 913)
        for target, value in zip(targets, row, strict=False):
            self.assign(frame, target, value)
        return None

    def _bulk_into(self, frame: Frame, targets: list[Expr], cursor: Cursor, rows: Iterator[Any]) -> None:
        fetched = list(rows)
        self.machine.rowcount = len(fetched)
        if len(targets) == 1 and len(cursor.columns) > 1:
            return self.assign(frame, targets[0], [self.record(cursor, row) for row in fetched])
        for index, target in enumerate(targets):
            self.assign(frame, target, [row[index] for row in fetched])
        return None

    def do_immediate(self, node: Node, frame: Frame) -> None:
        """EXECUTE IMMEDIATE."""
        text = self.machine.value(frame, node.data["text"])
        if text is None:
            raise ora(900)
        binds, outs = [], []
        for index, one in enumerate(node.data["using"]):
            mode = one[0].text if one[0].kind == "word" and one[0].text in ("IN", "OUT") and len(one) > 1 else ""
            part = one[1:] if mode else one
            part = part[1:] if part[0].text == "OUT" and len(part) > 1 else part
            if "OUT" in (mode, one[1].text if len(one) > 1 else ""):
                outs.append((index, part))
            value = self.machine.value(frame, part)
            binds.append(Bind(None, bind_type(value), value))
        for target in node.data.get("returning", ()):
            outs.append((len(binds), target))
            binds.append(Bind(None, "VARCHAR2"))
        result = self.session.execute(str(text).rstrip().rstrip(";") if not _is_block(str(text)) else str(text), binds)
        self._after_immediate(node, frame, result, outs)

    def _after_immediate(self, node: Node, frame: Frame, result: Result, outs: list[tuple[int, Expr]]) -> None:
        if result.kind == "dml":
            self.machine.rowcount = result.rowcount
        for index, target in outs:
            value = result.out_binds.get(index)
            value = (
                value[0][0] if isinstance(value, list) and value and isinstance(value[0], list) and value[0] else value
            )
            self.assign(frame, target, value)
        if node.data["into"]:
            cursor = Cursor(columns=result.columns, rows=result.rows)
            if node.data["bulk"]:
                return self._bulk_into(frame, node.data["into"], cursor, result.rows)
            row = next(result.rows, None)
            if row is None:
                raise ora(1403)
            self._into(frame, node.data["into"], cursor, row)
        return None

    def do_open(self, node: Node, frame: Frame) -> None:
        """OPEN cursor; OPEN variable or :bind FOR query."""
        target, query = node.data["target"], node.data["query"]
        if query is None:
            cursor = frame.find(target[0].text)
            if not isinstance(cursor, Cursor) or cursor.query is None:
                raise self.machine.undeclared(target[0].text, target[0].start)
            if cursor.rows is not None:
                raise ora(6511)
            self.open_declared(frame, cursor, split_arguments(target[2:-1]) if len(target) > 1 else [])
            return
        if query[0].text in ("SELECT", "WITH") and query[0].kind == "word":
            opened = self.open_query(frame, query)
        else:
            values = [self.machine.value(frame, one) for one in node.data["using"]]
            result = self.session.execute(str(self.machine.value(frame, query)),
                                          [Bind(None, bind_type(value), value) for value in values])
            opened = Cursor(columns=result.columns, rows=result.rows)
        self.assign(frame, target, opened)

    def do_fetch(self, node: Node, frame: Frame) -> None:
        """FETCH cursor INTO ..."""
        cursor = frame.find(node.data["cursor"][0].text)
        if not isinstance(cursor, Cursor) or cursor.rows is None:
            raise ora(1001)
        if node.data["bulk"]:
            limit = self.machine.value(frame, node.data["limit"]) if node.data["limit"] else None
            rows = [row for row, _ in zip(cursor.rows, range(int(limit)), strict=False)] if limit else list(cursor.rows)
            cursor.count += len(rows)
            cursor.found = bool(rows) and (limit is None or len(rows) == int(limit))
            return self._bulk_into(frame, node.data["into"], cursor, iter(rows))
        row = next(cursor.rows, None)
        cursor.found = row is not None
        if row is None:
            return None
        cursor.count += 1
        return self._into(frame, node.data["into"], cursor, row)

    def do_close(self, node: Node, frame: Frame) -> None:
        """CLOSE cursor."""
        cursor = frame.find(node.data["tokens"][0].text)
        if not isinstance(cursor, Cursor) or cursor.rows is None:
            raise ora(1001)
        cursor.rows = None

    def do_exit(self, node: Node, frame: Frame) -> None:
        """EXIT [WHEN]."""
        if node.data["test"] is None or self.test(frame, node.data["test"]):
            raise ExitError

    def do_continue(self, node: Node, frame: Frame) -> None:
        """CONTINUE [WHEN]."""
        if node.data["test"] is None or self.test(frame, node.data["test"]):
            raise ContinueError

    def do_return(self, node: Node, frame: Frame) -> None:
        """RETURN [value]."""
        raise ReturnError(self.machine.value(frame, node.data["tokens"]) if node.data["tokens"] else None)

    def do_raise(self, node: Node, frame: Frame) -> None:
        """RAISE [exception]."""
        from estate.sql.plsql import NAMED, RaisedError

        if not node.data["tokens"]:
            if self.machine.error is None:
                raise syntax_error(
                    self.machine.text,
                    0,
                    "PLS-00367: a RAISE statement with no exception name must be inside an exception handler",
                )
            raise self.machine.error
        token = node.data["tokens"][-1]
        meaning = frame.find(token.text)
        if isinstance(meaning, UserException):
            if meaning.code is not None:
                raise ora(meaning.code)
            raise RaisedError(meaning)
        if token.text not in NAMED:
            raise self.machine.undeclared(token.text, token.start)
        raise ora(NAMED[token.text])

def _is_block(text: str) -> bool:
    return text.lstrip().upper().startswith(("BEGIN", "DECLARE"))
