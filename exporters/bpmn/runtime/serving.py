"""`python -m workers`: runs a workflow to its end, goes on with what was broken off, or serves."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from croniter import croniter

from exporters.bpmn.runtime.driving import Driver, Workflow
from exporters.bpmn.runtime.requests import Server
from exporters.bpmn.runtime.specs import Processes
from exporters.bpmn.runtime.store import OK, Store
from exporters.worker.backend import Served, load_workers
from exporters.worker.settings import enter


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
    # A backend that logs everything would log each state of each task.
    logging.getLogger("spiff").setLevel(logging.WARNING)
    if options.action == "run" and not options.workflow:
        parser.error("say which workflow to run")
    try:
        store = Store(Path(options.state).resolve())
    except sqlite3.OperationalError as error:
        parser.error(f"{options.state}: {error}; another process may have it open")
    driver = Driver(store, _workflows(served, package, options.root, roots))
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


def _workflows(served: Sequence[Served], package: str, root: str, roots: Sequence[str]) -> dict[str, Workflow]:
    beside = Path(__file__).resolve().parents[1]
    folder = enter(root, roots)
    found: dict[str, Workflow] = {}
    for flow in served:
        workers = load_workers(package, flow.prefix, folder)
        processes = Processes(beside / flow.prefix / "process.bpmn")
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


def _serve(driver: Driver, served: Sequence[Served], port: int) -> None:
    server = Server(port, {flow.prefix for flow in served})
    threading.Thread(target=server.serve_forever, daemon=True).start()
    clock = _Clock(driver, served)
    print(f"serving on http://127.0.0.1:{server.server_address[1]}", flush=True)

    def look() -> bool:
        clock.tick()
        server.answer(driver)
        return False

    driver.drive(look, stays=True)


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
