# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OpenSSH's server as a process of the current user, one a machine, with its own keys and configuration."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from estate.control import EstateError
from estate.hosts import leftovers, namespace

PLACES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/sbin")
PRIVILEGE_SEPARATION = Path("/run/sshd")
READY_SECONDS = 10.0
CONFIG = """\
Port {port}
ListenAddress {address}
HostKey "{folder}/ssh_host_ed25519_key"
AuthorizedKeysFile "{patterns}/authorized_keys"
PidFile none
UsePAM no
StrictModes no
UseDNS no
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowUsers {user}
PermitUserRC no
PrintMotd no
PrintLastLog no
MaxStartups 100
MaxSessions 100
LoginGraceTime 30
Subsystem sftp internal-sftp
SetEnv {environment}
"""


def found() -> str | None:
    """The program's path; None where OpenSSH's server is not installed."""
    return shutil.which("sshd") or shutil.which("sshd", path=os.pathsep.join(PLACES))


def obstacle() -> str | None:
    """Why no machine can be had here, in one sentence; None where nothing is in the way."""
    if found() is None:
        return "OpenSSH's server is not installed (sudo apt-get install -y openssh-server openssh-client)"
    try:
        shell = pwd.getpwuid(os.geteuid()).pw_shell
    except KeyError:
        return f"user id {os.geteuid()} has no entry in /etc/passwd, so nobody can log in as it"
    if Path(shell or "/bin/sh").name in ("nologin", "false"):
        return f"the login shell of {user()} is {shell}, so nobody can log in as it"
    if os.geteuid() == 0 and _locked(user()):
        return "root's account is locked, and sshd lets nobody in as root then; start the estate as another user"
    return None


def _locked(name: str) -> bool:
    """Whether /etc/shadow locks the account: sshd without PAM refuses it even to a key."""
    try:
        lines = Path("/etc/shadow").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return any(line.startswith(f"{name}:!") for line in lines)


def user() -> str:
    """Who a client logs in as: the user that runs the estate."""
    return pwd.getpwuid(os.geteuid()).pw_name


def write_key(path: Path, comment: str) -> str:
    """Make an Ed25519 key pair, private part for the owner only; returns the public line."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH,
                                serialization.NoEncryption())
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(private)
    line = f"{public.decode()} {comment}\n"
    path.with_name(path.name + ".pub").write_text(line, encoding="utf-8")
    return line


class Server:
    """The sshd of one machine. ``folder`` has its configuration, ``root`` the machine's files."""

    def __init__(self, name: str, folder: Path, root: Path, address: str, port: int) -> None:
        self.name, self.folder, self.root, self.address, self.port = name, folder, root, address, port
        self.isolated = False
        self.host_key = ""
        self.wanted = True
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self, authorized: str, environment: dict[str, str], *, isolated: bool) -> None:
        """Write keys and configuration. ``isolated``: the machine's files are at their own paths inside."""
        self.isolated = isolated
        self.folder.mkdir(parents=True, exist_ok=True)
        self.host_key = write_key(self.folder / "ssh_host_ed25519_key", self.name)
        (self.folder / "authorized_keys").write_text(authorized, encoding="utf-8")
        settings = " ".join(f'"{key}={value}"' for key, value in environment.items())
        text = CONFIG.format(port=self.port, address=self.address, folder=self.folder, environment=settings,
                             user=user(), patterns=str(self.folder).replace("%", "%%"))
        (self.folder / "sshd_config").write_text(text, encoding="utf-8")
        if os.geteuid() == 0:
            PRIVILEGE_SEPARATION.mkdir(mode=0o755, parents=True, exist_ok=True)

    @property
    def running(self) -> bool:
        """Whether the SSH server was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def spawn(self) -> None:
        """Start the process; ``wait`` says when it answers."""
        self.wanted = True
        if self.running:
            return
        command = [str(found()), "-D", "-f", str(self.folder / "sshd_config"), "-E", str(self.folder / "sshd.log")]
        if self.isolated:
            command = namespace.command(self.folder, self.root, self.name, command)
        with (self.folder / "start.log").open("wb") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             start_new_session=True, cwd="/")
        (self.folder / leftovers.PID_FILE).write_text(f"{self._process.pid}\n", encoding="ascii")

    def start(self) -> None:
        """Start the process and wait for it."""
        self.spawn()
        self.wait()

    def wait(self) -> None:
        """Wait until the port answers, unless it was stopped. Raises EstateError with what sshd said."""
        if not self.wanted:
            return
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and self.running:
            with socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET) as probe:
                probe.settimeout(2.0)
                if probe.connect_ex((self.address, self.port)) == 0 and probe.recv(4) == b"SSH-":
                    return
            time.sleep(0.02)
        logs = [path for path in (self.folder / "start.log", self.folder / "sshd.log") if path.exists()]
        said = " ".join(" ".join(path.read_text(encoding="utf-8", errors="replace") for path in logs).split())
        raise EstateError(f"The sshd of {self.name} did not start on {self.address} port {self.port}: "
                          f"{said[-300:].rstrip('.') or 'it said nothing'}.")

    def stop(self) -> None:
        """End the server and every login on it."""
        self.wanted = False
        leftovers.stop(self.folder)
        if self._process is not None:
            self._process.wait(10)
            self._process = None
