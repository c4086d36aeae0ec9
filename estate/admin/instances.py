# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stages of instances: shutdown, nomount, mount, open; for SQL and for ``python -m estate instance``."""

from __future__ import annotations

from estate.admin.desk import Desk
from estate.api import OraError

STAGES = {"down": None, "nomount": "STARTED", "mount": "MOUNTED", "open": "OPEN"}


def mount(desk: Desk) -> None:
    """ALTER DATABASE MOUNT in the instance that asks."""
    if desk.instance_status(desk.instance_number) != "STARTED":
        raise OraError(1100, "database already mounted")
    desk.stage(desk.instance_number, "mount")


def open_database(desk: Desk, mode: str) -> None:
    """ALTER DATABASE OPEN in the instance that asks."""
    status = desk.instance_status(desk.instance_number)
    if status == "OPEN":
        raise OraError(1531, "a database already open by the instance")
    if status != "MOUNTED":
        raise OraError(1507, "database not mounted")
    desk.stage(desk.instance_number, "open", read_only=mode == "READ ONLY")


def close_database(desk: Desk) -> None:
    """ALTER DATABASE CLOSE: back to mounted."""
    desk.stage(desk.instance_number, "mount")
