# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""GROUP BY: what may stand outside aggregates, ROLLUP, CUBE and GROUPING SETS, nested aggregates."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from sqlglot import exp

from estate.sql import types
from estate.sql.compiler.aggregates import AGGREGATE_CALLS
from estate.sql.compiler.core import Compiler, Frag, Scope, position
from estate.sql.errors import ora


class Stage:
    """The grouped rows of a block.

    A plain stage only checks. A ``staged`` one (grouping sets, nested aggregates) is computed in an inner query: keys
    and aggregates are then columns of it, k0 .. and a0 .., with gid holding GROUPING bits.
    """

    def __init__(self, keys: list[Frag], nodes: list[Any], *, grouped: bool, ref: str | None = None,
                 nested: bool = False) -> None:
        self.keys = {key.sql: index for index, key in enumerate(keys)}
        self.frags, self.grouped, self.ref, self.nested = keys, grouped, ref, nested
        self.node_types = {type(node) for node in nodes}
        self.depth = 0
        self.aggregates: dict[str, Frag] = {}

    def match(self, compiler: Compiler, node: Any, scope: Scope) -> Frag | None:
        """The key that an expression is."""
        if type(node) not in self.node_types or isinstance(node, exp.Literal):
            return None
        if isinstance(node, exp.Anonymous) and str(node.this).upper() in AGGREGATE_CALLS:
            return None
        if self.nested and not self.depth:
            return None
        scope.stage = None
        try:
            found = compiler.value(node, scope)
        finally:
            scope.stage = self
        return self._key(found)

    def _key(self, found: Frag) -> Frag | None:
        index = self.keys.get(found.sql)
        if index is None:
            return None
        if self.ref is None:
            return found
        return Frag(f"{self.ref}.k{index}", found.type)

    def column(self, found: Frag, at: int) -> Frag:
        """A column outside aggregates. ORA-00979 or ORA-00937 when it is no key."""
        key = None if self.nested and not self.depth else self._key(found)
        if key is None and self.nested and self.depth and found.sql not in self.keys:
            raise ora(979, position=at)
        if key is None:
            raise ora(979 if self.grouped and not self.nested else 937, position=at)
        return key

    def collect(self, found: Frag) -> Frag:
        """An aggregate: as it is, or a column of the inner query."""
        if self.ref is None:
            return found
        index = list(self.aggregates).index(found.sql) if found.sql in self.aggregates else len(self.aggregates)
        self.aggregates[found.sql] = found
        return Frag(f"{self.ref}.a{index}", found.type, nullable=found.nullable)

    def grouping(self, compiler: Compiler, node: Any, scope: Scope, name: str) -> Frag:
        """GROUPING, GROUPING_ID, GROUP_ID."""
        if name == "GROUP_ID":
            return Frag(f"{self.ref}.gnr" if self.ref else "0", types.NUMBER)
        places = []
        for one in node.expressions:
            scope.stage = None
            try:
                found = compiler.value(one, scope)
            finally:
                scope.stage = self
            if found.sql not in self.keys:
                raise ora(979, position=position(node))
            places.append(self.keys[found.sql])
        if self.ref is None:
            return Frag("0", types.NUMBER)
        bits = [
            f"((({self.ref}.gid >> {place}) & 1) << {len(places) - 1 - index})" for index, place in enumerate(places)
        ]
        return Frag("(" + " | ".join(bits) + ")", types.NUMBER)

    def inner(self, sets: list[tuple[int, ...]], source: str, having: str = "") -> str:
        """The inner query: one SELECT a grouping set. ``source`` is FROM ... WHERE ..., ``having`` a condition."""
        parts = []
        for number, chosen in enumerate(sets):
            keys = [f"{frag.sql if index in chosen else 'NULL'} AS k{index}" for index, frag in enumerate(self.frags)]
            values = [f"{frag.sql} AS a{index}" for index, frag in enumerate(self.aggregates.values())]
            gid = sum(1 << index for index in range(len(self.frags)) if index not in chosen)
            repeat = sum(1 for earlier in sets[:number] if earlier == chosen)
            # ROLLUP and CUBE give no grand total of no rows
            group = ", ".join(group_key(self.frags[index]) for index in chosen) or "NULL"
            group = (f" GROUP BY {group}" if self.frags else "") + (f" HAVING {having}" if having else "")
            columns = ", ".join([*keys, *values, f"{gid} AS gid", f"{repeat} AS gnr"])
            parts.append(f"SELECT {columns} {source}{group}")
        return " UNION ALL ".join(parts)


def group_key(frag: Frag) -> str:
    """A key of GROUP BY for SQLite, which takes a bare number for the place of a column."""
    return f"coalesce({frag.sql}, NULL)" if frag.constant or frag.sql.lstrip("+-").isdigit() else frag.sql


def split_group(
    compiler: Compiler, group: exp.Group, scope: Scope
) -> tuple[list[Frag], list[Any], list[tuple[int, ...]]]:
    """The keys of GROUP BY, their nodes, and the grouping sets as tuples of key numbers."""
    keys: list[Frag] = []
    nodes: list[Any] = []
    sets: list[tuple[int, ...]] = [()]
    for item in _items(group):
        found = _sets(compiler, item, scope, keys, nodes)
        sets = [tuple(dict.fromkeys(left + right)) for left in sets for right in found]
    return keys, nodes, sets


def _items(group: exp.Group) -> list[Any]:
    items = list(group.expressions)
    for name in ("rollup", "cube", "grouping_sets"):
        items += list(group.args.get(name) or ())
    return items


def _sets(compiler: Compiler, item: Any, scope: Scope, keys: list[Frag], nodes: list[Any]) -> list[tuple[int, ...]]:
    if isinstance(item, exp.Rollup):
        parts = [_one_set(compiler, one, scope, keys, nodes) for one in item.expressions]
        return [sum(parts[:size], ()) for size in range(len(parts), -1, -1)]
    if isinstance(item, exp.Cube):
        parts = [_one_set(compiler, one, scope, keys, nodes) for one in item.expressions]
        return [sum(chosen, ()) for size in range(len(parts), -1, -1) for chosen in combinations(parts, size)]
    if isinstance(item, exp.GroupingSets):
        return [one for part in item.expressions for one in _sets(compiler, part, scope, keys, nodes)]
    return [_one_set(compiler, item, scope, keys, nodes)]


def _one_set(compiler: Compiler, item: Any, scope: Scope, keys: list[Frag], nodes: list[Any]) -> tuple[int, ...]:
    members = item.expressions if isinstance(item, exp.Tuple) else [item.this if isinstance(item, exp.Paren) else item]
    places = []
    for member in members:
        frag = compiler.value(member, scope)
        if frag.type.is_lob:
            raise ora(932, "-", frag.type.name, position=position(member))
        known = next((index for index, key in enumerate(keys) if key.sql == frag.sql), None)
        if known is None:
            known = len(keys)
            keys.append(frag)
            nodes.append(member)
        places.append(known)
    return tuple(places)
