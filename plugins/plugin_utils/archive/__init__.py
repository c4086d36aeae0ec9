# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The archive: what was read and found, appended run by run and chained by hash.

``store.Archive`` is the way in; ``tables`` has the columns, ``chain`` the hashes, ``engine`` connection and migrations.
"""

from __future__ import annotations
