# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Supplied packages: procedures that change the state, one file a package or a small group of them."""

from __future__ import annotations
