# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``up`` was asked for, and whether its ports are free."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from estate.control import EstateError


@dataclass(frozen=True)
class Plan:
    """What ``up`` was asked for. Two equal plans are the same estate."""

    scenario: str
    only: tuple[str, ...]
    port_base: int
    host: str
    fleet: int
    hosts: bool = True
    tcps: bool = False


def port_error(host: str, port: int, error: OSError) -> EstateError:
    """One sentence for a port that cannot be opened."""
    if error.errno == errno.EADDRINUSE:
        return EstateError(f"Port {port} on {host} is in use; free it or choose another --port-base.")
    return EstateError(f"Cannot listen on {host} port {port}: {error.strerror or error}.")


def check_ports(host: str, ports: list[int]) -> None:
    """Raise EstateError for the first port that is taken, before anything is built."""
    for port in ports:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise port_error(host, port, error) from error
