# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Faults of the machines that the databases run on."""

from __future__ import annotations

from estate.faults.base import FaultError, fault
from estate.faults.edit import Edit


@fault(None, zh="数据库主机无法通过 SSH 登录（连接被拒绝）")
def host_down(edit: Edit, host: str = "") -> None:
    """A database's machine cannot be logged in to: SSH is refused."""
    hosts = getattr(edit.network, "hosts", None)
    servers = hosts.of(edit.database.name, host) if hosts is not None else []
    if not servers:
        raise FaultError(f"{edit.database.name} has no host {host or 'here'}; see 'hosts' in 'status --json'.")
    for server in servers:
        edit.on_undo(f"host {server.name}", server.start)
        server.stop()
