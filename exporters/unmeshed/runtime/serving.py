"""`python -m workers`: serves the workers with the official SDK's client."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from unmeshed.sdk.apis.workers.worker import Worker
from unmeshed.sdk.configs.client_config import ClientConfig
from unmeshed.sdk.unmeshed_client import UnmeshedClient

from exporters.unmeshed.runtime.keeping import asked, begun, failed, kept, piece, told
from exporters.worker.backend import load_workers
from exporters.worker.performing import Workers
from exporters.worker.settings import enter

Function = Callable[[dict[str, Any]], dict[str, Any]]
Served = Mapping[str, Any]
"""A worker as `workers.json` has it: its queue, its flow, and what it does."""


def main(flows: Sequence[str], package: str, namespace: str, roots: Sequence[str]) -> None:
    """Read the command line and serve until interrupted."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    options = parser.parse_args()
    client = client_from_environment()
    for queue, function in functions(flows, package, Path(options.root).resolve(), roots).items():
        client.register_worker(Worker(execution_method=function, name=queue, namespace=namespace))
    print("serving", flush=True)
    client.start()


def functions(flows: Sequence[str], package: str, root: Path, roots: Sequence[str]) -> dict[str, Function]:
    """The function of each queue."""
    enter(root, roots)
    folder = Path(__file__).resolve().parents[1]
    found: dict[str, Function] = {}
    for flow in flows:
        workers = load_workers(package, flow, root)
        for served in json.loads((folder / flow / "workers.json").read_text(encoding="utf-8")):
            found[served["queue"]] = _function(workers, served)
    return found


def client_from_environment() -> UnmeshedClient:
    """A client as UNMESHED_URL, UNMESHED_PORT, UNMESHED_CLIENT_ID and UNMESHED_AUTH_TOKEN say."""
    config = ClientConfig()
    config.set_base_url(os.environ["UNMESHED_URL"])
    if port := os.environ.get("UNMESHED_PORT"):
        config.set_port(int(port))
    config.set_client_id(os.environ["UNMESHED_CLIENT_ID"])
    config.set_auth_token(os.environ["UNMESHED_AUTH_TOKEN"])
    return UnmeshedClient(config)


def _function(workers: Workers, served: Served) -> Function:
    """What the SDK calls: it asks for one parameter, annotated as a plain dict."""

    def work(given: dict) -> dict:  # type: ignore[type-arg]
        return told(workers, lambda: _done(workers, served, given), tells=bool(served.get("tells")))

    work.__annotations__ = {"given": dict, "return": dict}
    return work


def _done(workers: Workers, served: Served, given: Mapping[str, Any]) -> dict[str, Any]:
    match served["does"]:
        case "begin":
            return begun(workers, served["run"], given)
        case "ask":
            return asked(workers, served["step"], given)
        case "failed":
            return failed(workers, given)
        case "kept":
            return kept(workers, served, given)
        case _:
            return piece(workers, served, given)
