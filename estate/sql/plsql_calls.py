# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PL/SQL: assignments and calls, of local subprograms, supplied packages, DBMS_OUTPUT."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from estate.api import Bind, OraError, Result
from estate.sql import plsql_units as units
from estate.sql import types
from estate.sql.errors import ora, unsupported
from estate.sql.plsql_lex import Expr, Node
from estate.sql.plsql_values import Collection, Cursor, Frame, Record, Subprogram, Variable, bind_type, closing

if TYPE_CHECKING:
    from estate.sql.plsql import Machine


class ReturnError(Exception):
    """RETURN on its way, with its value."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Calls:
    """What the runner needs to store values and to call."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.session = machine.session

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
            for name, (_, one) in zip(meaning.fields, value.fields.items(), strict=False):
                meaning.fields[name].value = one.value
        elif isinstance(meaning, Collection) and isinstance(value, (Collection, list)):
            meaning.items = dict(value.items) if isinstance(value, Collection) else dict(enumerate(value, 1))
        elif isinstance(meaning, Cursor) and isinstance(value, Cursor):
            meaning.columns, meaning.rows, meaning.count = value.columns, value.rows, value.count
        elif value is not None:
            raise OraError(6550, "line 1, column 1:\nPLS-00382: expression is of wrong type")

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
        elif name == "DBMS_SQL.RETURN_RESULT":
            self._return_result(frame, args)
        elif (stored := units.find(self.session, parts)) is not None:
            result = self.invoke(frame, stored, args)
            if node.data["into"]:
                self.machine.assign_bind(node.data["into"], result)
        else:
            result = self.package(frame, name, args)
            if node.data["into"]:
                self.machine.assign_bind(node.data["into"], result)

    def _collection_call(
        self, frame: Frame, items: Collection, method: str, args: list[tuple[str | None, Expr]]
    ) -> None:
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

    def _return_result(self, frame: Frame, args: list[tuple[str | None, Expr]]) -> None:
        """DBMS_SQL.RETURN_RESULT(cursor): the client fetches it without a bind."""
        cursor = self.machine.value(frame, args[0][1])
        if not isinstance(cursor, Cursor) or cursor.rows is None:
            raise ora(1001)
        self.session.implicit.append(Result("query", columns=cursor.columns, rows=cursor.rows))

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

    def _bind_parameters(self, frame: Frame, inner: Frame, program: Subprogram,
                         args: list[tuple[str | None, Expr]]) -> list[tuple[str, Expr]]:
        """Give parameters their values; the OUT ones with where they go."""
        parameters, callee = program.data["parameters"], program.machine or self.machine
        given: dict[str, Expr] = {}
        for index, (label, tokens) in enumerate(args):
            if index >= len(parameters):
                raise OraError(6550, "line 1, column 1:\nPLS-00306: wrong number or types of arguments in call")
            given[label or parameters[index]["name"]] = tokens
        outs = []
        for one in parameters:
            variable = callee.variable(one["type"], program.frame)
            inner.names[one["name"]] = variable
            said, default = given.get(one["name"]), one["default"]
            if said is None and default is None:
                raise OraError(6550, "line 1, column 1:\nPLS-00306: wrong number or types of arguments in call")
            if said is None:
                self.store(frame, variable, callee.value(program.frame, default))
            elif one["mode"] != "OUT":
                self.store(frame, variable, self.machine.value(frame, said))
            if "OUT" in one["mode"] and said is not None:
                outs.append((one["name"], said))
        return outs

    def invoke(self, frame: Frame, program: Subprogram, args: list[tuple[str | None, Expr]]) -> Any:
        """Call a procedure or function: a stored one runs in its owner's schema."""
        inner = Frame(program.frame)
        outs = self._bind_parameters(frame, inner, program, args)
        value, saved = None, self.session.ctx
        if program.owner is not None:
            self.session.ctx = replace(saved, schema=program.owner, user=program.owner)
        try:
            (program.machine or self.machine).run_block(program.data["block"], inner)
            if program.data["kind"] == "FUNCTION":
                raise ora(6503)
        except ReturnError as returned:
            value = returned.value
        finally:
            self.session.ctx = saved
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
        if name in {"DBMS_SESSION.SLEEP", "DBMS_LOCK.SLEEP"}:
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
