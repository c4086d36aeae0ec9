# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue: probes, checks, limits and clauses, loaded from YAML and validated.

A site may add folders of the same layout (``probes/``, ``checks/``, ``contract/``); an id may exist only once over all.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jmespath
import jsonschema

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, nearest
from ansible_collections.medops.dbcare.plugins.plugin_utils.yaml_files import load_yaml

BUILT_IN = Path(__file__).resolve().parents[2] / "catalogue"
# What an expression may name beside the columns of its row. To JMESPath null is a name that nothing has.
SURROUNDINGS = ("limits", "facts", "target", "null")
# Parts of an expression of which all but the first look into what the first gave.
FIRST_CHILD_ONLY = frozenset(("subexpression", "index_expression", "pipe", "projection", "value_projection",
                              "filter_projection", "flatten"))
LIMIT_ID = re.compile(r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")


class CatalogueError(BadInput):
    """A catalogue file is wrong; the message names file and key."""


@dataclass(frozen=True)
class Catalogue:
    """Everything by id, as plain dictionaries with defaults filled in, and a hash over the content of all files."""

    probes: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: dict[str, dict[str, Any]] = field(default_factory=dict)
    limits: dict[str, dict[str, Any]] = field(default_factory=dict)
    clauses: dict[str, dict[str, Any]] = field(default_factory=dict)
    hash: str = ""

    def probes_of(self, frequency: str) -> list[dict[str, Any]]:
        """Probes used at ``frequency`` ("daily"), in order of id."""
        return [probe for probe in self.probes.values() if frequency in probe["frequency"]]

    def checks_of(self, frequency: str) -> list[dict[str, Any]]:
        """Checks judged at ``frequency``, in order of id."""
        return [check for check in self.checks.values() if frequency in check["frequency"]]

    def pick_probes(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The probes named; an unknown id raises CatalogueError with the nearest name."""
        for name in ids:
            if name not in self.probes:
                raise CatalogueError(f'There is no probe "{name}" in the catalogue.{nearest(name, self.probes)}')
        return [self.probes[name] for name in ids]


@functools.cache
def schema_validator(kind: str) -> jsonschema.Draft202012Validator:
    """The validator of schemas/<kind>.schema.json."""
    schema = json.loads((BUILT_IN / "schemas" / f"{kind}.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def validate(kind: str, data: Any, where: str) -> None:
    """Raise CatalogueError naming file and key when ``data`` does not fit schemas/<kind>.schema.json."""
    validator = schema_validator(kind)
    if validator.is_valid(data):
        return
    error = jsonschema.exceptions.best_match(validator.iter_errors(data))
    raise CatalogueError(f"{where}: {describe(error)}")


def describe(error: jsonschema.ValidationError) -> str:
    """One clause for a schema violation: the path of the key, what is wrong, and a suggestion for an unknown key."""
    path = ".".join(str(part) for part in error.absolute_path)
    at = f'in "{path}": ' if path else ""
    given: Any = error.instance
    wanted: Any = error.validator_value
    known: Any = error.schema.get("properties") if isinstance(error.schema, dict) else None
    if error.validator == "additionalProperties" and known:
        unknown = sorted(set(given) - set(known))
        return f'{at}unknown key "{unknown[0]}".{nearest(unknown[0], known)}'
    if error.validator == "required":
        missing = [key for key in wanted if key not in given]
        return f'{at}the key "{missing[0]}" is missing.'
    return f"{at}{error.message}."


class _Loader:
    """Collects the files of one or more catalogue folders."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, dict[str, Any]]] = {"probes": {}, "checks": {}, "limits": {}, "clauses": {}}
        self.origin: dict[tuple[str, str], str] = {}
        self.digest = hashlib.sha256()

    def read(self, root: Path) -> None:
        if not root.is_dir():
            raise CatalogueError(f"The catalogue folder {root} does not exist or cannot be read.")
        for path in sorted((root / "probes").glob("*.yml")):
            self.add("probes", self.load(path, root, "probe"), path)
        for path in sorted((root / "checks").glob("*/*.yml")):
            self.add("checks", self.load(path, root, "check"), path)
        self.read_contract(root)

    def read_contract(self, root: Path) -> None:
        limits, clauses = root / "contract" / "limits.yml", root / "contract" / "clauses.yml"
        if limits.is_file():
            for key, value in self.load(limits, root, "limits").items():
                self.add("limits", {"id": key, **value}, limits)
        if clauses.is_file():
            for clause in self.load(clauses, root, "clauses"):
                self.add("clauses", clause, clauses)

    def load(self, path: Path, root: Path, kind: str) -> Any:
        content = path.read_bytes()
        self.digest.update(str(path.relative_to(root)).encode() + b"\0" + content + b"\0")
        data = load_yaml(content, str(path))
        validate(kind, data, str(path))
        return data

    def add(self, part: str, item: dict[str, Any], path: Path) -> None:
        other = self.origin.get((part, item["id"]))
        if other:
            raise CatalogueError(f'{path}: the id "{item["id"]}" is already used in {other}; ids are never reused.')
        self.origin[part, item["id"]] = str(path)
        self.parts[part][item["id"]] = item


def _fill_probe(probe: dict[str, Any]) -> None:
    for key, value in (("source", "sql"), ("edition", "any"), ("licence", "none"), ("max_rows", 500), ("timeout", 20)):
        probe.setdefault(key, value)
    probe.setdefault("reads", [])
    probe.setdefault("variants", [])


def _limits_named(check: dict[str, Any]) -> list[str]:
    form, rule = next(iter(check["judge"].items()))
    if form == "python":
        return list(rule.get("limits", []))
    named = [rule.get(key) for key in ("fail", "warn", "limit")]
    return [name for name in named if isinstance(name, str) and LIMIT_ID.match(name)]


def _expressions(check: dict[str, Any]) -> Iterable[tuple[str, str]]:
    [(form, rule)] = check["judge"].items()
    if check.get("filter"):
        yield "filter", check["filter"]
    for key in ("unhealthy", "observed"):
        if rule.get(key):
            yield f"judge.{form}.{key}", rule[key]


def _check_references(check: dict[str, Any], parts: dict[str, dict[str, Any]], where: str) -> None:
    if check["probe"] not in parts["probes"]:
        raise CatalogueError(
            f'{where}: probe "{check["probe"]}" does not exist.{nearest(check["probe"], parts["probes"])}'
        )
    if check["clause"] not in parts["clauses"]:
        raise CatalogueError(
            f'{where}: clause "{check["clause"]}" does not exist.{nearest(check["clause"], parts["clauses"])}'
        )
    for name in _limits_named(check):
        if name not in parts["limits"]:
            raise CatalogueError(f'{where}: limit "{name}" does not exist.{nearest(name, parts["limits"])}')
    columns = parts["probes"][check["probe"]]["columns"]
    for key in ("object", "evidence"):
        for name in check.get(key, []):
            if name not in columns:
                raise CatalogueError(
                    f'{where}: "{key}" names the column "{name}", which probe "{check["probe"]}" does not have.'
                    f"{nearest(name, columns)}"
                )


def _names(node: dict[str, Any]) -> set[str]:
    """Names that a parsed expression takes from the row itself, not from what another name holds."""
    if node["type"] == "field":
        return {node["value"]}
    if node["type"] == "expref":
        return set()
    inner = node["type"] in FIRST_CHILD_ONLY
    return set().union(*(_names(child) for child in node["children"][: 1 if inner else None]))


def _check_expressions(check: dict[str, Any], columns: Iterable[str], judges: frozenset[str], where: str) -> None:
    known = {*columns, *SURROUNDINGS}
    for key, expression in _expressions(check):
        try:
            names = _names(jmespath.compile(expression).parsed)
        except jmespath.exceptions.JMESPathError as error:
            raise CatalogueError(f'{where}: "{key}" is no JMESPath: {str(error).splitlines()[0]}') from error
        for name in sorted(names - known):
            raise CatalogueError(
                f'{where}: "{key}" names the column "{name}", which probe "{check["probe"]}" does not have.'
                f"{nearest(name, known)}"
            )
    name = check["judge"].get("python", {}).get("name")
    if name and name not in judges:
        raise CatalogueError(f'{where}: there is no judge "{name}".{nearest(name, judges)}')


def _finish(loader: _Loader, judges: frozenset[str]) -> Catalogue:
    parts = loader.parts
    for probe in parts["probes"].values():
        path = Path(loader.origin["probes", probe["id"]])
        if path.stem != probe["id"]:
            raise CatalogueError(f'{path}: the id "{probe["id"]}" must be the name of the file.')
        _fill_probe(probe)
    for limit in parts["limits"].values():
        if limit.get("clause") and limit["clause"] not in parts["clauses"]:
            raise CatalogueError(
                f'{loader.origin["limits", limit["id"]]}: "{limit["id"]}" names the clause '
                f'"{limit["clause"]}", which does not exist.'
            )
    for check in parts["checks"].values():
        where = loader.origin["checks", check["id"]]
        if f"{Path(where).parent.name}.{Path(where).stem}" != check["id"]:
            raise CatalogueError(f'{where}: the id "{check["id"]}" must be <folder>.<name of the file>.')
        _check_references(check, parts, where)
        _check_expressions(check, parts["probes"][check["probe"]]["columns"], judges, where)
        check.setdefault("frequency", parts["probes"][check["probe"]]["frequency"])
        check.setdefault("null_observed", "unknown")
    ordered = {part: dict(sorted(items.items())) for part, items in parts.items()}
    return Catalogue(**ordered, hash="sha256:" + loader.digest.hexdigest())


@functools.lru_cache(maxsize=8)
def _load(folders: tuple[str, ...]) -> Catalogue:
    from ansible_collections.medops.dbcare.plugins.plugin_utils.judge.judges import names

    loader = _Loader()
    for folder in folders:
        loader.read(Path(folder))
    return _finish(loader, names())


def load_catalogue(extra: Sequence[str] = (), built_in: Path = BUILT_IN) -> Catalogue:
    """The built-in catalogue with the site's folders ``extra``; loaded once a process. Raises CatalogueError."""
    return _load((str(built_in), *[str(folder) for folder in extra]))
