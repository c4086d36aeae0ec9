#!/usr/bin/python
# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation of the action plugin recorded_run_info."""

from __future__ import annotations

DOCUMENTATION = r"""
module: recorded_run_info
short_description: The newest recorded run of a kind
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Reads the run document of the newest run from the archive, to render or send it again. Changes nothing.
  - Fails where the archive cannot be read or holds no run of the kind.
options:
  kind:
    description: Kind of run.
    type: str
    default: daily_inspection
  settings:
    description: The site's settings by name; C(dbcare_archive.url) says where the archive is.
    type: dict
    required: true
extends_documentation_fragment:
  - medops.dbcare.attributes
  - medops.dbcare.attributes.read_only
  - medops.dbcare.attributes.controller
"""

EXAMPLES = r"""
- name: Take the last inspection out of the archive
  medops.dbcare.recorded_run_info:
    kind: daily_inspection
    settings:
      dbcare_archive:
        url: sqlite:////var/lib/dbcare/archive.sqlite
  register: last
  run_once: true
"""

RETURN = r"""
run:
  description: The run document, as docs/schemas/report-1.json describes it, with its place in the chain.
  returned: success
  type: dict
archive:
  description: Where it was found, without a password.
  returned: success
  type: str
  sample: sqlite:////var/lib/dbcare/archive.sqlite
"""
