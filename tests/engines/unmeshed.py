"""A stand-in for the Unmeshed server: it runs process definitions as the public documentation describes them.

It is our reading of the documentation, not the product: it proves that an export is consistent in itself, and that the
official SDK's workers serve it. Scripts are really run, by node.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.engines.processes import running

_TEMPLATE = re.compile(r"\{\{ ([\w.]+) \}\}")
Json = dict[str, Any]
_MISSING = object()
_EVALUATE = """
const lines = require('readline').createInterface({ input: process.stdin });
lines.on('line', line => {
  const { script, steps, context } = JSON.parse(line);
  let told;
  try { told = { value: eval(script)(steps, context) }; } catch (error) { told = { error: String(error) }; }
  console.log(JSON.stringify(told));
});
"""


class StepFailed(Exception):  # noqa: N818 - as the server says it
    """A step failed after its last try."""


class Scripts:
    """Runs the scripts of steps."""

    def __init__(self, node: str) -> None:
        self._process = subprocess.Popen(
            [node, "-e", _EVALUATE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self._one = threading.Lock()

    def run(self, script: str, steps: Json, context: Json) -> Any:
        """What a script returns."""
        assert self._process.stdin
        assert self._process.stdout
        with self._one:
            self._process.stdin.write(json.dumps({"script": script, "steps": steps, "context": context}) + "\n")
            self._process.stdin.flush()
            told = json.loads(self._process.stdout.readline())
        if "error" in told:
            raise RuntimeError(told["error"])
        return told.get("value")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(10)


class Simulation:
    """Process definitions, error policies, and a way to call workers."""

    def __init__(
        self, definitions: list[Json], policies: Json, call: Callable[[str, Json], Json], scripts: Scripts
    ) -> None:
        self._definitions = {definition["name"]: definition for definition in definitions}
        self._policies = policies
        self._call = call
        self._scripts = scripts
        self._ids = itertools.count(1)
        self._apart: list[threading.Thread] = []
        self.records: list[Json] = []

    def begin(self, name: str, given: Any) -> Json:
        """Start a process in a thread of its own; its record, which grows."""
        record: Json = {"id": next(self._ids), "name": name, "status": "RUNNING", "steps": {}}
        self.records.append(record)
        thread = threading.Thread(target=self._process, args=(record, given), daemon=True)
        self._apart.append(thread)
        thread.start()
        return record

    def run(self, name: str, given: Any) -> Json:
        """Run a process and everything that it starts; the record of the first one."""
        record = self.begin(name, given)
        while self._apart:
            self._apart.pop().join()
        return record

    def under_way(self) -> set[int]:
        """The ids of processes that have not ended."""
        return {record["id"] for record in self.records if record["status"] == "RUNNING"}

    def _process(self, record: Json, given: Any) -> None:
        definition = self._definitions[record["name"]]
        context = {"input": given, "id": record["id"], "state": {}}
        scope = {"steps": record["steps"], "context": context}
        try:
            self._sequence(definition["steps"], scope)
            record["output"] = _resolved(definition["outputMapping"], scope)
            record["status"] = "COMPLETED"
        except StepFailed as error:
            record["error"] = str(error)
            if failing := definition["configuration"].get("onFailProcess"):
                self.begin(failing["name"], _resolved(failing["input"], scope))
            record["status"] = "FAILED"

    def _sequence(self, steps: list[Json], scope: Json) -> None:
        for step in steps:
            self._one(step, scope)

    def _one(self, step: Json, scope: Json, ref: str = "") -> None:
        mine: Json = {"start": int(time.time() * 1000), "status": "RUNNING", "runs": 0, "output": {}}
        scope["steps"][ref or step["ref"]] = mine
        policy = self._policies.get(step["configuration"].get("errorPolicyName", ""), {}).get("errorConfiguration", {})
        while True:
            mine["runs"] += 1
            try:
                mine["output"] = self._output(step, scope, mine)
                break
            except StepFailed:
                raise
            except Exception as error:
                if mine["runs"] > policy.get("retryCount", 0):
                    mine.update(status="FAILED", error=str(error), output={"lastError": str(error)})
                    raise StepFailed(f"{step['ref']}: {error}") from error
                growth = 2 ** (mine["runs"] - 1) if policy["retryBackoffExponential"] else 1
                time.sleep(policy["retryInterval"] / 1000 * growth)
        mine["status"] = "COMPLETED"

    def _output(self, step: Json, scope: Json, mine: Json) -> Json:
        given = step["input"]
        match step["type"]:
            case "WORKER":
                return self._call(step["name"], _resolved(given, scope))
            case "SWITCH":
                found = self._script(given["script"], scope, mine)
                target = next((m for m in given["responseMapping"] if m.get("value") == found), None)
                target = target or next(m for m in given["responseMapping"] if m.get("defaultBranch"))
                self._one(next(c for c in step["children"] if c["ref"] == target["targetRef"]), scope)
                return {"output": found}
            case "LIST":
                self._sequence(step["children"], scope)
                return {}
            case "PARALLEL":
                self._side_by_side(step["children"], scope)
                return {}
            case "FOREACH":
                self._each(step, scope)
                return {}
            case "SUB_PROCESS":
                self.begin(given["processName"], _resolved(given["input"], scope))
                return {}
            case "WAIT":
                until = self._script(given["script"], scope, mine)["waitUntil"]
                time.sleep(max(0.0, until / 1000 - time.time()))
                return {}
            case "JAVASCRIPT":
                return {"result": self._script(given["script"], scope, mine)}
            case "NOOP":
                return {}
            case other:
                raise RuntimeError(f"{other} is not simulated")

    def _script(self, script: str, scope: Json, mine: Json) -> Any:
        steps = {ref: step for ref, step in scope["steps"].items() if step is not mine}
        return self._scripts.run(script, {**steps, "__self": mine}, scope["context"])

    def _side_by_side(self, children: list[Json], scope: Json) -> None:
        with ThreadPoolExecutor(len(children) or 1) as pool:
            found = [pool.submit(self._one, child, scope) for child in children]
        for one in found:
            one.result()

    def _each(self, step: Json, scope: Json) -> None:
        (child,) = step["children"]
        values = _resolved(step["input"]["inputArray"], scope)

        def turn(pair: tuple[int, Any]) -> None:
            index, value = pair
            self._one(child, {**scope, "foreach": {"value": value, "index": index}}, f"{child['ref']}[{index}]")

        with ThreadPoolExecutor(step["input"].get("concurrency", 1)) as pool:
            for _ in pool.map(turn, enumerate(values)):
                pass


def _resolved(given: Any, scope: Json) -> Any:
    """The input with the values of its templates; keys whose value nobody has left are left out."""
    if isinstance(given, dict):
        found = {key: _resolved(value, scope) for key, value in given.items()}
        return {key: value for key, value in found.items() if value is not _MISSING}
    if isinstance(given, list):
        return [_resolved(value, scope) for value in given]
    if isinstance(given, str) and (match := _TEMPLATE.fullmatch(given)):
        value: Any = scope
        for part in match.group(1).split("."):
            if not isinstance(value, dict) or part not in value:
                return _MISSING
            value = value[part]
        return value
    return given


class Queues:
    """Work that waits for a worker, what one has taken, and results that wait for the simulation."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Json]] = defaultdict(deque)
        self._taken: dict[int, Json] = {}
        self._results: dict[int, Json] = {}
        self._ids = itertools.count(1)
        self._changed = threading.Condition()

    def give_again(self) -> None:
        """Give what a worker has taken and not answered to another: as after its response time is over."""
        with self._changed:
            for item in self._taken.values():
                self._waiting[item["stepName"]].append(item)
            self._taken.clear()

    def call(self, queue: str, given: Json) -> Json:
        """Put work on a queue and wait for what the worker makes of it."""
        number, now = next(self._ids), int(time.time() * 1000)
        item = {
            "processId": number,
            "stepId": number,
            "stepExecutionId": number,
            "shardInstanceId": None,
            "stepName": queue,
            "stepNamespace": "default",
            "stepRef": queue,
            "inputParam": given,
            "isOptional": False,
            "polled": now,
            "scheduled": now,
            "updated": now,
            "priority": 0,
        }
        with self._changed:
            self._waiting[queue].append(item)
            if not self._changed.wait_for(lambda: number in self._results, timeout=60):
                raise RuntimeError(f"no worker has done {queue}")
            result = self._results.pop(number)
        if result["status"] != "COMPLETED":
            raise RuntimeError(result["output"].get("lastError"))
        return result["output"]

    def take(self, wanted: list[Json]) -> list[Json]:
        """What a poll gets."""
        with self._changed:
            found = [
                self._waiting[one["stepQueueNameData"]["name"]].popleft()
                for one in wanted
                for _ in range(min(one["size"], len(self._waiting[one["stepQueueNameData"]["name"]])))
            ]
            self._taken |= {item["stepId"]: item for item in found}
            return found

    def give(self, results: list[Json]) -> None:
        """Results from a worker."""
        with self._changed:
            for result in results:
                self._results[result["stepId"]] = result
                self._taken.pop(result["stepId"], None)
            self._changed.notify_all()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    queues: Queues

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body: Any = json.loads(self.rfile.read(length)) if length else None
        if not (self.headers.get("Authorization") or "").startswith("Bearer client.sdk."):
            self._answer({"errorMessage": "no authorization"}, 401)
        elif self.path.startswith("/api/clients/register"):
            self._answer(body)
        elif self.path.startswith("/api/clients/poll"):
            self._answer(self.queues.take(body))
        elif self.path.startswith("/api/clients/bulkResults"):
            self.queues.give(body)
            self._answer({str(r["stepId"]): {"processId": r["processId"], "stepId": r["stepId"]} for r in body})
        else:
            self._answer({"errorMessage": f"{self.path} is not simulated"}, 404)

    def do_PUT(self) -> None:
        self.do_POST()

    def _answer(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        pass


@contextmanager
def served(queues: Queues) -> Generator[dict[str, str]]:
    """The server on loopback; the variables that tell workers where it is."""
    handler = type("Handler", (_Handler,), {"queues": queues})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield {
            "UNMESHED_URL": "http://127.0.0.1",
            "UNMESHED_PORT": str(server.server_address[1]),
            "UNMESHED_CLIENT_ID": "test",
            "UNMESHED_AUTH_TOKEN": "test",
        }
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def scripts() -> Generator[Scripts]:
    """What runs the scripts; without node there is none."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("the scripts of processes need node")
    made = Scripts(node)
    try:
        yield made
    finally:
        made.close()


def simulation(package: Path, queues: Queues, runner: Scripts) -> Simulation:
    """The processes of an exported package."""
    files = sorted((package / "processes").glob("*.json"))
    policies = json.loads((package / "error_policies.json").read_text())
    return Simulation([json.loads(file.read_text()) for file in files], policies, queues.call, runner)


@contextmanager
def working(package: Path, backend: Path, variables: dict[str, str]) -> Generator[None]:
    """The package's workers, as the official SDK serves them."""
    log = package / "worker.log"
    command = [sys.executable, "-m", "workers", "--root", str(backend)]
    with running(command, log, lambda: "serving" in log.read_text(), folder=package, variables=variables):
        yield
