# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The registry of Oracle's functions: how each is called, what it returns, and the Python that computes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from estate.api import Context, OraError
from estate.sql.numbers import near
from estate.sql.types import BY_LETTER, SqlType

Returns = Callable[[list[SqlType]], SqlType]


@dataclass(slots=True)
class State:
    """What a connection's functions know of the session that runs a statement on it right now."""

    ctx: Context
    error: OraError | None = None
    now: datetime | None = None
    counters: dict[int, int] = field(default_factory=dict)
    cancelled: bool = False
    currvals: dict[str, int] = field(default_factory=dict)
    unchecked: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Function:
    """One scalar function.

    ``params`` holds a letter an argument (s text, n number, d any datetime, r raw, a anything), a trailing `?` marks an
    optional one, `*` a repeated one. ``strict`` functions are NULL when an argument is. ``exact`` ones return exact
    numbers and get a second name, x_*, that does not round them to what SQLite can store.
    """

    name: str
    python: Callable[..., Any]
    params: tuple[str, ...]
    low: int
    high: int
    returns: Returns
    strict: bool
    context: bool
    deterministic: bool
    exact: bool

    def param(self, index: int) -> str:
        """The letter of an argument."""
        return self.params[min(index, len(self.params) - 1)][0]


FUNCTIONS: dict[str, Function] = {}
HELPERS: list[tuple[str, Callable[..., Any], bool, bool]] = []
AGGREGATES: dict[str, Callable[[State], type]] = {}


def _returns(spec: str | Returns) -> Returns:
    if callable(spec):
        return spec
    if spec.isdigit():
        place = int(spec)
        return lambda types: types[place] if place < len(types) else BY_LETTER["X"]
    letter = spec
    return lambda types: BY_LETTER[letter]


def function(name: str, params: str, returns: str | Returns, *, strict: bool = True, context: bool = False,
             deterministic: bool = True, exact: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a Python function as Oracle's ``name`` (several names separated by blanks)."""
    words = tuple(params.split())
    low = sum(1 for word in words if word[-1] not in "?*")
    high = 999 if words and words[-1].endswith("*") else len(words)

    def register_one(python: Callable[..., Any]) -> Callable[..., Any]:
        for one in name.split():
            FUNCTIONS[one] = Function(one, python, words, low, high, _returns(returns), strict, context, deterministic,
                                      exact)
        return python

    return register_one


def helper(name: str, *, context: bool = False, deterministic: bool = True) -> Callable[..., Callable[..., Any]]:
    """Register a function that only compiled SQL calls (never by an Oracle name)."""

    def register_one(python: Callable[..., Any]) -> Callable[..., Any]:
        HELPERS.append((name, python, context, deterministic))
        return python

    return register_one


def kept(state: State, error: Exception) -> OraError:
    """SQLite loses the exception of a function: keep it where the session finds it."""
    if not isinstance(error, OraError):
        error = OraError(604, f"error occurred at recursive SQL level 1 (simulated): {type(error).__name__}: {error}")
    state.error = error
    return error


def _wrapped(python: Callable[..., Any], state: State, *, context: bool, strict: bool) -> Callable[..., Any]:
    """What SQLite calls: "" is NULL, an error is kept, and ``strict`` gives NULL where an argument is."""
    def call(*args: Any) -> Any:
        if strict and None in args:
            return None
        try:
            result = python(state, *args) if context else python(*args)
        except Exception as error:
            raise kept(state, error) from None
        return None if result == "" else result

    return call


def _rounded(call: Callable[..., Any]) -> Callable[..., Any]:
    def rounded(*args: Any) -> Any:
        result = call(*args)
        # TRUNC and ROUND of a date give stored text
        return result if type(result) is str and result[10:11] == " " else near(result)

    return rounded


# conversions with DEFAULT ... ON CONVERSION ERROR have a twin, c_*, that is NULL where they fail
CONVERTERS = frozenset(("o_str_date", "o_str_ts", "o_str_zoned", "o_str_number", "o_str_interval"))


def _forgiving(python: Callable[..., Any], state: State, context: bool) -> Callable[..., Any]:
    def call(*args: Any) -> Any:
        try:
            found = python(state, *args) if context else python(*args)
        except OraError:
            return None
        return near(found) if python.__name__ == "char_to_number" else found

    return call


def sql_name(name: str) -> str:
    """The SQLite name of an Oracle function: o_substr, o_dbms_random_value."""
    return "o_" + name.lower().replace(".", "_").replace("$", "_").replace("*", "")


def register(connection: sqlite3.Connection, state: State) -> None:
    """Create every function and aggregate on a connection, bound to its state."""
    for one in FUNCTIONS.values():
        call = _wrapped(one.python, state, context=one.context, strict=one.strict)
        name = sql_name(one.name)
        if one.exact:
            connection.create_function("x" + name[1:], -1, call, deterministic=one.deterministic)
            call = _rounded(call)
        connection.create_function(name, -1, call, deterministic=one.deterministic)
    for name, python, context, deterministic in HELPERS:
        if name in CONVERTERS:
            connection.create_function("c" + name[1:], -1, _forgiving(python, state, context), deterministic=True)
        call = _wrapped(python, state, context=context, strict=False)
        connection.create_function(name, -1, call, deterministic=deterministic)
    for name, factory in AGGREGATES.items():
        connection.create_window_function(name, -1, factory(state))
