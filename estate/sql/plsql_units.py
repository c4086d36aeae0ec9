# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stored procedures, functions and packages: kept as source, run by the interpreter in their owner's schema.

A unit becomes the declarations of a block that is run once for a session, so that a package keeps its variables.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from estate.api import OraError, Result
from estate.sql.ddl_common import existing, may_create, owned, store, tell
from estate.sql.errors import ora, unsupported
from estate.sql.objects import UserObject
from estate.sql.plsql_parse import Parser, parse_block
from estate.sql.plsql_values import Frame, Subprogram

_NAME = r'("[^"]+"|[A-Za-z][\w$#]*)'
_COMMENTS = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.S)
_CREATE = re.compile(rf"\s*CREATE\s+(OR\s+REPLACE\s+)?(?:(?:NON)?EDITIONABLE\s+)?"
                     rf"(PROCEDURE|FUNCTION|PACKAGE\s+BODY|PACKAGE)\s+(?:{_NAME}\s*\.\s*)?{_NAME}", re.I)
_DROP = re.compile(rf"\s*(DROP|ALTER)\s+(PROCEDURE|FUNCTION|PACKAGE\s+BODY|PACKAGE)\s+(IF\s+EXISTS\s+)?"
                   rf"(?:{_NAME}\s*\.\s*)?{_NAME}", re.I)
_END = re.compile(r'\bEND\b(\s*("[^"]+"|[\w$#]+))?\s*;?\s*$', re.I)
_STARTS = re.compile(r"\s*(?:AUTHID\s+\w+\s+)?(?:IS|AS)\b", re.I)


def run(session: Any, text: str) -> Result | None:
    """CREATE, DROP and ALTER ... COMPILE of a unit; None for any other statement."""
    text = _COMMENTS.sub("", text, count=1)
    made, other = _CREATE.match(text), _DROP.match(text)
    if made is not None:
        return _create(session, text, made)
    if other is None:
        return None
    kind = " ".join(other[2].upper().split())
    owner, name = _plain(other[4]) or session.ctx.schema, _plain(other[5])
    found = existing(session, owner, name, (kind,))
    if found is None and not other[3]:
        raise ora(4043, name)
    if found is not None and other[1].upper() == "DROP":
        owned(session, owner)
        for one in [found, existing(session, owner, name, ("PACKAGE BODY",)) if kind == "PACKAGE" else None]:
            if one is not None:
                session.engine.objects.drop(session.writer().connection, one)
                tell(session, f"DROP {one.kind}", one)
        session.commit()
    return Result("ddl")


def _plain(name: str | None) -> str:
    return "" if name is None else name[1:-1] if name.startswith('"') else name.upper()


def _create(session: Any, text: str, made: re.Match[str]) -> Result:
    kind = " ".join(made[2].upper().split())
    owner, name = _plain(made[3]) or session.ctx.schema, _plain(made[4])
    may_create(session, owner, "PROCEDURE", False)
    kinds = ("PACKAGE BODY",) if kind == "PACKAGE BODY" else None
    found = existing(session, owner, name, kinds) if kinds else existing(session, owner, name)
    if found is not None and not (made[1] and found.kind == kind):
        raise ora(955)
    source = f"{kind} {made[4]}{text[made.end():]}".rstrip().removesuffix("/").rstrip()
    one = UserObject(owner, name, kind, (), {"text": source, "errors": None})
    warning = None
    try:
        _check(one)
    except OraError as error:
        if error.code != 6550:
            raise
        one.detail["errors"] = error.message.partition("\n")[2]
        warning = ora(24344)
    session.commit()
    store(session, one, f"CREATE {kind}")
    session.commit()
    return Result("ddl", warning=warning)


