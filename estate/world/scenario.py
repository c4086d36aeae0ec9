# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Scenario files: which databases there are, with which figures. Everything else is derived from them
(estate/world/seed)."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from estate.dictionary import facts

FOLDER = Path(__file__).parent.parent / "scenarios"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGTP]?)$")
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40, "P": 1 << 50}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
KEYS = frozenset({
    "version", "release_update", "dbid", "created", "service", "load", "cdb", "pdbs", "instances", "files",
    "control_files", "fra", "asm", "redo",
    "flashback", "sga", "pga", "processes", "parameters", "tablespaces", "undo", "temp", "schemas", "accounts",
    "roles", "sessions", "backup",
    "wallet", "audit", "role", "standby", "standby_of",
})


class ScenarioError(ValueError):
    """A scenario that cannot be read: says which file, where and what."""


def size(text: Any) -> int:
    """Bytes of "1.2T", "512M" or a number."""
    found = _SIZE.match(str(text).strip().upper())
    if not found:
        raise ScenarioError(f"{text!r} is not a size; write 512M, 30G or 1.2T")
    return int(float(found[1]) * _UNITS[found[2]])


def age(text: Any) -> float:
    """Seconds of "3d 2h" or a number of seconds."""
    if isinstance(text, (int, float)):
        return float(text)
    parts = _AGE.findall(str(text))
    if not parts:
        raise ScenarioError(f"{text!r} is not an age; write 45m, 3d 2h or 2w")
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


@dataclass(slots=True)
class InstanceSpec:
    """One instance: ``port`` is its listener's."""

    number: int
    name: str
    host: str
    cpus: int
    memory: int
    uptime: float
    port: int = 0


@dataclass(slots=True)
class DatabaseSpec:
    """One database of a scenario. ``data`` is the file's mapping; ``port`` the service's listener (SCAN on RAC);
    ``copy_of``
    the template's name for a database of a fleet."""

    name: str
    data: dict[str, Any]
    address: str = "127.0.0.1"
    port: int = 0
    instances: list[InstanceSpec] = field(default_factory=list)
    copy_of: str | None = None

    def __post_init__(self) -> None:
        unknown = set(self.data) - KEYS
        if unknown:
            raise ScenarioError(f"database {self.name}: unknown setting {', '.join(sorted(unknown))}")
        self.instances = [
            InstanceSpec(n, i["name"], i["host"], int(i["cpus"]), size(i["memory"]), age(i["uptime"]))
            for n, i in enumerate(self.data["instances"], 1)]

    @property
    def version(self) -> str:
        """As V$INSTANCE.VERSION has it: 19.0.0.0.0, 12.2.0.1.0, 23.0.0.0.0."""
        return str(self.data["version"]) if self.release == "12.2" else f"{self.release}.0.0.0.0"

    @property
    def version_full(self) -> str:
        """The version with its release update: 19.22.0.0.0."""
        return str(self.data["version"])

    @property
    def release(self) -> str:
        """The release that the dictionary goes by: 12.2, 19 or 23."""
        return facts.release(str(self.data["version"]))

    @property
    def service(self) -> str:
        """Name of the service that clients connect to."""
        return str(self.data["service"])

    @property
    def cdb(self) -> bool:
        """Whether it is a container database."""
        return bool(self.data.get("cdb"))

    @property
    def root(self) -> int:
        """CON_ID of what is not in a PDB: 1 in a CDB, 0 elsewhere."""
        return 1 if self.cdb else 0

    @property
    def rac(self) -> bool:
        """Whether it has more than one instance."""
        return len(self.instances) > 1

    @property
    def threads(self) -> list[int]:
        """Redo threads: the instances', on a standby those of its primary."""
        count = int(self.data["redo"].get("threads", len(self.instances)))
        return list(range(1, count + 1))

    @property
    def db_name(self) -> str:
        """DB_NAME: of at most eight characters, the same on a primary and its standby."""
        return str(self.data.get("standby_of") or self.name)[:8]

    @property
    def role(self) -> str:
        """PRIMARY or PHYSICAL STANDBY."""
        return str(self.data.get("role", "PRIMARY"))

    def container(self, name: str | None) -> int:
        """CON_ID of a container's name; the root's for None."""
        if name is None:
            return self.root
        return int(next(p["con_id"] for p in self.data["pdbs"] if p["name"] == name))

    @property
    def containers(self) -> list[int]:
        """CON_IDs that have users, tablespaces and objects of their own."""
        return [self.root, *(int(p["con_id"]) for p in self.data.get("pdbs", []))]

    @property
    def inspector(self) -> dict[str, str]:
        """The least-privileged account of inspections."""
        return {"user": "C##DBCARE" if self.cdb else "DBCARE", "password": f"Inspect-{self.name.lower()}-2024"}

    @property
    def admin(self) -> dict[str, str]:
        """An account with the DBA role, for administration and for tests."""
        return {"user": "C##ESTATE_ADMIN" if self.cdb else "ESTATE_ADMIN",
                "password": f"Admin-{self.name.lower()}-2024"}

    def kinds(self) -> frozenset[str]:
        """What a fault may ask of its target: rac or single, cdb or noncdb, asm or fs, ee, and the release."""
        label = {"19": "19c", "23": "23ai"}.get(self.release, self.release)
        return frozenset({"rac" if self.rac else "single", "cdb" if self.cdb else "noncdb",
                          "asm" if self.data.get("asm") else "fs", "ee", label})


