# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real servers on loopback: SMTP (plain, STARTTLS, TLS, with login) and HTTP(S) that keeps what it gets."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


class Inbox:
    """aiosmtpd handler: keeps envelopes; ``answers`` are given to the next messages instead of 250."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []
        self.answers: list[str] = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        del server, session, options
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        del server, session
        if self.answers:
            return self.answers.pop(0)
        self.envelopes.append(envelope)
        return "250 OK"


def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"dbcare", b"S3CRET")
    return AuthResult(success=good, handled=good)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """{"ca": file to trust, "context": a server's TLS for 127.0.0.1 and localhost}."""
    ca = trustme.CA()
    folder = tmp_path_factory.mktemp("tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    ca.cert_pem.write_to_path(folder / "ca.pem")
    return {"ca": str(folder / "ca.pem"), "context": context}


@pytest.fixture
def smtp(authority: dict[str, Any]) -> Iterator[Callable[[str], tuple[Inbox, dict[str, Any]]]]:
    """start("none" | "starttls" | "tls") -> (inbox, dbcare_notify.mail for it)."""
    running: list[Controller] = []

    def start(security: str) -> tuple[Inbox, dict[str, Any]]:
        inbox = Inbox()
        more: dict[str, Any] = {"none": {}, "tls": {"ssl_context": authority["context"]}, "starttls": {
            "tls_context": authority["context"], "require_starttls": True}}[security]
        if security != "none":
            more |= {"authenticator": login, "auth_required": True, "auth_require_tls": security == "starttls"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = Controller(inbox, hostname="127.0.0.1", port=port, **more)
        controller.start()
        running.append(controller)
        mail = {"host": "127.0.0.1", "port": port, "security": security, "from": "dbcare@example.org",
                "to": ["dba@example.org", "it@example.org"]}
        if security != "none":
            mail |= {"user": "dbcare", "password": "S3CRET", "ca_file": authority["ca"]}
        return inbox, mail

    yield start
    for controller in running:
        controller.stop()


class Hook:
    """What an HTTP server got, and what it is to answer: (status, body) in turn, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.answers: list[tuple[int, str]] = [(200, '{"errcode": 0, "errmsg": "ok"}')]
        self.delay = threading.Event()
        self.url = ""


def handler(hook: Hook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.requests.append((self.path, dict(self.headers), body))
            status, answer = hook.answers.pop(0) if len(hook.answers) > 1 else hook.answers[0]
            if status == 0:
                hook.delay.wait(20)
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", answer)
            self.end_headers()
            self.wfile.write(answer.encode())

        def do_GET(self) -> None:
            hook.requests.append(("GET " + self.path, {}, b""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def hooks(authority: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Hook]]:
    """start(tls=False) -> a Hook that listens; a proxy of the machine is not used for it."""
    monkeypatch.setenv("no_proxy", "*")
    running: list[tuple[ThreadingHTTPServer, Hook]] = []

    def start(tls: bool = False) -> Hook:
        hook = Hook()
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler(hook))
        server.daemon_threads = True
        if tls:
            server.socket = authority["context"].wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        hook.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/robot/send?key=T0KEN"
        running.append((server, hook))
        return hook

    yield start
    for server, hook in running:
        hook.delay.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def run_file(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    """write(document) -> a file that a playbook can read it from."""

    def write(document: dict[str, Any]) -> Path:
        path = tmp_path / "run.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    return write
