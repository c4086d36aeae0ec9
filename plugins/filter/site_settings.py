# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter: the site's settings as one dictionary, from the variables of all targets of a run."""

from __future__ import annotations

DOCUMENTATION = r"""
name: site_settings
short_description: The site's settings of a run, from the variables of its targets
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Gathers every C(dbcare_*) variable of the targets, so that a misspelt name reaches the validation, which refuses it.
  - A run has one archive, one report folder and so on; a setting that differs between targets is an error, but for
    C(dbcare_limits), C(dbcare_waivers) and C(dbcare_licences), which may be set for one target in its own variables.
positional: hosts, defaults
options:
  _input:
    description: The magic variable C(hostvars).
    type: dict
    required: true
  hosts:
    description: Names of the targets.
    type: list
    elements: str
    required: true
  defaults:
    description: Keys of settings that the site leaves out.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Gather the settings
  ansible.builtin.set_fact:
    site: "{{ hostvars | medops.dbcare.site_settings(ansible_play_hosts_all) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: >-
    C(settings) by name, C(target_limits) by target where targets have limits of their own, and C(simulated), whether
    a target is declared to be so.
  type: dict
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

# Variables of one target or of one call, not settings of the site.
NOT_SETTINGS = {"dbcare_login", "dbcare_simulated", "dbcare_databases", "dbcare_snapshot", "dbcare_run",
                "dbcare_onboard_apply", "dbcare_onboard_login", "dbcare_catalogue"}


def own_limits(limits: Mapping[str, Any], host: str) -> dict[str, Any]:
    """The limits for one target out of a dbcare_limits that is set for it alone."""
    targets = limits.get("targets", {})
    if not isinstance(targets, Mapping):
        return dict(limits)
    return {**{key: value for key, value in limits.items() if key != "targets"}, **targets.get(host, {})}


def distinct(values: Sequence[Any]) -> list[Any]:
    """The values without repetition, in order (they may be dictionaries)."""
    found: list[Any] = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def merged(name: str, by_host: Mapping[str, Any]) -> Any:
    """One value for a setting. Raises AnsibleFilterError where targets disagree and may not."""
    values = distinct(list(by_host.values()))
    if len(values) == 1:
        return values[0]
    if name in ("dbcare_waivers", "dbcare_licences") and all(isinstance(value, list) for value in values):
        return distinct([item for value in values for item in value])
    raise AnsibleFilterError(f"{name} differs between {' and '.join(list(by_host)[:2])}; a run has one. Set it for the "
                             "group dbcare_databases, not for one host.")


def completed(settings: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the keys of ``defaults`` that they leave out; the validation refuses what is no dictionary."""
    for name, keys in defaults.items():
        if isinstance(settings.setdefault(name, {}), Mapping):
            settings[name] = {**keys, **settings[name]}
    return settings


def site_settings(hostvars: Mapping[str, Any], hosts: Sequence[str],
                  defaults: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The filter; see DOCUMENTATION."""
    found: dict[str, dict[str, Any]] = {}
    for host in hosts:
        variables = hostvars[host]
        for name in variables:
            if name.startswith("dbcare_") and name not in NOT_SETTINGS:
                found.setdefault(name, {})[host] = variables[name]
    target_limits = {}
    limits = found.get("dbcare_limits", {})
    differ = len(distinct(list(limits.values()))) > 1 or 0 < len(limits) < len(hosts)
    if differ and all(isinstance(value, Mapping) for value in limits.values()):
        target_limits = {host: own_limits(value, host) for host, value in found.pop("dbcare_limits").items()}
    settings = {name: merged(name, values) for name, values in sorted(found.items())}
    return {"settings": completed(settings, defaults or {}),
            "target_limits": target_limits,
            "simulated": any(bool(hostvars[host].get("dbcare_simulated")) for host in hosts)}


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Any]:
        """Name -> filter."""
        return {"site_settings": site_settings}