@dataclass(slots=True)
class Scenario:
    """Databases by name, and the faults to inject at the start: [{"name", "target", "settings"}]."""

    name: str
    databases: dict[str, DatabaseSpec]
    faults: list[dict[str, Any]] = field(default_factory=list)


def names() -> list[str]:
    """The scenarios that come with the estate."""
    return sorted(path.stem for path in FOLDER.glob("*.yml") if path.stem != "inspector_grants")


def merged(base: Any, change: Any) -> Any:
    """``change`` over ``base``: mappings are merged, all else is replaced."""
    if not (isinstance(base, dict) and isinstance(change, dict)):
        return copy.deepcopy(change)
    result = copy.deepcopy(base)
    for key, value in change.items():
        result[key] = merged(result[key], value) if key in result else copy.deepcopy(value)
    return result


def read(name: str) -> dict[str, Any]:
    """A scenario's mapping, with the one it ``extends`` beneath. Raises ScenarioError."""
    path = Path(name) if name.endswith((".yml", ".yaml")) else FOLDER / f"{name}.yml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except FileNotFoundError as error:
        raise ScenarioError(f"there is no scenario {name!r}; there are {', '.join(names())}, or give a path to a "
                            f".yml file") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(data, dict) or set(data) - {"databases", "faults", "extends", "fleet"}:
        raise ScenarioError(f"{path}: a scenario has databases, faults, extends and fleet, nothing else")
    base = data.pop("extends", None)
    return merged(read(base), data) if base else data


def load(name: str = "demo", *, only: list[str] | None = None, port_base: int = 15210, fleet: int = 0) -> Scenario:
    """Read a scenario and give every listener its port: ``port_base`` and up, ten for each database (one in a
    fleet)."""
    data = read("fleet" if fleet else name)
    if fleet:
        data = _fleet(data, fleet)
    template = data["fleet"]["template"] if fleet else None
    settings = {key: value for key, value in data.get("databases", {}).items() if value is not None}
    databases = {key: DatabaseSpec(key, _standby(value, settings), copy_of=template) for key, value in settings.items()}
    missing = [key for key in only or [] if key not in databases]
    if missing:
        raise ScenarioError(f"scenario {name!r} has no database {', '.join(missing)}; it has {', '.join(databases)}")
    for position, spec in enumerate(databases.values()):
        assign_ports(spec, port_base + position * (1 if fleet else 10))
    chosen = {key: spec for key, spec in databases.items() if not only or key in only}
    faults = [item for item in data.get("faults") or [] if item["target"] in chosen]
    return Scenario("fleet" if fleet else name, chosen, faults)


def _standby(data: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """A standby is as its primary but for what is said of it; it has a redo thread for each instance of the primary."""
    source = data.get("standby_of")
    if source is None:
        return data
    if source not in settings:
        raise ScenarioError(f"the primary {source!r} of a standby is not in the scenario")
    base = {key: value for key, value in settings[source].items() if key != "standby"}
    data = merged(base, data)
    data["redo"]["threads"] = len(settings[source]["instances"])
    return data


def assign_ports(spec: DatabaseSpec, first: int) -> None:
    """The service's listener takes the first port; on RAC the instances' own listeners the following."""
    spec.port = first
    for instance in spec.instances:
        instance.port = first + instance.number if spec.rac else first


def _fleet(data: dict[str, Any], count: int) -> dict[str, Any]:
    settings = data["fleet"]
    template = data["databases"][settings["template"]]
    databases = {f"{settings['prefix']}{number:03d}": template for number in range(1, count + 1)}
    return {"databases": databases, "faults": [], "fleet": settings}
