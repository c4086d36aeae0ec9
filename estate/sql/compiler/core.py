# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The compiler's heart: fragments, scopes, and the dispatch from syntax nodes to handlers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlglot import exp

from estate.api import Catalog, Column, Context
from estate.sql import types
from estate.sql.errors import ora, unsupported
from estate.sql.types import SqlType

if TYPE_CHECKING:
    from estate.sql.compiler.grouping import Stage
    from estate.sql.compiler.hierarchy import Hierarchy

K = TypeVar("K")
H = TypeVar("H")


@dataclass(slots=True)
class Frag:
    """A piece of SQLite SQL with its Oracle type. ``exact`` is a variant that keeps all digits of a NUMBER."""

    sql: str
    type: SqlType
    exact: str | None = None
    constant: bool = False
    nullable: bool = True

    @property
    def precise(self) -> str:
        """The variant for arguments of functions and for the client."""
        return self.exact or self.sql

    @property
    def kind(self) -> str:
        """The type's letter."""
        return self.type.kind


@dataclass(slots=True)
class Field:
    """A column of a row source; ``name`` is Oracle's."""

    name: str
    sql: str
    type: SqlType
    nullable: bool = True


@dataclass(slots=True)
class Source:
    """An item of a FROM clause."""

    alias: str | None
    table: str | None
    owner: str | None
    ref: str
    fields: list[Field]
    rowid: str | None = None
    hidden: list[Field] = field(default_factory=list)
    index: dict[str, list[Field]] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reindex()

    def reindex(self) -> None:
        """Rebuild the lookup by name."""
        self.index = {}
        for one in [*self.fields, *self.hidden]:
            self.index.setdefault(one.name, []).append(one)

    def answers(self, owner: str | None, name: str) -> bool:
        """Whether a qualifier means this source."""
        if owner is not None:
            return self.owner == owner and self.table == name and self.alias is None
        return (self.alias or self.table) == name


@dataclass(slots=True)
class OutColumn:
    """A column that a query gives."""

    name: str
    type: SqlType
    nullable: bool = True


@dataclass(slots=True)
class Query:
    """A compiled query: SQLite text whose columns are c1, c2 ...; ``single`` where it has at most one row."""

    sql: str
    columns: list[OutColumn]
    single: bool = False
    simple: bool = False


@dataclass(slots=True)
class Cte:
    """A WITH element: its SQLite name and columns."""

    ref: str
    columns: list[OutColumn]


@dataclass
class Scope:
    """Names visible to an expression, and what is allowed there."""

    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    ctes: dict[str, Cte] = field(default_factory=dict)
    shared: dict[str, Frag] = field(default_factory=dict)
    stage: Stage | None = None
    in_aggregate: int = 0
    aggregates: bool = False
    windows: bool = False
    aliases: dict[str, Frag] | None = None
    rownum: str | None = None
    hierarchy: Hierarchy | None = None

    def outwards(self) -> Iterator[Scope]:
        """This block, then the blocks around it, the innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def cte(self, name: str) -> Cte | None:
        """A WITH element by name, from here outwards; None where there is none."""
        return next((scope.ctes[name] for scope in self.outwards() if name in scope.ctes), None)

    def connected(self) -> Hierarchy | None:
        """The CONNECT BY of this block or of the nearest one around it; None where there is none."""
        return next((scope.hierarchy for scope in self.outwards() if scope.hierarchy is not None), None)


Handler = Callable[["Compiler", Any, Scope], Frag]
Condition = Callable[["Compiler", Any, Scope], str]
EXPRESSIONS: dict[type, Handler] = {}
CONDITIONS: dict[type, Condition] = {}
CALLS: dict[str, Callable[[Compiler, Any, Scope], Frag]] = {}


def _registrar(table: dict[K, H], keys: tuple[K, ...]) -> Callable[[H], H]:
    def register(handler: H) -> H:
        table.update(dict.fromkeys(keys, handler))
        return handler

    return register


def expression(*kinds: type) -> Callable[[Handler], Handler]:
    """Register the handler of value nodes."""
    return _registrar(EXPRESSIONS, kinds)


def condition(*kinds: type) -> Callable[[Condition], Condition]:
    """Register the handler of condition nodes."""
    return _registrar(CONDITIONS, kinds)


def call(*names: str) -> Callable[[Handler], Handler]:
    """Register the handler of functions that need more than the registry's description."""
    return _registrar(CALLS, names)


def quote(name: str) -> str:
    """A SQLite identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A SQLite string literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(node: Any) -> str:
    """Oracle's name of an identifier node: capitals unless quoted."""
    if node is None:
        return ""
    name = str(node.this)
    return name if node.args.get("quoted") else name.upper()


def position(node: Any) -> int:
    """Where a node stands in the text."""
    target = node
    while target is not None and "start" not in target.meta:
        target = target.this if isinstance(target.this, exp.Expr) else None
    return int(target.meta["start"]) if target is not None else 0


class Compiler:
    """Compiles one statement for one session: name resolution through the catalog, bind types given."""

    def __init__(self, catalog: Catalog, ctx: Context, text: str, bind_types: Sequence[SqlType],
                 objects: Any = None) -> None:
        self.catalog, self.ctx, self.text, self.objects = catalog, ctx, text, objects
        self.bind_types = bind_types
        self.serial = 0
        self.version = int(ctx.version.split(".")[0] or 19)
        self.sequences: list[tuple[str | None, str]] = []
        self.tokens: Any = None
        # Set when compiling changed something that a rollback takes back: such a statement is compiled each time.
        self.volatile = False

    def fresh(self, prefix: str = "t") -> str:
        """A SQLite name used nowhere else in the statement."""
        self.serial += 1
        return f"{prefix}{self.serial}"

    def value(self, node: Any, scope: Scope) -> Frag:
        """Compile an expression."""
        if scope.stage is not None and not scope.in_aggregate:
            found = scope.stage.match(self, node, scope)
            if found is not None:
                return found
        handler = EXPRESSIONS.get(type(node))
        if handler is not None:
            return handler(self, node, scope)
        if type(node) in CONDITIONS:
            if self.version < 23:
                raise ora(923, position=position(node))
            return Frag(f"({self.condition(node, scope)})", types.BOOLEAN)
        raise unsupported(type(node).__name__.upper(), position(node))

    def condition(self, node: Any, scope: Scope) -> str:
        """Compile a condition: SQLite text that is 1, 0 or NULL."""
        handler = CONDITIONS.get(type(node))
        if handler is not None:
            return handler(self, node, scope)
        if self.version >= 23 and (found := self.value(node, scope)).kind == "B":
            return found.sql
        if type(node) in EXPRESSIONS:
            raise ora(920, position=self._after(node))
        raise unsupported(type(node).__name__.upper(), position(node))

    def _after(self, node: Any) -> int:
        end = node.meta.get("end") or (node.this.meta.get("end") if isinstance(node.this, exp.Expr) else None)
        return int(end) + 1 if end is not None else 0

    def bind(self, node: exp.Placeholder) -> Frag:
        """A bind variable by its place in the statement."""
        index = int(node.meta["index"])
        kind = self.bind_types[index] if index < len(self.bind_types) else types.VARCHAR
        return Frag(f"?{index + 1}", kind, constant=True)

    def columns(self, query: Query) -> tuple[Column, ...]:
        """What a client is told about a query."""
        return tuple(one.type.column(one.name, one.nullable) for one in query.columns)
