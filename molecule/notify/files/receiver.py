# Copyright: medops.dbcare contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Takes POST requests for two minutes. Usage: receiver.py FOLDER; its port goes to FOLDER/port, bodies to <n>.json."""

from __future__ import annotations

import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[1])


class Receiver(BaseHTTPRequestHandler):
    """Answers as both chats do for a message they took."""

    def do_POST(self) -> None:
        """Keep the body as a file of its own number, and answer as a robot does."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        (FOLDER / f"{len(list(FOLDER.glob('*.json')))}.json").write_bytes(body)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"errcode": 0, "errmsg": "ok"}')

    def log_message(self, *_args: object) -> None:
        """Nothing to say."""


server = HTTPServer(("127.0.0.1", 0), Receiver)
(FOLDER / "port.new").write_text(str(server.server_port), encoding="utf-8")
(FOLDER / "port.new").rename(FOLDER / "port")
threading.Timer(120, server.shutdown).start()
server.serve_forever()
