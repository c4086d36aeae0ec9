# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The run directory of one estate and the control socket in it (newline-JSON, mode 0600)."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import logging
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from estate.hosts import leftovers

log = logging.getLogger("estate.control")
PID_FILE, SOCKET, LOG_FILE, UP_LOCK = "estate.pid", "control.sock", "estate.log", "up.lock"
ANSWER_SECONDS = 60.0


class EstateError(Exception):
    """Something the operator can put right; the text is one sentence to print."""


def default_run_dir() -> Path:
    """ESTATE_RUN_DIR, else ``.estate`` in the project that holds the working directory."""
    if os.environ.get("ESTATE_RUN_DIR"):
        return Path(os.environ["ESTATE_RUN_DIR"]).absolute()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "estate" / "__main__.py").exists() or (folder / ".git").exists():
            return folder / ".estate"
    return here / ".estate"


class RunDir:
    """Where one estate keeps its process id, socket, log and data files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def create(self) -> None:
        """Make the directory, readable by its owner only. Raises EstateError where that is impossible."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.path.chmod(0o700)
        except OSError as error:
            raise EstateError(f"Cannot write the run directory {self.path}: {error.strerror}; choose another with "
                              "--run-dir.") from error

    def file(self, name: str) -> Path:
        """The path of a file in the run directory."""
        return self.path / name

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Only one ``up`` at a time in a run directory."""
        with self.file(UP_LOCK).open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def hold(self) -> int:
        """Take the pid file for this process's life; returns its descriptor (the lock says that the daemon lives)."""
        descriptor = os.open(self.file(PID_FILE), os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(descriptor, seconds=1.0):
            os.close(descriptor)
            raise EstateError(f"An estate is already running in {self.path}; stop it with 'down' first.")
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        return descriptor

    def pid(self) -> int | None:
        """The process id of the living daemon, else None. A lock survives no crash, so a re-used pid fools nobody."""
        try:
            with self.file(PID_FILE).open(encoding="ascii") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except OSError:
                    return int(file.read().strip() or 0) or None
        except (FileNotFoundError, NotADirectoryError, PermissionError):
            pass
        return None

    def clean(self) -> bool:
        """Remove what a daemon leaves behind while it runs; True where there was something to remove."""
        found = False
        for pattern in (PID_FILE, SOCKET, "*.db", "*.db-wal", "*.db-shm"):
            for path in self.path.glob(pattern):
                path.unlink(missing_ok=True)
                found = True
        shutil.rmtree(self.path / "template", ignore_errors=True)
        return leftovers.remove(self.path / leftovers.FOLDER) or found

    @contextlib.contextmanager
    def _short_socket_path(self) -> Iterator[str]:
        # A Unix socket path is limited to 107 bytes; a descriptor of the directory keeps it short for any directory.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}/{SOCKET}"
        finally:
            os.close(descriptor)

    def connect(self, timeout: float = ANSWER_SECONDS) -> socket.socket:
        """Connect to the daemon's socket; OSError where none listens."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(timeout)
        try:
            with self._short_socket_path() as path:
                client.connect(path)
        except OSError:
            client.close()
            raise
        return client

    def listen(self) -> socket.socket:
        """The daemon's control socket, for its owner only."""
        self.file(SOCKET).unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        previous = os.umask(0o177)
        try:
            with self._short_socket_path() as path:
                server.bind(path)
        finally:
            os.umask(previous)
        server.listen(16)
        return server


def _locked(descriptor: int, seconds: float) -> bool:
    # A 'status' running at the same moment holds a shared lock for an instant: hence the patience.
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except OSError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)


def ask(run_dir: RunDir, do: str, **arguments: Any) -> Any:
    """Send one request to the daemon and return its answer. Raises EstateError with the daemon's own sentence."""
    try:
        client = run_dir.connect()
    except OSError as error:
        raise EstateError(f"No estate is up in {run_dir.path}; start one with 'python -m estate up'.") from error
    with client, client.makefile("rw", encoding="utf-8") as stream:
        stream.write(json.dumps({"do": do, **arguments}) + "\n")
        stream.flush()
        try:
            line = stream.readline()
        except TimeoutError as error:
            raise EstateError(f"The estate in {run_dir.path} did not answer within {ANSWER_SECONDS:.0f} s; see "
                              f"{run_dir.file(LOG_FILE)}.") from error
    if not line:
        raise EstateError(f"The estate in {run_dir.path} closed the connection; see {run_dir.file(LOG_FILE)}.")
    answer = json.loads(line)
    if "error" in answer:
        raise EstateError(answer["error"])
    return answer.get("result")


async def serve(sock: socket.socket, handle: Callable[[dict[str, Any]], Any]) -> asyncio.AbstractServer:
    """Answer requests one line each; ``handle`` is a coroutine function that returns JSON or raises EstateError."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled where the estate ends with a client on the line; Python 3.11 would log that as an error.
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while line := await reader.readline():
                writer.write(json.dumps(await _answer(handle, line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        writer.close()

    return await asyncio.start_unix_server(client, sock=sock, limit=1 << 20)


async def _answer(handle: Callable[[dict[str, Any]], Any], line: bytes) -> dict[str, Any]:
    try:
        request = json.loads(line)
        return {"result": await handle(request)}
    except EstateError as error:
        return {"error": str(error)}
    except Exception as error:
        log.exception("a request failed")
        return {"error": f"The request failed: {type(error).__name__}: {error}; see {LOG_FILE} in the run directory."}


def stop(run_dir: RunDir, patience: float = 15.0) -> bool:
    """Stop the daemon of a run directory, politely, then by SIGTERM and SIGKILL; False where none was up."""
    pid = run_dir.pid()
    if pid is None:
        run_dir.clean()
        return False
    with contextlib.suppress(EstateError):
        ask(run_dir, "stop")
    for number, seconds in ((None, patience), (signal.SIGTERM, patience), (signal.SIGKILL, 5.0)):
        if number is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        if _gone(run_dir, seconds):
            run_dir.clean()
            return True
    raise EstateError(f"The estate's process {pid} does not end; end it by hand and run 'down' again.")


def _gone(run_dir: RunDir, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if run_dir.pid() is None:
            return True
        time.sleep(0.02)
    return False
