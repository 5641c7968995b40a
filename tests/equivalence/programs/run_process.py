"""Runs an exported Unmeshed process in the simulation. Arguments: one JSON object.

With `sdk` the official SDK's client polls and runs the workers over HTTP; without, they are called directly.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from simulation import Simulation

wanted = json.loads(sys.argv[1])
folder = Path(wanted["folder"])
sys.path[:0] = [str(folder), wanted["root"]]
os.chdir(wanted["root"])
definitions = [json.loads(file.read_text()) for file in sorted((folder / "processes").glob("*.json"))]
policies = json.loads((folder / "error_policies.json").read_text())


def direct(_record: dict[str, Any], queue: str, given: dict[str, Any]) -> dict[str, Any]:
    module = importlib.import_module(f"workers.{queue.partition('.')[0]}")
    return json.loads(json.dumps(module.WORKERS[queue](json.loads(json.dumps(given)))))


if wanted["sdk"]:
    from sdk_server import Queues, serve

    queues = Queues()
    os.environ["UNMESHED_URL"] = "http://127.0.0.1"
    os.environ["UNMESHED_PORT"] = str(serve(queues))
    os.environ["UNMESHED_CLIENT_ID"] = "test"
    os.environ["UNMESHED_AUTH_TOKEN"] = "test"
    main = importlib.import_module("workers.__main__")
    client = main.client_from_environment()
    main.register(client)
    threading.Thread(target=client.start, daemon=True).start()
    simulation = Simulation(definitions, policies, queues.call)
else:
    simulation = Simulation(definitions, policies, direct)
record = simulation.run(wanted["process"], wanted["input"])
report = {"status": record["status"], "steps": record["steps"], "error": record.get("error", "")}
sys.stdout.write(json.dumps({**report, "processes": [[r["name"], r["status"]] for r in simulation.records]}))
sys.stdout.flush()
os._exit(0)  # The SDK's threads never end by themselves.
