"""Serves a package's Lambda functions on loopback: POST /NAME with an event, as Lambda would call them."""

from __future__ import annotations

import importlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

handlers: Any = importlib.import_module("workers.handlers")


class Functions(BaseHTTPRequestHandler):
    """One call of a function."""

    def do_POST(self) -> None:
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            status, told = 200, getattr(handlers, self.path.strip("/"))(event)
        except Exception as error:  # noqa: BLE001 - Lambda tells any error so
            status, told = 500, {"errorMessage": str(error), "errorType": type(error).__name__}
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base's name
        """Say nothing of each call."""


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Functions)
sys.stdout.write("serving\n")
sys.stdout.flush()
server.serve_forever()
