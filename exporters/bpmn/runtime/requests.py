"""What `serve` answers on this machine: inputs that start runs, and how runs have ended."""

from __future__ import annotations

import json
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import Any

from exporters.bpmn.runtime.driving import Driver

_LARGEST = 16 * 2**20
Told = tuple[HTTPStatus, dict[str, Any]]


@dataclass(slots=True)
class _Asked:
    """A request; the thread that drives the runs answers it."""

    path: str
    given: Any
    told: SimpleQueue[Told] = field(default_factory=SimpleQueue[Told])
    run: str = ""


class Server(ThreadingHTTPServer):
    """`POST /WORKFLOW`, with the input as JSON, runs it and gives how it ended; `POST /start/WORKFLOW` gives its id.

    `GET /runs/ID` gives how a run stands, `GET /` how many are under way.
    """

    daemon_threads = True

    def __init__(self, port: int, workflows: AbstractSet[str]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self._workflows = workflows
        self.asked: SimpleQueue[_Asked] = SimpleQueue()
        self._waiting: list[_Asked] = []

    def answer(self, driver: Driver) -> None:
        """Answer what has been asked, and those who wait for runs that have ended."""
        while True:
            try:
                asked = self.asked.get_nowait()
            except Empty:
                break
            if (told := self._told(asked, driver)) is not None:
                asked.told.put(told)
        for asked in list(self._waiting):
            told = driver.told(asked.run)
            if told["status"] not in {"open", "waiting"}:
                self._waiting.remove(asked)
                asked.told.put((HTTPStatus.OK, told))

    def _told(self, asked: _Asked, driver: Driver) -> Told | None:
        kind, _, name = asked.path.strip("/").rpartition("/")
        if asked.given is None:
            told = {"open": driver.under_way()} if not name else driver.told(name) if kind == "runs" else {}
            return (HTTPStatus.OK, told) if told else (HTTPStatus.NOT_FOUND, {"error": "there is no such run"})
        if name not in self._workflows or kind not in {"", "start"}:
            return HTTPStatus.NOT_FOUND, {"error": "there is no such workflow"}
        try:
            asked.run = driver.start(name, json.loads(asked.given or b"null"))
        except Exception as error:  # noqa: BLE001 - an input that does not fit must not end the other runs
            return HTTPStatus.BAD_REQUEST, {"status": "refused", "error": {"message": str(error)}}
        if kind == "start":
            return HTTPStatus.ACCEPTED, {"run": asked.run}
        self._waiting.append(asked)
        return None


class _Handler(BaseHTTPRequestHandler):
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride] - of the one class that makes this one

    def do_GET(self) -> None:
        """How runs stand."""
        self._ask(None)

    def do_POST(self) -> None:
        """An input."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST:
            self._give((HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"error": "the body is too large"}))
        else:
            self._ask(self.rfile.read(length))

    def _ask(self, given: bytes | None) -> None:
        asked = _Asked(self.path, given)
        self.server.asked.put(asked)
        self._give(asked.told.get())

    def _give(self, told: Told) -> None:
        body = json.dumps(told[1]).encode()
        self.send_response(told[0])
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: the runs tell of themselves."""
