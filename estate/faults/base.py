# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a fault is: a described function that edits a database's state, registered by the decorator ``fault``."""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import estate.faults
from estate.control import EstateError

NOT_FAULTS = {"base", "common_rows", "edit", "register"}


class FaultError(EstateError):
    """A fault that does not exist, does not fit the target, or got a wrong parameter."""


@dataclass(frozen=True)
class Fault:
    """One fault: ``check`` is the id it is for (None: seen as an error or by later parts), ``consequences`` others
    that fire with it, ``kinds`` what a target must be (any, rac, single, cdb, noncdb, asm, fs, ee, 12.2, 19c, 23ai)."""

    name: str
    area: str
    kinds: tuple[str, ...]
    symptom: dict[str, str]
    check: str | None
    consequences: tuple[str, ...]
    inject: Callable[..., None] = field(repr=False)
    parameters: dict[str, Any] = field(default_factory=dict)

    def fits(self, kinds: Iterable[str]) -> bool:
        """Whether a target of these kinds can have the fault: every kind that the fault names is one of its."""
        return set(self.kinds) <= {"any", *kinds}

    def values(self, settings: dict[str, str]) -> dict[str, Any]:
        """Parameters with ``settings`` (texts from the command line) converted to the type of each default."""
        values = dict(self.parameters)
        for key, text in settings.items():
            if key not in values:
                known = ", ".join(sorted(values)) or "none"
                raise FaultError(f"Fault {self.name} has no parameter {key!r}; it has: {known}.")
            values[key] = self._converted(key, text)
        return values

    def _converted(self, key: str, text: str) -> Any:
        kind = type(self.parameters[key])
        try:
            return kind(text)
        except ValueError as error:
            raise FaultError(f"Parameter {key} of fault {self.name} is a {kind.__name__}, not {text!r}.") from error

    def as_json(self, targets: Sequence[str]) -> dict[str, Any]:
        """The record that ``fault list --json`` prints."""
        return {
            "name": self.name, "area": self.area, "target_kinds": list(self.kinds), "targets": list(targets),
            "symptom": self.symptom, "check": self.check, "consequences": list(self.consequences),
            "parameters": self.parameters,
        }


_registered: dict[str, Fault] = {}


def fault(
    check: str | None, *, zh: str, kinds: Sequence[str] = ("any",), consequences: Sequence[str] = (),
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function ``(edit, **parameters)`` as the fault of its name; its module's name is the area.

    The first paragraph of its docstring is the symptom in English, ``zh`` in Chinese. Parameters are in the unit of
    their name (days, percent ...). Raises ValueError for a name that is taken and where no symptom is told.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        name = function.__name__
        if name in _registered:
            raise ValueError(f"two faults are called {name}")
        en = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ").removesuffix(".")
        if not en:
            raise ValueError(f"fault {name} does not say what is seen of it")
        area = function.__module__.rpartition(".")[2]
        parameters = {p.name: p.default for p in list(inspect.signature(function).parameters.values())[1:]}
        _registered[name] = Fault(
            name, area, tuple(kinds), {"zh": zh, "en": en}, check, tuple(consequences), function, parameters)
        return function

    return register


@functools.cache
def catalogue() -> dict[str, Fault]:
    """All faults by name, in order of area and name; their modules are found, not listed."""
    for module in pkgutil.iter_modules(estate.faults.__path__):
        if module.name not in NOT_FAULTS:
            importlib.import_module(f"estate.faults.{module.name}")
    return dict(sorted(_registered.items(), key=lambda item: (item[1].area, item[0])))


def find(name: str) -> Fault:
    """The fault of this name; FaultError names near ones where there is none."""
    known = catalogue()
    if name not in known:
        near = ", ".join(difflib.get_close_matches(name, known, 3))
        hint = f"did you mean: {near}?" if near else "see 'fault list'."
        raise FaultError(f"There is no fault {name!r}; {hint}")
    return known[name]
