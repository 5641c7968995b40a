"""Serves one page, from memory, to this machine only.

It opens no file and lists no folder: two paths are known, everything else is not found. A request must name the address
that the server printed, or a page elsewhere could read the report by a name that leads here (DNS rebinding).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast
from urllib.parse import parse_qs, urlsplit

HOST: Final = "127.0.0.1"
WAIT: Final = 20.0
"""Seconds after which a page that waits for a change is answered, and asks again."""
WAITING: Final = 32
"""So many pages wait at a time; others are answered at once."""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(slots=True)
class Shown:
    """What the server shows now. Handlers read it, the scan writes it."""

    token: str
    """Stands in the page's text where its version is to be put; no source can hold it, since it is drawn at random."""
    version: str = ""
    page: bytes = b""
    trouble: str = ""
    """Why the newest state of the code could not be scanned; empty when it could."""
    waiting: int = 0
    ending: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)

    def show(self, text: str) -> bool:
        """Show another page; says whether it is another."""
        version = sha256(text.encode()).hexdigest()[:16]
        with self.changed:
            same = version == self.version
            if not same or self.trouble:
                self.version, self.trouble = version, ""
                self.page = text.replace(self.token, version).encode()
                self.changed.notify_all()
        return not same

    def tell(self, trouble: str) -> None:
        """Keep the page, and say why there is no newer one."""
        with self.changed:
            if trouble != self.trouble:
                self.trouble = trouble
                self.changed.notify_all()

    def end(self) -> None:
        """Let all that wait go."""
        with self.changed:
            self.ending = True
            self.changed.notify_all()

    def news(self, version: str, trouble: str, wait: float) -> dict[str, str]:
        """What is shown, as soon as it differs from what a page knows, or after a while."""
        with self.changed:
            if self.waiting < WAITING:
                self.waiting += 1
                try:
                    self.changed.wait_for(
                        lambda: self.ending or (self.version, self.trouble) != (version, trouble), timeout=wait
                    )
                finally:
                    self.waiting -= 1
            return {"version": self.version, "trouble": self.trouble}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int, shown: Shown) -> None:
        super().__init__((HOST, port), _Handler)
        self.shown = shown
        self.names = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    server_version = "undercurrent"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Answer the page, or whether there is a newer one."""
        server = cast("_Server", self.server)
        address = urlsplit(self.path)
        if self.headers.get("Host", "") not in server.names:
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, b"this server answers to the address that it printed only\n")
        elif self.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"} and address.path != "/":
            self._answer(HTTPStatus.FORBIDDEN, b"not from another site\n")
        elif address.path == "/":
            self._answer(HTTPStatus.OK, server.shown.page, "text/html; charset=utf-8")
        elif address.path == "/changes":
            asked = parse_qs(address.query, keep_blank_values=True)
            known, trouble = (asked.get(name, [""])[0] for name in ("version", "trouble"))
            news = server.shown.news(known, trouble, WAIT)
            self._answer(HTTPStatus.OK, json.dumps(news).encode(), "application/json")
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"there is one page here: /\n")

    do_HEAD = do_GET  # noqa: N815 - as above

    def _answer(self, status: HTTPStatus, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        for name, value in {**_HEADERS, "Content-Type": kind, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Requests are no news either."""


@contextmanager
def serving(shown: Shown, port: int) -> Generator[str]:
    """Serve while the body runs; gives the address. An `OSError` says that the port can't be had."""
    server = _Server(port, shown)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        shown.end()
        server.shutdown()
        server.server_close()
        thread.join()
