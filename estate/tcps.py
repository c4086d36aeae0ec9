# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TCPS for an estate: one authority, a server certificate a database, wallets for its clients (``up --tcps``)."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

from estate.wire.certificates import Authority, server_context

# Beside a database's first port: one listener that asks for no certificate of the client, one that insists on it.
OFFSETS = {"port": 3, "mutual_port": 4}


class Certificates:
    """Made anew at each start, below ``folder`` (0600); ``describe`` is what ``status --json`` says of a database."""

    def __init__(self, folder: Path, host: str) -> None:
        self.folder, self.host = folder, host
        self.authority = Authority("estate authority")
        self.wallet = self.authority.write_wallet(folder / "wallet")
        client = self.authority.issue("estate client", client=True)
        self.client_wallet = self.authority.write_wallet(folder / "client_wallet", client)

    def contexts(self, database: str, port: int) -> dict[int, ssl.SSLContext]:
        """Port to TLS context of the database whose first port is ``port``."""
        server = self.authority.issue(database, [self.host, "localhost"])
        folder = self.folder / database
        return {port + OFFSETS["port"]: server_context(folder, server),
                port + OFFSETS["mutual_port"]: server_context(folder, server, client_authority=self.authority)}

    def describe(self, database: str, port: int) -> dict[str, Any]:
        """Ports, wallet folders (ewallet.pem) and the subject of the server's certificate."""
        return {**{name: port + offset for name, offset in OFFSETS.items()}, "wallet": str(self.wallet),
                "client_wallet": str(self.client_wallet), "server_cert_dn": f"CN={database},O=estate,C=CN"}
