# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Version ranges of the catalogue, such as ``>=12.1,<23``."""

from __future__ import annotations

import re
from typing import Tuple

_PART = re.compile(r"^\s*(>=|<=|==|>|<)?\s*(\d+(?:\.\d+)*)\s*$")


def parse(version: str) -> Tuple[int, ...]:
    """'19.22.0.0.0' -> (19, 22, 0, 0, 0). Raises ValueError for anything else."""
    if not re.match(r"^\d+(\.\d+)*$", version):
        raise ValueError('"%s" is no version; write numbers with dots, such as 19.22.0.0.0' % version)
    return tuple(int(part) for part in version.split("."))


def _compare(left: Tuple[int, ...], right: Tuple[int, ...]) -> int:
    # Only as many places as the range names: 12.1.0.2 is equal to 12.1.
    cut = (left + (0,) * len(right))[: len(right)]
    return (cut > right) - (cut < right)


_HOLDS = {
    ">=": lambda order: order >= 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    "<": lambda order: order < 0,
    "==": lambda order: order == 0,
}


def matches(version: str, ranges: str) -> bool:
    """Whether ``version`` lies in every one of the comma-separated ``ranges``."""
    have = parse(version)
    for part in ranges.split(","):
        found = _PART.match(part)
        if not found:
            raise ValueError('"%s" is no version range; write for example ">=12.1,<23"' % part.strip())
        if not _HOLDS[found.group(1) or "=="](_compare(have, parse(found.group(2)))):
            return False
    return True
