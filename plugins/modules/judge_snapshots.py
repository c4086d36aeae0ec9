#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin judge_snapshots."""

from __future__ import annotations

DOCUMENTATION = r"""
module: judge_snapshots
short_description: Judge snapshots by the checks of the catalogue
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Judges all snapshots of a run by the checks of the catalogue, with the limits of the contract and of the site.
  - Reads the archive, where there is one, for what earlier runs found. Connects to no target and changes nothing.
  - Fails with one sentence when a site setting, a limit, a waiver or a catalogue file is wrong.
options:
  snapshots:
    description: Snapshots as M(medops.dbcare.oracle_snapshot) returns them.
    type: list
    elements: dict
    required: true
  targets:
    description: Names of all targets that were to be read. One without a snapshot is reported as not read.
    type: list
    elements: str
  left_out:
    description: Names of declared targets that this run was not to read, as with C(--limit). The report says so.
    type: list
    elements: str
    default: []
  frequency:
    description: Judge the checks of this frequency.
    type: str
    default: daily
  kind:
    description: Kind of the run, also the name of the folder of its reports.
    type: str
    default: daily_inspection
  settings:
    description:
      - The site's settings by name, such as C(dbcare_limits), C(dbcare_waivers), C(dbcare_contract) and
        C(dbcare_archive). An unknown name or key is refused.
    type: dict
    default: {}
  target_limits:
    description: Limits set for one target in its own variables, by target; they go before those in O(settings).
    type: dict
    default: {}
  catalogue:
    description: Folders of the site's own probes and checks.
    type: list
    elements: path
    default: []
  operator:
    description: Who runs it. Default is the account that runs ansible-playbook.
    type: str
  simulated:
    description: Whether the databases are simulated; the report then says so.
    type: bool
    default: false
  now:
    description: Judge as at this time (ISO 8601 with offset) instead of now.
    type: str
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.read_only
  - medops.dbcare.attributes.controller
"""

EXAMPLES = r"""
- name: Judge what was read
  medops.dbcare.judge_snapshots:
    snapshots: "{{ ansible_play_hosts_all | map('extract', hostvars, 'dbcare_snapshot') | list }}"
    targets: "{{ ansible_play_hosts_all }}"
    frequency: daily
    settings:
      dbcare_limits: "{{ dbcare_limits | default({}) }}"
  register: judged
  run_once: true
"""

RETURN = r"""
run:
  description: The run document as docs/schemas/report-1.json describes it, not yet recorded.
  returned: success
  type: dict
samples:
  description: Every numeric value judged, for M(medops.dbcare.record_run).
  returned: success
  type: list
  elements: dict
verdict:
  description: V(healthy), V(attention), V(unhealthy) or V(incomplete).
  returned: success
  type: str
  sample: healthy
unread:
  description: Targets that could not be read.
  returned: success
  type: list
  elements: str
"""
