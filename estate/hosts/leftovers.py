# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ending a machine's processes by its pid file, also those that a daemon left behind when it crashed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

FOLDER, PID_FILE = "hosts", "sshd.pid"


def remove(folder: Path) -> bool:
    """Stop every machine below ``folder`` and remove the files; whether there were any."""
    if not folder.is_dir():
        return False
    for pid_file in folder.glob(f"*/{PID_FILE}"):
        stop(pid_file.parent)
    shutil.rmtree(folder, ignore_errors=True)
    return True


def stop(folder: Path, patience: float = 3.0) -> None:
    """End the sshd of one machine's folder and all that logins started; none of them outlives it."""
    pid = _pid(folder)
    (folder / PID_FILE).unlink(missing_ok=True)
    if pid is None:
        return
    family = [pid, *_descendants(pid)]
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, patience)):
        family += [other for parent in list(family) for other in _descendants(parent) if other not in family]
        for member in family:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member, number)
        if _gone(family, seconds):
            return


def _pid(folder: Path) -> int | None:
    """The process of the pid file, if it is still this machine's: its command line names the folder."""
    try:
        pid = int((folder / PID_FILE).read_text(encoding="ascii"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if any(str(folder).encode() in word for word in words) else None


def _descendants(pid: int) -> list[int]:
    children: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            children += [int(text) for text in path.read_text(encoding="ascii").split()]
    return [found for child in children for found in (child, *_descendants(child))]


def _gone(pids: list[int], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while any(_alive(pid) for pid in pids):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _alive(pid: int) -> bool:
    """Whether the process runs; one that only waits for its parent to notice does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
