# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of a database as a snapshot has them, for tests that make up their own."""

from __future__ import annotations

from typing import Any

# A primary of 19c, Enterprise Edition, open; what is missing here (rac, instances ...) differs from test to test.
PRIMARY_19C: dict[str, Any] = {
    "version": "19.0.0.0.0",
    "version_full": "19.22.0.0.0",
    "edition": "EE",
    "role": "PRIMARY",
    "open_mode": "READ WRITE",
    "cdb": False,
}
