# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Running the statements of a PL/SQL block."""

from __future__ import annotations

import time
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from estate.api import Bind, OraError, Result
from estate.sql import types
from estate.sql.errors import ora, unsupported
from estate.sql.plsql_parse import Expr, Node, syntax_error
from estate.sql.plsql_values import (Collection, Cursor, Evaluator, Frame, Record, Subprogram, UserException, Variable,
                                     bind_type, closing, split_arguments)
from estate.sql.types import of_column

if TYPE_CHECKING:
    from estate.sql.plsql import Machine

AFTER_TABLE_WORDS = frozenset(("FROM", "JOIN", "UPDATE", "INTO", "USING", ",", "DELETE"))


class Exit(Exception):
    """EXIT of the innermost loop."""


class Continue(Exception):
    """CONTINUE of the innermost loop."""


class Runner:
    """Dispatch by the kind of node."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.session = machine.session

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

    def assign(self, frame: Frame, target: Expr, value: Any) -> None:
        """Store into a variable, field, element or bind variable."""
        first = target[0]
        if first.kind == "bind":
            if isinstance(value, Cursor):
                value = Result("query", columns=value.columns, rows=value.rows or iter(()))
            elif isinstance(value, Collection):
                value = [value.items[key] for key in sorted(value.items)]
            return self.machine.assign_bind(first.text, value)
        meaning = frame.find(first.text)
        if meaning is None:
            raise self.machine.undeclared(first.text, first.start)
        if isinstance(meaning, Collection) and len(target) > 1:
            return self._assign_element(frame, meaning, target, value)
        if isinstance(meaning, Record) and len(target) > 2:
            return meaning.fields[target[2].text].set(value)
        return self.store(frame, meaning, value)

    def _assign_element(self, frame: Frame, items: Collection, target: Expr, value: Any) -> None:
        close = closing(target, 1)
        key = self.machine.value(frame, target[2:close])
        if len(target) > close + 2:
            record = items.items.setdefault(key, Record())
            record.fields.setdefault(target[close + 2].text, Variable(types.VARCHAR)).value = value
            return
        items.items[key] = value

    def store(self, frame: Frame, meaning: Any, value: Any) -> None:
        """Give a variable its value."""
        if isinstance(meaning, Variable):
            meaning.set(value)
        elif isinstance(meaning, Record) and isinstance(value, Record):
            for name, (_, one) in zip(meaning.fields, value.fields.items()):
                meaning.fields[name].value = one.value
        elif isinstance(meaning, Collection) and isinstance(value, (Collection, list)):
            meaning.items = dict(value.items) if isinstance(value, Collection) else dict(enumerate(value, 1))
        elif isinstance(meaning, Cursor) and isinstance(value, Cursor):
            meaning.columns, meaning.rows, meaning.count = value.columns, value.rows, value.count
        elif value is not None:
            raise OraError(6550, "line 1, column 1:\nPLS-00382: expression is of wrong type")

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
        except Continue:
            return True
        except Exit:
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
        return Record({column.name: Variable(of_column(column), value) for column, value in zip(cursor.columns, row)})

    def open_query(self, frame: Frame, tokens: Expr) -> Cursor:
        """Run a static query."""
        evaluator = Evaluator(self.machine, frame)
        text = evaluator.text(tokens, self.machine.text, self.columns_in(tokens))
        result = self._sql(text, evaluator.binds, tokens)
        return Cursor(columns=result.columns, rows=result.rows)

    def open_declared(self, frame: Frame, cursor: Cursor, args: list[tuple[str | None, Expr]]) -> Cursor:
        """Open a declared cursor with its parameters."""
        inner = Frame(frame)
        self._bind_parameters(frame, inner, cursor.parameters, args)
        assert cursor.query is not None
        found = self.open_query(inner, cursor.query)
        cursor.columns, cursor.rows, cursor.count, cursor.found = found.columns, found.rows, 0, None
        return cursor

    def _sql(self, text: str, binds: list[Bind], tokens: Expr) -> Result:
        try:
            return self.session.execute(text, binds)  # type: ignore[no-any-return]
        except OraError as error:
            if error.code in (904, 942, 933, 936, 923, 918, 913, 947, 1031, 2289):
                place = syntax_error(self.machine.text, tokens[0].start, f"PL/SQL: ORA-{error.code:05d}: {error.message}")
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
            raise syntax_error(self.machine.text, tokens[0].start, "PLS-00428: an INTO clause is expected in this SELECT statement")
        end = next(index for index in range(into, len(tokens)) if tokens[index].text == "FROM" and tokens[index].kind == "word")
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
        for target, value in zip(targets, row):
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
            value = value[0][0] if isinstance(value, list) and value and isinstance(value[0], list) and value[0] else value
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
            rows = [row for row, _ in zip(cursor.rows, range(int(limit)))] if limit else list(cursor.rows)
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
            raise Exit

    def do_continue(self, node: Node, frame: Frame) -> None:
        """CONTINUE [WHEN]."""
        if node.data["test"] is None or self.test(frame, node.data["test"]):
            raise Continue

    def do_return(self, node: Node, frame: Frame) -> None:
        """RETURN [value]."""
        from estate.sql.plsql import Return

        raise Return(self.machine.value(frame, node.data["tokens"]) if node.data["tokens"] else None)

    def do_raise(self, node: Node, frame: Frame) -> None:
        """RAISE [exception]."""
        from estate.sql.plsql import NAMED, Raised

        if not node.data["tokens"]:
            if self.machine.error is None:
                raise syntax_error(self.machine.text, 0, "PLS-00367: a RAISE statement with no exception name must be inside "
                                                         "an exception handler")
            raise self.machine.error
        token = node.data["tokens"][-1]
        meaning = frame.find(token.text)
        if isinstance(meaning, UserException):
            if meaning.code is not None:
                raise ora(meaning.code)
            raise Raised(meaning)
        if token.text not in NAMED:
            raise self.machine.undeclared(token.text, token.start)
        raise ora(NAMED[token.text])

    def do_call(self, node: Node, frame: Frame) -> None:
        """A procedure call."""
        parts, args = node.data["name"], node.data["args"]
        if parts[0] == "SYS" and len(parts) > 1:
            parts = parts[1:]
        name = ".".join(parts)
        meaning = frame.find(parts[0])
        if isinstance(meaning, Subprogram):
            self.invoke(frame, meaning, args)
        elif isinstance(meaning, Collection) and len(parts) == 2:
            self._collection_call(frame, meaning, parts[1], args)
        elif name == "RAISE_APPLICATION_ERROR":
            self._raise_application(frame, args)
        elif name.startswith("DBMS_OUTPUT."):
            self._output(frame, parts[1], args)
        else:
            result = self.package(frame, name, args)
            if node.data["into"]:
                self.machine.assign_bind(node.data["into"], result)

    def _collection_call(self, frame: Frame, items: Collection, method: str, args: list[tuple[str | None, Expr]]) -> None:
        values = [self.machine.value(frame, one) for _, one in args]
        if method == "EXTEND":
            last = max(items.items, default=0)
            for number in range(int(values[0]) if values else 1):
                items.items[last + number + 1] = None
        elif method == "DELETE":
            for key in values or list(items.items):
                items.items.pop(key, None)
        elif method == "TRIM":
            for key in sorted(items.items)[-int(values[0]) if values else -1:]:
                del items.items[key]
        else:
            raise unsupported(f"collection method {method}")

    def _raise_application(self, frame: Frame, args: list[tuple[str | None, Expr]]) -> None:
        values = [self.machine.value(frame, one) for _, one in args]
        code = -int(values[0])
        if not 20000 <= code <= 20999:
            raise OraError(21000, f"error number argument to raise_application_error of {values[0]} is out of range")
        raise OraError(code, str(values[1] or ""))

    def _output(self, frame: Frame, method: str, args: list[tuple[str | None, Expr]]) -> None:
        output = self.session.output
        if method in ("PUT_LINE", "PUT"):
            value = self._shown(frame, args[0][1])
            output.put(value, method == "PUT_LINE")
        elif method == "NEW_LINE":
            output.put("", True)
        elif method in ("ENABLE", "DISABLE"):
            output.enabled = method == "ENABLE"
            if method == "DISABLE":
                output.lines.clear()
        elif method == "GET_LINE":
            line = output.lines.popleft() if output.lines else None
            self.assign(frame, args[0][1], line)
            self.assign(frame, args[1][1], 0 if line is not None else 1)
        elif method == "GET_LINES":
            self._get_lines(frame, args)
        else:
            raise unsupported(f"DBMS_OUTPUT.{method}")

    def _get_lines(self, frame: Frame, args: list[tuple[str | None, Expr]]) -> None:
        output = self.session.output
        wanted = self.machine.value(frame, args[1][1])
        count = min(int(wanted or 0), len(output.lines))
        lines = [output.lines.popleft() for _ in range(count)]
        self.assign(frame, args[0][1], lines)
        self.assign(frame, args[1][1], count)

    def _shown(self, frame: Frame, tokens: Expr) -> Any:
        """A value as PUT_LINE prints it: converted by SQL, with the session's formats."""
        value = self.machine.value(frame, tokens)
        if value is None or isinstance(value, str):
            return value
        bind = Bind("V", bind_type(value), value)
        return next(self.session._query("SELECT TO_CHAR(:V) FROM DUAL", [bind]).rows)[0]

    def _bind_parameters(self, frame: Frame, inner: Frame, parameters: list[dict[str, Any]],
                         args: list[tuple[str | None, Expr]]) -> list[tuple[str, Expr]]:
        """Give parameters their values; the OUT ones with where they go."""
        given: dict[str, Expr] = {}
        for index, (label, tokens) in enumerate(args):
            if index >= len(parameters):
                raise OraError(6550, "line 1, column 1:\nPLS-00306: wrong number or types of arguments in call")
            given[label or parameters[index]["name"]] = tokens
        outs = []
        for one in parameters:
            variable = self.machine.variable(one["type"], frame)
            inner.names[one["name"]] = variable
            tokens = given.get(one["name"], one["default"])
            if tokens is None:
                raise OraError(6550, "line 1, column 1:\nPLS-00306: wrong number or types of arguments in call")
            if one["mode"] != "OUT":
                self.store(frame, variable, self.machine.value(frame, tokens))
            if "OUT" in one["mode"]:
                outs.append((one["name"], tokens))
        return outs

    def invoke(self, frame: Frame, program: Subprogram, args: list[tuple[str | None, Expr]]) -> Any:
        """Call a local procedure or function."""
        from estate.sql.plsql import Return

        inner = Frame(program.frame)
        outs = self._bind_parameters(frame, inner, program.data["parameters"], args)
        value = None
        try:
            self.machine.run_block(program.data["block"], inner)
            if program.data["kind"] == "FUNCTION":
                raise ora(6503)
        except Return as returned:
            value = returned.value
        for name, target in outs:
            held = inner.names[name]
            self.assign(frame, target, held.value if isinstance(held, Variable) else held)
        return value

    def package(self, frame: Frame, name: str, args: list[tuple[str | None, Expr]]) -> Any:
        """A supplied package through the catalog. A procedure sets OUT arguments by changing ``args``."""
        given: dict[str | int, Any] = {}
        for index, (label, tokens) in enumerate(args):
            given[label or index] = self._argument(frame, tokens)
        before = dict(given)
        if name == "DBMS_SESSION.SLEEP" or name == "DBMS_LOCK.SLEEP":
            self._sleep(given)
            return None
        handle = self.session._private
        with self.session.engine.acting(handle.connection if handle else None):
            result = self.session.engine.catalog.procedure(self.session.ctx, name, given)
        for index, (label, tokens) in enumerate(args):
            key = label or index
            if given[key] is not before[key] and len(tokens) == 1:
                self.assign(frame, tokens, given[key])
        return result

    def _sleep(self, given: dict[str | int, Any]) -> None:
        until = time.monotonic() + float(next(iter(given.values()), 0) or 0)
        while time.monotonic() < until:
            if self.session._cancelled:
                raise ora(1013)
            time.sleep(min(0.02, max(0.0, until - time.monotonic())))

    def _argument(self, frame: Frame, tokens: Expr) -> Any:
        value = self.machine.value(frame, tokens)
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
        return value


def _is_block(text: str) -> bool:
    return text.lstrip().upper().startswith(("BEGIN", "DECLARE"))
