"""`python -m workers`: serves the workflows, starts one, sets up the schedules."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import sys
import traceback
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleSpec,
)
from temporalio.worker import Worker

from exporters.temporal.runtime.activities import pieces
from exporters.worker.backend import Served, load_workers
from exporters.worker.settings import enter


def main(served: Sequence[Served], package: str, roots: Sequence[str]) -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("action", choices=("serve", "start", "schedule"))
    parser.add_argument("workflow", nargs="?", choices=[flow.prefix for flow in served], help="needed to start one")
    parser.add_argument("--input", default="null", help="JSON: the request, or the task's arguments")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    parser.add_argument("--address", default="127.0.0.1:7233", help="of the Temporal server")
    parser.add_argument("--queue", default=package, help="the task queue")
    parser.add_argument("--wait", action="store_true", help="with start: wait for the result")
    options = parser.parse_args()
    if options.action == "start" and not options.workflow:
        parser.error("say which workflow to start")
    chosen = [flow for flow in served if options.workflow in {None, flow.prefix}]
    work = {"serve": _serve, "start": _start, "schedule": _schedule}[options.action]
    try:
        status = asyncio.run(work(chosen, options, package, roots))
    except KeyboardInterrupt:
        status = 130
    except Exception:  # noqa: BLE001 - whatever the server or the backend's code says
        traceback.print_exc()
        status = 1
    if options.action != "serve":
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """End without taking the interpreter down, in a process that has not loaded the backend's code.

    A thread of the SDK may still be about to give the interpreter's lock back, and aborts the process if it is gone.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


async def _serve(served: Sequence[Served], options: argparse.Namespace, package: str, roots: Sequence[str]) -> int:
    folder = enter(options.root, roots)
    workers = {flow.prefix: load_workers(package, flow.prefix, folder) for flow in served}
    workflows = importlib.import_module(f"{package}.workflows").WORKFLOWS
    client = await Client.connect(options.address)
    async with Worker(client, task_queue=options.queue, workflows=workflows, activities=[pieces(workers)]):
        print("serving", flush=True)
        await asyncio.Event().wait()
    return 0


async def _start(served: Sequence[Served], options: argparse.Namespace, _package: str, _roots: Sequence[str]) -> int:
    client = await Client.connect(options.address)
    flow = served[0]
    handle = await client.start_workflow(
        f"{flow.prefix}.{flow.start}",
        {"input": json.loads(options.input)},
        id=f"{flow.prefix}-{uuid.uuid4()}",
        task_queue=options.queue,
    )
    print(json.dumps(await handle.result()) if options.wait else handle.id)
    return 0


async def _schedule(served: Sequence[Served], options: argparse.Namespace, _package: str, _roots: Sequence[str]) -> int:
    client = await Client.connect(options.address)
    for flow in served:
        for number, cron in enumerate(flow.schedules, 1):
            identifier = f"{flow.prefix}-{number}"
            given: Mapping[str, Any] = {"input": None}
            action = ScheduleActionStartWorkflow(
                f"{flow.prefix}.{flow.start}", given, id=identifier, task_queue=options.queue
            )
            try:
                await client.create_schedule(
                    identifier, Schedule(action=action, spec=ScheduleSpec(cron_expressions=[cron]))
                )
                print(f"{identifier}: {cron}")
            except ScheduleAlreadyRunningError:
                print(f"{identifier}: is there already")
    return 0
