#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin record_run."""

from __future__ import annotations

DOCUMENTATION = r"""
module: record_run
short_description: Record a judged run in the archive
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Appends one run with its snapshots, findings and metrics to the archive, in one transaction, and chains it by hash
    to the run before. A run that is already recorded is not recorded again.
  - An archive that does not exist yet is created when it is a SQLite file. An older archive is not migrated here; run
    the playbook C(archive.yml) with the tag C(migrate).
options:
  run:
    description: The run document that M(medops.dbcare.judge_snapshots) returns.
    type: dict
    required: true
  snapshots:
    description: The snapshots that were judged.
    type: list
    elements: dict
    required: true
  samples:
    description: The figures that M(medops.dbcare.judge_snapshots) returns, for series over time.
    type: list
    elements: dict
    default: []
  settings:
    description: The site's settings by name; C(dbcare_archive.url) says where the archive is.
    type: dict
    default: {}
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.writes
  - medops.dbcare.attributes.controller
"""

EXAMPLES = r"""
- name: Record the run
  medops.dbcare.record_run:
    run: "{{ judged.run }}"
    snapshots: "{{ snapshots }}"
    samples: "{{ judged.samples }}"
    settings:
      dbcare_archive: "{{ dbcare_archive }}"
  register: recorded
  run_once: true
"""

RETURN = r"""
run:
  description: The run document with its place in the chain (C(sequence), C(previous_hash), C(hash)).
  returned: success
  type: dict
archive:
  description: Where it was recorded, without a password.
  returned: success
  type: str
  sample: sqlite:////var/lib/dbcare/archive.sqlite
"""