def _check(one: UserObject) -> None:
    """Parse a unit. ORA-06550 for what does not parse, ORA-03001 for overloaded subprograms."""
    if one.kind in ("PROCEDURE", "FUNCTION"):
        parse_block(_block(one.detail["text"]))
        return
    names = [node.data["name"] for node in Parser(_inside(one.detail["text"])).declarations()
             if node.kind == "subprogram"]
    if len(set(names)) < len(names):
        raise unsupported(f"overloaded subprograms in {one.kind} {one.name}")


def _block(source: str) -> str:
    return f"DECLARE {source.rstrip().rstrip(';')}; BEGIN NULL; END;"


def _inside(source: str) -> str:
    """What stands between IS and END of a package."""
    head = _CREATE.match("CREATE " + source)
    start = head.end() - len("CREATE ") if head else 0
    begins = _STARTS.match(source, start)
    ends = _END.search(source)
    if begins is None or ends is None:
        raise OraError(6550, "line 1, column 1:\nPLS-00103: Encountered the symbol \"end-of-file\"")
    return source[begins.end():ends.start()]


def _package(spec: str, body: str | None) -> str:
    inside = _inside(body) if body else ""
    parser = Parser(inside)
    parser.declarations()
    ending = " END;" if parser.word == "BEGIN" else " BEGIN NULL; END;"
    return f"DECLARE {_inside(spec)}\n{inside}{ending}"


def find(session: Any, parts: list[str]) -> Subprogram | None:
    """The stored subprogram that a dotted name means; None where there is none. ORA-06550 for one with errors."""
    for owner, rest in _owners(session, parts):
        unit = existing(session, owner, rest[0], ("PROCEDURE", "FUNCTION", "PACKAGE", "SYNONYM"))
        if unit is not None and unit.kind == "SYNONYM":
            return find(session, [unit.detail["owner"], unit.detail["name"], *rest[1:]])
        if unit is None or len(rest) != (2 if unit.kind == "PACKAGE" else 1):
            continue
        _may_execute(session, unit)
        frame = _frame(session, unit)
        found = frame.names.get(rest[-1])
        if isinstance(found, Subprogram):
            return found
    return None


def _owners(session: Any, parts: list[str]) -> list[tuple[str, list[str]]]:
    here = [(session.ctx.schema, parts), ("PUBLIC", parts)]
    return [*here, (parts[0], parts[1:])] if len(parts) > 1 else here


def _may_execute(session: Any, unit: UserObject) -> None:
    allows = getattr(session.engine.catalog, "allows", None)
    if unit.owner != session.ctx.user and allows is not None and not allows(
            session.ctx, "EXECUTE", unit.owner, unit.name):
        raise OraError(6550, f"line 1, column 7:\nPLS-00201: identifier '{unit.owner}.{unit.name}' must be declared")


def _frame(session: Any, unit: UserObject) -> Frame:
    """The unit's declarations, made once a session (and again when its source changed)."""
    from estate.sql.plsql import Machine

    body = existing(session, unit.owner, unit.name, ("PACKAGE BODY",)) if unit.kind == "PACKAGE" else None
    if unit.detail["errors"] or (body is not None and body.detail["errors"]):
        raise OraError(6550, f"line 1, column 7:\nPLS-00905: object {unit.owner}.{unit.name} is invalid")
    text = _block(unit.detail["text"]) if unit.kind != "PACKAGE" else _package(
        unit.detail["text"], body.detail["text"] if body is not None else None)
    key = (unit.owner, unit.name)
    held: tuple[str, Frame] | None = session.units.get(key)
    if held is not None and held[0] == text:
        return held[1]
    saved, session.ctx = session.ctx, replace(session.ctx, schema=unit.owner, user=unit.owner)
    try:
        machine, frame = Machine(session, text, []), Frame(None)
        machine.run_block(machine.block, frame)
    finally:
        session.ctx = saved
    for one in frame.names.values():
        if isinstance(one, Subprogram):
            one.machine, one.owner = machine, unit.owner
    session.units[key] = (text, frame)
    return frame

