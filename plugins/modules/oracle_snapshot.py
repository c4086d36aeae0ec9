#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Read one Oracle database into a snapshot."""

from __future__ import annotations

DOCUMENTATION = r"""
module: oracle_snapshot
short_description: Read one Oracle database into a snapshot
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Reads everything that the probes ask in one session, changes nothing and judges nothing.
  - Never fails for a database that is down, in maintenance or hung; the snapshot says so in RV(snapshot.status) and
    RV(snapshot.error). It fails with one sentence for parameters that are wrong.
  - Secrets, literals of SQL statements and data of patients are masked before the snapshot is returned.
  - On a local connection the work is done in the process of the controller; elsewhere it runs beside the target. With
    O(login.oracle_client_lib_dir) it always runs in a process of its own.
options:
  name:
    description: Name of the target, as reports show it.
    type: str
    required: true
  frequency:
    description: Read the probes of this frequency. Ignored when O(probes) is given.
    type: str
    default: daily
  probes:
    description: Ids of probes of the catalogue, or whole probe definitions.
    type: list
    elements: raw
  catalogue:
    description: Folders of the site's own probes and checks, of the same layout as the built-in catalogue.
    type: list
    elements: path
    default: []
  licences:
    description:
      - Licences that the site holds, such as V(diagnostics_pack) and V(tuning_pack). A probe that needs another one
        is skipped.
    type: list
    elements: str
    default: []
  mask_patterns:
    description:
      - Regular expressions of the site for texts that must not enter a snapshot, by name. Chinese identity card numbers
        (V(id_card), V(id_card_15)) and mobile phone numbers (V(mobile)) are always masked unless set empty here.
    type: dict
    default: {}
  timeout:
    description: Seconds for the whole target. What is not read by then is reported as such.
    type: float
    default: 120.0
extends_documentation_fragment:
  - medops.dbcare.login
  - medops.dbcare.attributes
  - medops.dbcare.attributes.read_only
"""

EXAMPLES = r"""
- name: Read everything that the daily inspection needs
  medops.dbcare.oracle_snapshot:
    name: HIS
    login: "{{ dbcare_login }}"
    frequency: daily
  register: his

- name: Read two probes only
  medops.dbcare.oracle_snapshot:
    name: LIS
    login:
      host: lis-db.example.org
      service_name: LIS
      user: DBCARE
      password: "{{ vault_lis_password }}"
    probes: [tablespace_usage, instance_state]
  register: lis
"""

RETURN = r"""
snapshot:
  description: What was read. docs/schemas/snapshot-1.json describes it in full.
  returned: success
  type: dict
  contains:
    schema:
      description: Name and version of the format.
      type: str
      returned: always
      sample: medops.dbcare/snapshot/1
    target:
      description: Name, kind, address and service.
      type: dict
      returned: always
    collected:
      description: When, by which version, with how many statements, round trips and sessions.
      type: dict
      returned: always
    status:
      description: V(ok), V(partial) when something was not read, V(unreadable) when nothing was.
      type: str
      returned: always
      sample: ok
    error:
      description: Code, message and kind of the error of an unreadable target.
      type: dict
      returned: always
    facts:
      description: Version, edition, role, open mode, instances, containers and more.
      type: dict
      returned: always
    probes:
      description: Result of each probe by id.
      type: dict
      returned: always
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.medops.dbcare.plugins.module_utils.collect import Options, collect
from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput, DbcareError
from ansible_collections.medops.dbcare.plugins.module_utils.login import login_argument_spec, normalise_login


def argument_spec():
    """The argument spec of the module."""
    spec = {
        "name": {"type": "str", "required": True},
        "frequency": {"type": "str", "default": "daily"},
        "probes": {"type": "list", "elements": "raw"},
        "catalogue": {"type": "list", "elements": "path", "default": []},
        "licences": {"type": "list", "elements": "str", "default": []},
        "mask_patterns": {"type": "dict", "default": {}},
        "timeout": {"type": "float", "default": 120.0},
    }
    spec.update(login_argument_spec())
    return spec


def run(params, probes):
    """The result for ``params`` (as validated by the spec) and whole probe definitions. Raises BadInput."""
    if not params["timeout"] > 0:
        raise BadInput("timeout must be more than 0 seconds.")
    for probe in probes:
        if not isinstance(probe, dict):
            raise BadInput(
                'Probe "%s" is only a name here; its definition is in the catalogue on the controller.' % probe
            )
    options = Options(params["timeout"], params["licences"], params["mask_patterns"])
    snapshot = collect(params["name"], normalise_login(params["login"]), probes, options)
    return {"changed": False, "snapshot": snapshot}


def main():
    """Read, and exit."""
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    try:
        result = run(module.params, module.params["probes"] or [])
    except DbcareError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)


if __name__ == "__main__":
    main()
