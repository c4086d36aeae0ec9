# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Administrative statements and supplied packages: what changes the state of a database through SQL."""

from __future__ import annotations
