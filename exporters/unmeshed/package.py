"""The texts of the worker modules, of the side files, and of the instructions."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from typing import Any

from exporters.base import Loss
from exporters.definition import Definition
from exporters.shared.python_text import docstring, imports, literal, quote
from exporters.unmeshed.pieces import Block, Piece
from exporters.unmeshed.process import NAMESPACE, Process, Worker

PACKAGE = "workers"


def json_text(value: object) -> str:
    """Plain data as JSON that any encoding can hold."""
    return json.dumps(value, indent=2) + "\n"


def worker_module(process: Process, definition: Definition) -> str:
    """The workers of one process: a function each, and the list that registers them."""
    head = [
        docstring(f"Workers of the process {process.name} ({definition.name}), pieces of the backend's own functions."),
        "",
        "from collections.abc import Callable",
        "from typing import Any",
        "",
        f"from {PACKAGE}.engine.blocks import Block, run",
        "",
    ]
    made = [_function(worker) for worker in process.workers]
    listed = [f"    {quote(worker.queue)}: {worker.piece.ref}," for worker in process.workers]
    kind = "dict[str, Callable[[dict[str, Any]], dict[str, Any]]]"
    tail = ["", f"WORKERS: {kind} = {{", *listed, "}", '"""Each worker by the name of its queue."""', ""]
    return "\n".join([*head, *made, *tail])


def _function(worker: Worker) -> str:
    piece = worker.piece
    lines = ["", f"def {piece.ref}(inputs: dict[str, Any]) -> dict[str, Any]:"]
    body = [docstring(f"{piece.name} ({piece.at})."), ""]
    for number, block in enumerate(piece.blocks, 1):
        body += [*_block(block, f"block_{number}"), ""]
    listed = ["blocks = ["]
    for number, block in enumerate(piece.blocks, 1):
        listed.append(f"    Block(block_{number}, {literal(block.parameters)}, {literal(block.results)}),")
    body += [*listed, "]", f"return {_call(piece, worker)}"]
    return "\n".join([*lines, textwrap.indent("\n".join(body), "    "), ""])


def _call(piece: Piece, worker: Worker) -> str:
    arguments = ["blocks", "inputs"]
    if piece.outputs:
        arguments.append(f"outputs={literal(tuple(sorted(piece.outputs)))}")
    if watched := sorted(piece.watched & piece.inputs.keys()):
        arguments.append(f"unchanged={literal(tuple(watched))}")
    if worker.receivers:
        arguments.append(f"receivers={literal(worker.receivers)}")
    if worker.handler:
        arguments.append(f"handler={quote(worker.handler)}")
    line = f"run({', '.join(arguments)})"
    return line if len(line) < 100 else "\n".join(["run(", *(f"    {argument}," for argument in arguments), ")"])


def _block(block: Block, name: str) -> list[str]:
    parameters = ", ".join(f"{parameter}: Any" for parameter in block.parameters)
    returned = "dict[str, Any]" if block.results else "None"
    needed = imports((block.module, item, item) for item in block.imports)
    body = [*needed, *([""] if needed else []), *block.code.split("\n")]
    if block.results:
        body.append("return {" + ", ".join(f"{quote(result)}: {result}" for result in block.results) + "}")
    text = textwrap.indent("\n".join(body), "    ")
    return [f"def {name}({parameters}) -> {returned}:", *(line if line.strip() else "" for line in text.split("\n"))]


def main_module(processes: Sequence[str]) -> str:
    """`python -m workers`: registers all workers with the SDK's client and serves them."""
    listed = "\n".join(f"    {quote(name)}," for name in processes)
    return _MAIN.replace("{names}", listed).replace("{package}", PACKAGE).replace("{namespace}", NAMESPACE)


