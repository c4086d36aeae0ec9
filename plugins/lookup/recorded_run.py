# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lookup: the newest recorded run of a kind."""

from __future__ import annotations

DOCUMENTATION = r"""
name: recorded_run
short_description: The newest recorded run of a kind
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Reads the run document of the newest run from the archive, to render or send it again.
options:
  _terms:
    description: Kinds of run.
    type: list
    elements: str
    required: true
  settings:
    description: The site's settings by name; C(dbcare_archive.url) says where the archive is.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Say the verdict of the last inspection
  ansible.builtin.debug:
    msg: "{{ lookup('medops.dbcare.recorded_run', 'daily_inspection', settings=site).summary.verdict }}"
  vars:
    site:
      dbcare_archive:
        url: sqlite:////var/lib/dbcare/archive.sqlite
"""

RETURN = r"""
_raw:
  description: The run document of each kind, as docs/schemas/report-1.json describes it.
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput


def newest(kind: str, settings: Any) -> dict[str, Any]:
    """The newest run document. Raises BadInput where there is none or the archive cannot be read."""
    # Here, so that listing lookups needs no package of requirements/runtime.txt.
    from ansible_collections.medops.dbcare.plugins.action.record_run import open_archive
    from ansible_collections.medops.dbcare.plugins.plugin_utils.actions import plain
    from ansible_collections.medops.dbcare.plugins.plugin_utils.settings import load_settings

    archive = open_archive(load_settings(plain(settings)))
    try:
        found = archive.newest(kind)
    finally:
        archive.close()
    if found is None:
        raise BadInput(f"The archive {archive.shown} holds no run of the kind {kind}; run the playbook once without "
                       "--tags report.")
    return dict(found)


class LookupModule(LookupBase):
    """Ansible's entry point."""

    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[dict[str, Any]]:
        """The newest run of each kind in ``terms``. AnsibleLookupError where the archive cannot be read or has none."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [newest(str(kind), self.get_option("settings")) for kind in terms]
        except BadInput as error:
            raise AnsibleLookupError(str(error)) from error
