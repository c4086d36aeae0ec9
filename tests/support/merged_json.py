# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A JSON file that several test workers add to at the same time."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def merge(path: Path, change: Callable[[Any], Any]) -> Any:
    """Replace the file's content by ``change(content)``, None where there is none yet; gives what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        text = file.read()
        content = change(json.loads(text) if text.strip() else None)
        file.seek(0)
        file.truncate()
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")
    return content
