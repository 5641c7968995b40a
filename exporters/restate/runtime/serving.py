"""`python -m workers`: serves the workflows, makes them known to the server, starts one, sets up the schedules."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import urllib.request
import uuid
from collections.abc import Sequence
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from exporters.restate.runtime.clock import clock
from exporters.restate.runtime.workflows import MAIN, application, workflow
from exporters.worker.backend import Served, load_workers
from exporters.worker.settings import enter


def main(served: Sequence[Served], package: str, roots: Sequence[str]) -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("action", choices=("serve", "register", "start", "schedule"))
    parser.add_argument("workflow", nargs="?", choices=[flow.prefix for flow in served], help="needed to start one")
    parser.add_argument("--input", default="null", help="JSON: the request, or the task's arguments")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    parser.add_argument("--bind", default="127.0.0.1:9080", help="where `serve` listens for the Restate server")
    parser.add_argument("--admin", default="http://127.0.0.1:9070", help="of the Restate server")
    parser.add_argument("--ingress", default="http://127.0.0.1:8080", help="of the Restate server")
    parser.add_argument("--wait", action="store_true", help="with start: wait for the result")
    options = parser.parse_args()
    if options.action == "start" and not options.workflow:
        parser.error("say which workflow to start")
    chosen = [flow for flow in served if options.workflow in {None, flow.prefix}]
    match options.action:
        case "serve":
            return _serve(chosen, options, package, roots)
        case "register":
            print(_post(f"{options.admin}/deployments", {"uri": f"http://{options.bind}"}))
        case "start":
            way = "" if options.wait else "/send"
            key = f"{chosen[0].prefix}-{uuid.uuid4()}"
            name = f"{chosen[0].prefix}.{chosen[0].start}"
            print(_post(f"{options.ingress}/{name}/{key}/{MAIN}{way}", {"input": json.loads(options.input)}))
        case _:
            for flow in chosen:
                for number, cron in enumerate(flow.schedules, 1):
                    told = {"cron": cron, "workflow": f"{flow.prefix}.{flow.start}", "id": f"{flow.prefix}-{number}"}
                    _post(f"{options.ingress}/{package}.clock/{told['id']}/tick/send", told)
                    print(f"{told['id']}: {cron}")
    return 0


def _serve(served: Sequence[Served], options: argparse.Namespace, package: str, roots: Sequence[str]) -> int:
    folder = enter(options.root, roots)
    workflows: list[Any] = [clock(f"{package}.clock", MAIN)]
    for flow in served:
        workers = load_workers(package, flow.prefix, folder)
        runs = importlib.import_module(f"{package}.{flow.prefix}.flows").RUNS
        workflows += [workflow(flow.prefix, run, workers) for run in runs.values()]
    config = Config()
    config.bind = [options.bind]
    try:
        asyncio.run(serve(application(workflows), config))
    except KeyboardInterrupt:
        return 130
    return 0


def _post(url: str, given: object) -> str:
    request = urllib.request.Request(  # noqa: S310 - the user names the server
        url, data=json.dumps(given).encode(), headers={"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return answer.read().decode()
