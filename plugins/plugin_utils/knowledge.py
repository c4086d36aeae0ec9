# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The knowledge base: what an error code means and what to do about it. Read once a process."""

from __future__ import annotations

import functools
from typing import Any

from ansible_collections.medops.dbcare.plugins.plugin_utils.catalogue import BUILT_IN
from ansible_collections.medops.dbcare.plugins.plugin_utils.yaml_files import load_yaml


@functools.cache
def ora_codes() -> dict[str, dict[str, Any]]:
    """Code ("ORA-00600") -> {"severity", "title", "cause", "handling"}, texts as {"zh", "en"}."""
    path = BUILT_IN / "knowledge" / "ora_codes.yml"
    codes: dict[str, dict[str, Any]] = load_yaml(path.read_bytes(), str(path))
    return codes