def side_files(definitions: Sequence[tuple[str, Definition]]) -> dict[str, Any]:
    """What a process definition has no place for: schedules and HTTP entry points, to be set up by hand."""
    schedules: list[dict[str, Any]] = []
    endpoints: list[dict[str, Any]] = []
    for name, definition in definitions:
        for trigger in definition.triggers:
            if trigger.schedule:
                schedules.append(
                    {"process": name, "version": 1, "schedule": trigger.schedule, "input": {"arguments": {}}}
                )
            if trigger.path:
                methods = list(trigger.methods or ("POST",))
                endpoints.append({"process": name, "version": 1, "methods": methods, "path": trigger.path})
    return {"schedules.json": schedules, "api_mappings.json": endpoints}


def readme(processes: Sequence[Process], losses: Sequence[Loss]) -> str:
    """How to set the processes up, and what is left to decide."""
    listed = "\n".join(f"- `{process.name}`: {len(process.workers)} workers" for process in processes)
    lost = [f"- {_markdown(loss.where)}: {_markdown(loss.why)} (`{loss.code}`)" for loss in losses]
    text = _README.replace("{processes}", listed).replace("{package}", PACKAGE)
    return text.replace("{losses}", "\n".join(lost) or "Nothing: the processes say all that the definitions say.")


def _markdown(text: str) -> str:
    kept = "".join(c if c.isprintable() else " " for c in text)
    return "".join(f"\\{c}" if c in "\\`*_[]<>#|!&" else c for c in kept)


_MAIN = '''\
"""Serves the workers: `python -m {package} --root BACKEND`. It imports and runs the backend's own code."""

import argparse
import importlib
import os
import sys
from pathlib import Path

from unmeshed.sdk.apis.workers.worker import Worker
from unmeshed.sdk.configs.client_config import ClientConfig
from unmeshed.sdk.unmeshed_client import UnmeshedClient

from {package}.engine.applications import prepare

PROCESSES = [
{names}
]


def client_from_environment() -> UnmeshedClient:
    """A client as UNMESHED_URL, UNMESHED_PORT, UNMESHED_CLIENT_ID and UNMESHED_AUTH_TOKEN say."""
    config = ClientConfig()
    config.set_base_url(os.environ["UNMESHED_URL"])
    if port := os.environ.get("UNMESHED_PORT"):
        config.set_port(int(port))
    config.set_client_id(os.environ["UNMESHED_CLIENT_ID"])
    config.set_auth_token(os.environ["UNMESHED_AUTH_TOKEN"])
    return UnmeshedClient(config)


def register(client: UnmeshedClient) -> None:
    """Register every worker under the name of its queue."""
    for process in PROCESSES:
        module = importlib.import_module(f"{package}.{process}")
        for queue, function in module.WORKERS.items():
            client.register_worker(Worker(execution_method=function, name=queue, namespace="{namespace}"))


def main() -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="{package}")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    options = parser.parse_args()
    root = str(Path(options.root).resolve())
    sys.path.insert(0, root)
    os.chdir(root)
    prepare([Path(root)])
    client = client_from_environment()
    register(client)
    client.start()


if __name__ == "__main__":
    main()
'''
_README = """\
# Unmeshed processes

Generated by Undercurrent. `processes/` holds one process definition per file (JSON, as the SDK and the API take it),
`{package}/` their workers: pieces of the backend's own functions, cut between their effects. What a piece would put on
a queue is captured and becomes the next steps.

{processes}

## Set up

1. Create the error policies of `error_policies.json` under their names (in the console: the SDK has no call for it).
2. Create the processes: `POST api/processDefinitions` with each file of `processes/`, or the SDK's
   `create_new_process_definition`.
3. Create the schedules of `schedules.json` and the endpoints of `api_mappings.json` in the console.
4. Serve the workers, in an environment that has the backend's own requirements and `pip install unmeshed-sdk`:
   `python -m {package} --root BACKEND`, with UNMESHED_URL, UNMESHED_CLIENT_ID and UNMESHED_AUTH_TOKEN set.

A process that starts with a request takes the request as its input (`method`, `path`, `json`, …), any other one
`arguments`, by name.

## Left to decide

{losses}

There is no public validator of process definitions. These were checked against the SDK's own records and run by the
SDK's workers against a simulation of the server, not by the product.
"""
