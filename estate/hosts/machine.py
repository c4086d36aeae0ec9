# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where things are on one machine. Paths are the machine's own ("/u01/..."), ``real`` says where they are here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estate.world.scenario import DatabaseSpec, InstanceSpec

BASE = "/u01/app/oracle"
INVENTORY = "/u01/app/oraInventory"
SSH_PORT_OFFSET = 4
_RELEASES = {"12.2": "12.2.0", "19": "19.0.0", "23": "23.0.0"}


@dataclass(frozen=True)
class Machine:
    """The machine of one instance. ``folder`` is its place in the run directory, ``address`` where its listener and its
    sshd are reached; ``isolated``: a login finds its files at their own paths."""

    spec: DatabaseSpec
    instance: InstanceSpec
    folder: Path
    address: str
    isolated: bool = False

    @property
    def key(self) -> tuple[str, int]:
        """(database, number of the instance)."""
        return self.spec.name, self.instance.number

    @property
    def name(self) -> str:
        """The host name, as V$INSTANCE.HOST_NAME has it."""
        return self.instance.host

    @property
    def sid(self) -> str:
        """ORACLE_SID: the instance's name."""
        return self.instance.name

    @property
    def ssh_port(self) -> int:
        """Where its SSH server listens: the database's first port, an offset and the instance's number."""
        return self.spec.port + SSH_PORT_OFFSET + self.instance.number

    @property
    def root(self) -> Path:
        """What is "/" to the paths below."""
        return self.folder / "root"

    def real(self, path: str) -> Path:
        """Where a path of the machine is in the run directory."""
        return self.root / path.lstrip("/")

    def shown(self, path: str) -> str:
        """A path of the machine as a login finds it."""
        return path if self.isolated else str(self.real(path))

    # -- software ------------------------------------------------------------------------------------------------------

    @property
    def release(self) -> str:
        """The release as directory names have it: 19.0.0."""
        return _RELEASES.get(self.spec.release, f"{self.spec.release}.0.0")

    @property
    def oracle_home(self) -> str:
        """ORACLE_HOME on the machine."""
        return f"{BASE}/product/{self.release}/dbhome_1"

    @property
    def grid_home(self) -> str | None:
        """None where there is no Grid Infrastructure: its storage is a file system."""
        return f"/u01/app/{self.release}/grid" if self.spec.data.get("asm") else None

    @property
    def listener_home(self) -> str:
        """The home that the listener runs from."""
        return self.grid_home or self.oracle_home

    # -- diagnostics ---------------------------------------------------------------------------------------------------

    @property
    def adr_home(self) -> str:
        """The instance's home in the Automatic Diagnostic Repository."""
        return f"{BASE}/diag/rdbms/{self.spec.name.lower()}/{self.sid}"

    @property
    def listener_adr_home(self) -> str:
        """The listener's home in the Automatic Diagnostic Repository."""
        return f"{BASE}/diag/tnslsnr/{self.name}/listener"

    @property
    def alert_log(self) -> str:
        """The alert log as text."""
        return f"{self.adr_home}/trace/alert_{self.sid}.log"

    @property
    def alert_xml(self) -> str:
        """The alert log as XML."""
        return f"{self.adr_home}/alert/log.xml"

    @property
    def listener_log(self) -> str:
        """The listener's log as text."""
        return f"{self.listener_adr_home}/trace/listener.log"

    @property
    def listener_xml(self) -> str:
        """The listener's log as XML."""
        return f"{self.listener_adr_home}/alert/log.xml"

    # -- storage -------------------------------------------------------------------------------------------------------

    @property
    def backup_dest(self) -> str:
        """Where backups on disk are."""
        return str((self.spec.data.get("backup") or {}).get("dest") or f"/backup/{self.spec.name}")

    @property
    def data_dest(self) -> str | None:
        """The folder of the data files; None where they are in ASM."""
        files = str(self.spec.data["files"])
        return None if files.startswith("+") else files

    @property
    def recovery_dest(self) -> str | None:
        """The fast recovery area; None where it is in ASM or there is none."""
        place = str((self.spec.data.get("fra") or {}).get("dest") or "")
        return place if place.startswith("/") else None

    def status(self) -> dict[str, Any]:
        """Paths for ``status --json``."""
        shown = self.shown
        return {
            "oracle_base": shown(BASE), "oracle_home": shown(self.oracle_home),
            "grid_home": shown(self.grid_home) if self.grid_home else None, "diag_dest": shown(BASE),
            "adr_home": shown(self.adr_home), "alert_log": shown(self.alert_log),
            "listener_log": shown(self.listener_log), "inventory": shown(INVENTORY), "oratab": shown("/etc/oratab"),
            "backup_dest": shown(self.backup_dest), "data_dest": shown(self.data_dest) if self.data_dest else None,
            "recovery_dest": shown(self.recovery_dest) if self.recovery_dest else None}
