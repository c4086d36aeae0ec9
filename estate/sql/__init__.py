# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Oracle SQL over SQLite: parsing, name resolution, types, functions, execution, PL/SQL blocks."""

from __future__ import annotations
