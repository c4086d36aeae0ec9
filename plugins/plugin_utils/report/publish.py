# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Writing a report's files so that a reader sees all of them or none, and the link to the latest."""

from __future__ import annotations

import errno
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.medops.dbcare.plugins.module_utils.errors import BadInput

LATEST = "latest"
_PREFIX = ".writing-"
_STALE = 3600  # seconds after which a temporary folder is what a killed run left behind


class ReportError(BadInput):
    """A report could not be written; nothing of it is left behind."""


@contextmanager
def one_sentence(folder: Path) -> Iterator[None]:
    """Turn an OSError into ReportError: what, where, what to do."""
    try:
        yield
    except OSError as error:
        remedy = {
            errno.ENOSPC: "the disk is full; free some space and run it again",
            errno.EDQUOT: "the disk quota is used up; free some space and run it again",
            errno.EACCES: "this user may not write there; change its owner or set dbcare_report.folder",
            errno.EPERM: "this user may not write there; change its owner or set dbcare_report.folder",
            errno.EROFS: "the file system is read-only; set dbcare_report.folder to another place",
            errno.ENOTDIR: "a part of this path is a file; set dbcare_report.folder to another place",
            errno.EEXIST: "something of that name is in the way; move it aside or set dbcare_report.folder",
        }.get(error.errno or 0, (error.strerror or str(error)).lower())
        raise ReportError(f"The report cannot be written to {folder}: {remedy}.") from error


def is_current(folder: Path, files: dict[str, bytes]) -> bool:
    """Whether ``folder`` already holds exactly these files."""
    try:
        present = {path.name: path for path in folder.iterdir()}
        return set(present) == set(files) and all(present[name].read_bytes() == data for name, data in files.items())
    except OSError:
        return False


def publish(folder: Path, files: dict[str, bytes]) -> bool:
    """Put ``files`` into ``folder`` and point ``latest`` beside it to the newest run; True when anything changed.

    A new folder appears at once with all its files. A folder that is there gets each file replaced whole, but never
    another run's data: that raises ReportError.
    """
    with one_sentence(folder):
        folder.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        _sweep(folder.parent)
        changed = not is_current(folder, files)
        if changed:
            _refuse_other_run(folder, files)
            _write(folder, files)
        return _point_latest(folder) or changed


def _sweep(parent: Path) -> None:
    for path in parent.glob(_PREFIX + "*"):
        if time.time() - path.lstat().st_mtime > _STALE:
            shutil.rmtree(path, ignore_errors=True)


def _refuse_other_run(folder: Path, files: dict[str, bytes]) -> None:
    old, new = _run_of(folder / "report.json"), json.loads(files["report.json"])["run"]
    if old.get("hash") and new.get("hash") and old["hash"] != new["hash"]:
        raise ReportError(f"{folder} holds the report of another run with the same id; it was left as it is. "
                          "Give the run another id or move that folder aside.")


def _run_of(path: Path) -> dict[str, Any]:
    try:
        run = json.loads(path.read_bytes())["run"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return run if isinstance(run, dict) else {}


def _write(folder: Path, files: dict[str, bytes]) -> None:
    scratch = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder.parent))
    try:
        for name, data in files.items():
            _write_file(scratch / name, data)
        scratch.chmod(0o750)
        if folder.is_dir():
            for name in files:
                (scratch / name).replace(folder / name)
        else:
            scratch.rename(folder)
        _sync_folder(folder.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_file(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _started(folder: Path) -> str:
    return str(_run_of(folder / "report.json").get("started") or "")


def _point_latest(folder: Path) -> bool:
    """Point ``latest`` to ``folder`` unless it points to a run that started later; True when it was changed."""
    link = folder.parent / LATEST
    if link.is_symlink() and link.readlink() == Path(folder.name):
        return False
    if link.exists() and not link.is_symlink():
        raise FileExistsError(errno.EEXIST, "not a link", str(link))
    if _started(link) > _started(folder):
        return False
    scratch = folder.parent / f"{_PREFIX}{os.getpid()}-{folder.name}.link"
    scratch.unlink(missing_ok=True)
    try:
        scratch.symlink_to(folder.name)
        scratch.replace(link)
    finally:
        scratch.unlink(missing_ok=True)
    return True
