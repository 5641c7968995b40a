"""`python -m workers`: runs a workflow to its end, goes on with what was broken off, or serves."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from croniter import croniter

from exporters.bpmn.runtime.driving import Driver, Workflow
from exporters.bpmn.runtime.specs import Processes
from exporters.bpmn.runtime.store import OK, Store
from exporters.worker.performing import Workers
from exporters.worker.settings import prepare

_LARGEST = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Served:
    """One workflow of the package."""

    prefix: str
    """Its name."""
    start: str
    """The run that starts it."""
    schedules: tuple[str, ...] = ()
    """Cron texts."""


def main(served: Sequence[Served], package: str, roots: Sequence[str]) -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("action", choices=("run", "resume", "serve"))
    parser.add_argument("workflow", nargs="?", choices=[flow.prefix for flow in served], help="needed to run one")
    parser.add_argument("--input", default="null", help="JSON: the request, or the task's arguments")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    parser.add_argument("--state", default="runs.sqlite", help="the file that keeps the runs")
    parser.add_argument("--port", type=int, default=8321, help="where `serve` listens, on this machine only")
    options = parser.parse_args()
    if options.action == "run" and not options.workflow:
        parser.error("say which workflow to run")
    try:
        store = Store(Path(options.state).resolve())
    except sqlite3.OperationalError as error:
        parser.error(f"{options.state}: {error}; another process may have it open")
    driver = Driver(store, _workflows(served, package, Path(options.root).resolve(), roots))
    try:
        code = _act(driver, served, options)
    except KeyboardInterrupt:
        code = 130
    driver.close()
    sys.stdout.flush()
    # A piece that is still under way would keep the process; it is done again when the run goes on.
    os._exit(code)


def _act(driver: Driver, served: Sequence[Served], options: argparse.Namespace) -> int:
    match options.action:
        case "run":
            return _run(driver, options.workflow, json.loads(options.input))
        case "resume":
            driver.drive(lambda: False)
        case _:
            _serve(driver, served, options.port)
    return 0


def _workflows(served: Sequence[Served], package: str, root: Path, roots: Sequence[str]) -> dict[str, Workflow]:
    folder = Path(__file__).resolve().parents[1]
    for path in reversed([str(root / each) for each in roots]):
        sys.path.insert(0, path)
    os.chdir(root)
    prepare([root, *(root / each for each in roots)])
    found: dict[str, Workflow] = {}
    for flow in served:
        workers = Workers(importlib.import_module(f"{package}.{flow.prefix}.plan").PLAN, [root])
        workers.check()
        processes = Processes(folder / flow.prefix / "process.bpmn")
        found[flow.prefix] = Workflow(flow.start, workers, processes)
    return found


def _run(driver: Driver, workflow: str, given: object) -> int:
    """Run it and all that it starts; its own result is printed as soon as it is there."""
    name = driver.start(workflow, given)
    print(f"run {name}", file=sys.stderr, flush=True)
    driver.drive(lambda: driver.ended(name) is not None)
    ended = driver.ended(name)
    print(json.dumps(ended.result if ended else None), flush=True)
    driver.drive(lambda: False)
    return 0 if ended and ended.status == OK else 1


@dataclass(slots=True)
class _Asked:
    workflow: str
    given: object
    answer: SimpleQueue[dict[str, Any]]
    run: str = ""


class _Server(ThreadingHTTPServer):
    """Takes inputs: `POST /WORKFLOW` with the input as JSON runs it and gives back how it ended."""

    daemon_threads = True

    def __init__(self, port: int, names: Sequence[str]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.names = names
        self.asked: SimpleQueue[_Asked] = SimpleQueue()


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - of the one class that makes this one

    def do_POST(self) -> None:
        """Run a workflow."""
        workflow, length = self.path.strip("/"), int(self.headers.get("Content-Length") or 0)
        if workflow not in self.server.names or length > _LARGEST:
            self._give(404 if workflow not in self.server.names else 413, {"error": "no such workflow, or too much"})
            return
        try:
            given = json.loads(self.rfile.read(length) or b"null")
        except ValueError:
            self._give(400, {"error": "the body is no JSON"})
            return
        asked = _Asked(workflow, given, SimpleQueue())
        self.server.asked.put(asked)
        self._give(200, asked.answer.get())

    def _give(self, status: int, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Nothing: the runs tell of themselves."""


def _serve(driver: Driver, served: Sequence[Served], port: int) -> None:
    server = _Server(port, [flow.prefix for flow in served])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    clock = _Clock(driver, served)
    waiting: list[_Asked] = []
    print(f"serving on http://127.0.0.1:{server.server_address[1]}", flush=True)

    def look() -> bool:
        clock.tick()
        _begin(driver, server.asked, waiting)
        for asked in list(waiting):
            if (ended := driver.ended(asked.run)) is not None:
                waiting.remove(asked)
                asked.answer.put({"status": ended.status, "result": ended.result, "error": ended.error})
        return False

    driver.drive(look, stays=True)


def _begin(driver: Driver, queue: SimpleQueue[_Asked], waiting: list[_Asked]) -> None:
    while True:
        try:
            asked = queue.get_nowait()
        except Empty:
            return
        try:
            asked.run = driver.start(asked.workflow, asked.given)
            waiting.append(asked)
        except Exception as error:  # noqa: BLE001 - an input that does not fit must not end the others
            asked.answer.put({"status": "refused", "error": {"message": str(error)}})


class _Clock:
    """Starts workflows when their schedules say so (UTC)."""

    def __init__(self, driver: Driver, served: Sequence[Served]) -> None:
        self._driver = driver
        now = time.time()
        self._next = {(flow.prefix, cron): next_time(cron, now) for flow in served for cron in flow.schedules}

    def tick(self) -> None:
        """Start what is due."""
        now = time.time()
        for (workflow, cron), due in self._next.items():
            if due <= now:
                self._driver.start(workflow, None)
                self._next[workflow, cron] = next_time(cron, now)


def next_time(cron: str, after: float) -> float:
    """The next time of a cron text (five fields, or six with seconds first), in seconds since 1970, UTC."""
    with_seconds = len(cron.split()) == 6
    start = datetime.fromtimestamp(after, UTC)
    return croniter(cron, start, second_at_beginning=with_seconds).get_next(float)
