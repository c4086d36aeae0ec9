# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Attributes of the modules, declared once."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation of check_mode, diff_mode and idempotent."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what it would do, without changing anything.
  diff_mode:
    description: Returns what changed, or would change, in diff mode.
  idempotent:
    description: When run again with the same arguments, it changes nothing more.
"""

    # Reads only: nothing changes with or without check mode.
    READ_ONLY = r"""
options: {}
attributes:
  check_mode:
    support: full
    description: Reads only; check mode makes no difference.
  diff_mode:
    support: none
    description: Changes nothing, so there is nothing to compare.
  idempotent:
    support: full
    description: Changes nothing.
"""

    # Changes something, which check mode withholds. A module that differs says so in its own attributes.
    WRITES = r"""
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
"""

    # Runs on the controller, in the process of ansible-playbook.
    CONTROLLER = r"""
options: {}
attributes:
  action:
    support: full
    description: Has an action plugin; the work is done on the controller.
"""
