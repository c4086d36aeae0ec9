# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which function handles which statement, and which one which call of a supplied package."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from estate import admin
from estate.admin import packages
from estate.api import OraError, Result

if TYPE_CHECKING:
    from estate.admin.desk import Desk
    from estate.admin.words import Words

Handler = Callable[["Desk", "Words"], Result | None]
_statements: dict[tuple[str, ...], Handler] = {}
_procedures: dict[str, Procedure] = {}
# Functions of packages that a query may call, and what they give: VARCHAR2, CLOB, or LINES for TABLE(...).
_readers: dict[str, str] = {}


@dataclass(frozen=True)
class Procedure:
    """A supplied procedure or function with its formal parameters (name: default; REQUIRED where there is none)."""

    name: str
    call: Callable[..., Any]
    formals: dict[str, Any]

    def arguments(self, given: dict[str | int, Any]) -> dict[str, Any]:
        """Positional (from 0) and named arguments to keyword arguments. Raises PLS-00306 as ORA-06550."""
        names = list(self.formals)
        values: dict[str, Any] = {}
        for key, value in given.items():
            name = names[key] if isinstance(key, int) and key < len(names) else str(key).lower()
            if name not in self.formals:
                raise self._wrong()
            values[name] = value
        if any(default is REQUIRED and name not in values for name, default in self.formals.items()):
            raise self._wrong()
        return {name: values.get(name, default) for name, default in self.formals.items()}

    def _wrong(self) -> OraError:
        short = self.name.rpartition(".")[2]
        return plsql_error(306, f"wrong number or types of arguments in call to '{short}'")


class _Required:
    def __repr__(self) -> str:
        return "REQUIRED"


REQUIRED = _Required()


def plsql_error(number: int, message: str, position: int = 0) -> OraError:
    """ORA-06550 as the PL/SQL compiler says it."""
    return OraError(6550, f"line 1, column 7:\nPLS-{number:05d}: {message}\nORA-06550: line 1, column 7:\n"
                          "PL/SQL: Statement ignored", position)


def statement(*forms: str) -> Callable[[Handler], Handler]:
    """Register a handler for statements that begin with these words ("ALTER SYSTEM")."""

    def register(handler: Handler) -> Handler:
        for form in forms:
            _statements[tuple(form.split())] = handler
        return handler

    return register


def procedure(name: str, /, **formals: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register ``PACKAGE.NAME`` with its formal parameters in order and their defaults."""

    def register(call: Callable[..., Any]) -> Callable[..., Any]:
        _procedures[name] = Procedure(name, call, formals)
        return call

    return register


def reader(name: str, returns: str, /, **formals: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function that only reads, so that SQL may call it too. ``returns``: VARCHAR2, CLOB or LINES."""
    _readers[name] = returns
    return procedure(name, **formals)


def readers() -> dict[str, str]:
    """What SQL may call: ``PACKAGE.NAME`` with what it gives."""
    _load()
    return _readers


@functools.cache
def _load() -> None:
    for package in (admin, packages):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")


def handler_of(starts: Sequence[str]) -> tuple[Handler, int] | None:
    """The handler of the longest registered beginning of these words, and how many words that was."""
    _load()
    for length in range(min(5, len(starts)), 0, -1):
        handler = _statements.get(tuple(starts[:length]))
        if handler is not None:
            return handler, length
    return None


def knows_package(name: str) -> bool:
    """Whether ``PACKAGE.NAME`` belongs to a package that is provided here."""
    _load()
    package = name.rpartition(".")[0]
    return bool(package) and any(known.startswith(package + ".") for known in _procedures)


def procedure_of(name: str) -> Procedure:
    """The procedure ``PACKAGE.NAME``; ORA-06550 with PLS-00201 or PLS-00302 where there is none."""
    _load()
    found = _procedures.get(name)
    if found is not None:
        return found
    if knows_package(name):
        raise plsql_error(302, f"component '{name.rpartition('.')[2]}' must be declared")
    raise plsql_error(201, f"identifier '{name}' must be declared")
