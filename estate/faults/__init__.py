# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults by name: each changes a cause in a database's state, and can be undone exactly."""

from __future__ import annotations

from estate.faults.base import Fault, FaultError, catalogue
from estate.faults.edit import Edit
from estate.faults.register import Register

__all__ = ["Edit", "Fault", "FaultError", "Register", "catalogue"]
