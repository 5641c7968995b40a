"""Unmeshed as a runner: the official SDK serves the package's workers to a simulation of the server."""

from __future__ import annotations

import json
import re
import sys
import time
from contextlib import ExitStack
from typing import Any

from exporters.unmeshed.export import write
from tests.conformance.children import wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages, unmeshed

_ENDED = '{"ended": '
_RESULT = re.compile(r"\{\{ steps\.(\w+)\.output\.([\w.]+) \}\}")


class OnUnmeshed(Exported):
    """Workflows of a fixture, on a server of the scenario's own."""

    engine = "unmeshed"
    patience = 3.0

    def __init__(self, scripts: unmeshed.Scripts) -> None:
        super().__init__()
        self._scripts = scripts
        self._queues = unmeshed.Queues()
        self._stack = ExitStack()
        self._simulation: unmeshed.Simulation | None = None
        self._results: dict[str, tuple[str, list[str]]] = {}
        self._endless: list[int] = []

    def serve(self) -> None:
        """Write the package, start the server and the workers."""
        folder = self.environment.folder / "package"
        packages.write(write(list(self.definitions.values())).artifacts, folder)
        self._simulation = unmeshed.simulation(folder, self._queues, self._scripts)
        for file in (folder / "processes").glob("*.json"):
            told = json.loads(file.read_text())
            if found := _RESULT.fullmatch(told["outputMapping"].get("result", "")):
                self._results[told["name"]] = (found.group(1), found.group(2).split("."))
        self.environment.variables.update(self._stack.enter_context(unmeshed.served(self._queues)))
        command = [sys.executable, "-m", "workers", "--root", str(self.environment.fixture.root)]
        child = self.child("worker", command, folder)

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return "serving" in child.log.read_text()

        wait_for(serves, "the workers to serve")

    def run(self, flow: str, payload: object) -> Any:
        """Start the process; its result is there before those that follow it in the same process have ended."""
        assert self._simulation is not None
        record = self._simulation.begin(flow, {} if payload is None else payload)
        ref, keys = self._results.get(flow, ("", []))
        end = time.monotonic() + self.patience * self.environment.scenario.seconds
        while record["status"] == "RUNNING" and time.monotonic() < end:
            step = record["steps"].get(ref, {})
            if step.get("status") == "COMPLETED":
                value = step["output"]
                for key in keys:
                    value = value[key]
                return value
            time.sleep(0.02)
        if record["status"] == "FAILED":
            return _ended(record["error"])
        return record.get("output", {}).get("result")

    def begin(self, flow: str) -> None:
        """Start the process."""
        assert self._simulation is not None
        self._endless.append(self._simulation.begin(flow, {})["id"])

    def is_idle(self) -> bool:
        """Whether no process is under way."""
        return self._simulation is None or self._simulation.under_way() <= {*self._endless}

    def kill(self, port: int) -> None:
        """Kill the worker, start it again, and give it again what it had."""
        super().kill(port)
        self._queues.give_again()

    def stop(self) -> None:
        """End the workers and the server."""
        super().stop()
        self._stack.close()


def _ended(error: str) -> Any:
    """What a run that has ended early returns; any other error is a failure."""
    if _ENDED not in error:
        raise WorkflowFailed(error)
    told, _ = json.JSONDecoder().raw_decode(error[error.index(_ENDED) :])
    return told["ended"]
