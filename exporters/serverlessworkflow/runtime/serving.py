"""`python -m workers`: serves the steps of the workflows to their runtime, over HTTP."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from exporters.python_code.runtime.endings import of_run, piece
from exporters.worker.backend import Served, load_workers
from exporters.worker.performing import Workers
from exporters.worker.settings import enter


def main(served: Sequence[Served], package: str, roots: Sequence[str]) -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(prog=package, description="It imports and runs the backend's own code.")
    parser.add_argument("action", choices=("serve",))
    parser.add_argument("--root", default=".", help="the backend's folder, from which its modules are imported")
    parser.add_argument("--bind", default="127.0.0.1:8080", help="where to listen; anybody who reaches it runs steps")
    options = parser.parse_args()
    folder = enter(options.root, roots)
    workers = {flow.prefix: load_workers(package, flow.prefix, folder) for flow in served}
    host, _, port = options.bind.rpartition(":")
    with ThreadingHTTPServer((host, int(port)), _handler(workers)) as server:
        print("serving", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 130
    return 0


def answered(workers: Workers, given: dict[str, Any]) -> dict[str, Any]:
    """What a workflow asks: a step, a condition, a run's beginning, the framework's answer to an error."""
    return piece(workers, given) if "step" in given else of_run(workers, given)


def _handler(workers: Mapping[str, Workers]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One request: the path names the workflow, the body what it asks."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Do the work and give what came of it."""
            found = workers.get(self.path.strip("/"))
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                status, told = (404, None) if found is None else (200, answered(found, json.loads(body)))
            except (KeyError, TypeError, ValueError) as error:
                status, told = 400, {"title": f"{type(error).__name__}: {error}"}
            data = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
