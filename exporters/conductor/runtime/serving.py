"""`python -m workers`: makes the definitions known, serves their tasks, starts a workflow."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import socket
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from conductor.client.configuration.configuration import Configuration
from conductor.client.orkes.orkes_base_client import OrkesBaseClient

from exporters.conductor.runtime import ordering
from exporters.conductor.runtime.polling import Polling, Work, patiently
from exporters.conductor.runtime.questions import caught, is_to_try_again, timed, tried_again
from exporters.python_code.runtime.endings import Json, of_run, piece
from exporters.worker.backend import Served, load_workers
from exporters.worker.performing import Workers
from exporters.worker.settings import enter

_VERSION = 1
_PAUSE = 0.1


def main(served: Sequence[Served], package: str, roots: Sequence[str]) -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("action", choices=("register", "serve", "start"))
    parser.add_argument("workflow", nargs="?", choices=[flow.prefix for flow in served], help="needed to start one")
    parser.add_argument("--input", default="null", help="JSON: the request, or the task's arguments")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    parser.add_argument("--server", default="http://127.0.0.1:8080", help="of Conductor")
    parser.add_argument("--owner", help="with register: the mail address that the server asks for")
    parser.add_argument("--threads", type=int, default=32, help="with serve: how many tasks are done at a time")
    parser.add_argument("--wait", action="store_true", help="with start: wait for the result")
    options = parser.parse_args()
    if options.action == "start" and not options.workflow:
        parser.error("say which workflow to start")
    chosen = [flow for flow in served if options.workflow in {None, flow.prefix}]
    configuration = Configuration(server_api_url=f"{options.server.rstrip('/')}/api")
    try:
        if options.action == "register":
            return _register(configuration, package, options.owner)
        if options.action == "start":
            return _start(chosen[0], configuration, json.loads(options.input), wait=options.wait)
        return _serve(chosen, options, package, roots, configuration)
    except KeyboardInterrupt:
        return 130


def _register(configuration: Configuration, package: str, owner: str | None) -> int:
    """Make the task definitions known, then the workflows that name them."""
    beside = Path(importlib.import_module(package).__path__[0]).parent
    api = OrkesBaseClient(configuration).metadataResourceApi
    for folder, tell in (("tasks", api.register_task_def), ("workflows", api.update1)):
        for file in sorted((beside / folder).glob("*.json")):
            found = json.loads(file.read_text(encoding="utf-8"))
            tell([{**each, "ownerEmail": owner} for each in found] if owner else found)
            print(f"{file.relative_to(beside)}: {len(found)}")
    return 0


def _serve(
    served: Sequence[Served],
    options: argparse.Namespace,
    package: str,
    roots: Sequence[str],
    configuration: Configuration,
) -> int:
    works: dict[str, Work] = {
        f"{package}-catch": _asked(caught),
        f"{package}-retry": _asked(tried_again),
        f"{package}-time": _asked(timed),
    }
    folder = enter(options.root, roots)
    for flow in served:
        workers = load_workers(package, flow.prefix, folder)
        works |= {f"{flow.prefix}.{run.id}": _of_run(workers) for run in workers.plan.runs}
        work = _of_piece(workers, flow.prefix, configuration)
        works |= {f"{flow.prefix}.{each.id}": work for each in workers.plan.pieces}
    name = f"{socket.gethostname()}-{os.getpid()}"
    Polling(configuration, name, options.threads).serve(works, lambda: print("serving", flush=True))
    return 0


def _of_piece(workers: Workers, flow: str, configuration: Configuration) -> Work:
    api: Any = OrkesBaseClient(configuration).workflowResourceApi

    def work(given: Json, tries: int) -> tuple[str, Json]:
        starts = given.get("starts") or {}
        told = piece(workers, given, lambda sent: ordering.told(sent, flow, starts))
        for request in ordering.left(told.pop("left", ()), flow, starts):
            patiently(lambda request=request: api.start_workflow(request))
        again = given.get("again")
        return "FAILED" if again and is_to_try_again(told, again, tries) else "COMPLETED", told

    return work


def _of_run(workers: Workers) -> Work:
    return _asked(lambda given: of_run(workers, given))


def _asked(answer: Callable[[Json], Json]) -> Work:
    return lambda given, _tries: ("COMPLETED", answer(given))


def _start(flow: Served, configuration: Configuration, given: object, *, wait: bool) -> int:
    api: Any = OrkesBaseClient(configuration).workflowResourceApi
    body = {"name": f"{flow.prefix}.{flow.start}", "version": _VERSION, "input": {"input": given}}
    identifier = api.start_workflow(body)
    if not wait:
        print(identifier)
        return 0
    while (found := api.get_execution_status(identifier, include_tasks=False)).status in {"RUNNING", "PAUSED"}:
        time.sleep(_PAUSE)
    output = found.output or {}
    print(json.dumps(output.get("result")) if found.status == "COMPLETED" else found.reason_for_incompletion)
    return 0 if found.status == "COMPLETED" else 1
