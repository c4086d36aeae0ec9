# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Filter: dbcare_schedule as entries ready for systemd or cron."""

from __future__ import annotations

DOCUMENTATION = r"""
name: schedule_plan
short_description: Turn C(dbcare_schedule) into entries for systemd or cron
version_added: 0.1.0
author: medops.dbcare contributors (@medops)
description:
  - Checks each entry (unknown keys, the recurrence rule, the playbook, the targets) and renders its rule as
    C(OnCalendar) of systemd or as crontab fields.
  - Fails with one sentence naming the entry for a rule that the scheduler cannot keep.
positional: scheduler
options:
  _input:
    description: The schedule, a dictionary of name to C(playbook), C(rrule), C(targets), C(timezone), C(enabled).
    type: dict
    required: true
  scheduler:
    description: What will run the entries.
    type: str
    choices: [systemd, cron]
    default: systemd
"""

EXAMPLES = r"""
- name: Show when things run
  ansible.builtin.debug:
    msg: "{{ dbcare_schedule | medops.dbcare.schedule_plan('cron') }}"
  vars:
    dbcare_schedule:
      morning:
        playbook: daily_inspection
        rrule: FREQ=DAILY;BYHOUR=6;BYMINUTE=30
"""

RETURN = r"""
_value:
  description: >-
    Entries sorted by name, each with C(name), C(playbook) (full name), C(targets) (an inventory pattern, empty for
    all), C(rrule), C(timezone), C(enabled), C(when) (the scheduler's own notation) and C(next) (ISO 8601).
  type: list
  elements: dict
"""

from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput


def schedule_plan(schedule: Any, scheduler: str = "systemd") -> list[dict[str, Any]]:
    """The filter. Raises AnsibleFilterError with one sentence."""
    # Here, so that listing filters needs no package of requirements/runtime.txt.
    from ansible_collections.medops.dbcare.plugins.plugin_utils.schedule import plan

    try:
        return plan(schedule, scheduler)
    except BadInput as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """Ansible's entry point."""

    def filters(self) -> dict[str, Any]:
        """Name -> filter."""
        return {"schedule_plan": schedule_plan}
