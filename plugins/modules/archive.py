#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin archive."""

from __future__ import annotations

DOCUMENTATION = r"""
module: archive
short_description: Verify, migrate, export or prune the archive
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Looks after the archive in which runs are recorded.
options:
  state:
    description:
      - V(verified) recomputes the chain of hashes over everything recorded and fails when something does not agree.
      - V(migrated) brings the archive to the newest version of its tables.
      - V(exported) writes one JSON document per run below O(dest).
      - V(pruned) removes the bodies of snapshots that are older than C(dbcare_archive.retention_days). Runs, findings,
        metrics and the chain stay, and the pruning is itself recorded.
    type: str
    choices: [verified, migrated, exported, pruned]
    default: verified
  dest:
    description: Folder for V(exported).
    type: path
  settings:
    description: The site's settings by name; C(dbcare_archive) is used.
    type: dict
    default: {}
  operator:
    description: Who does it. Default is the account that runs ansible-playbook.
    type: str
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.writes
  - medops.dbcare.attributes.controller
"""

EXAMPLES = r"""
- name: Verify the archive
  medops.dbcare.archive:
    state: verified
    settings:
      dbcare_archive: "{{ dbcare_archive }}"
"""

RETURN = r"""
archive:
  description: What is there now - C(url), C(version), C(newest_version), C(runs), C(head_sequence), C(head_hash).
  returned: success
  type: dict
problems:
  description: What does not agree, one sentence each; empty when the chain holds.
  returned: when O(state=verified)
  type: list
  elements: str
files:
  description: Files written.
  returned: when O(state=exported)
  type: list
  elements: str
pruned:
  description: Number of snapshots whose bodies were removed.
  returned: when O(state=pruned)
  type: int
"""
