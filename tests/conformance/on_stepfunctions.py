"""Step Functions as a runner: the machines as moto plays them, the functions in a process of the backend's own."""

from __future__ import annotations

import http.client
import json
import os
import sys
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from exporters.canonical.records import Definition
from exporters.stepfunctions.elements import logical, placeholder
from exporters.stepfunctions.export import write
from exporters.stepfunctions.machine import machine
from exporters.stepfunctions.tasks import WORKERS
from tests.conformance.children import answers_on, wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages
from tests.exporters.stepfunctions.engine import Engine, FunctionError, engine
from tests.ports import free_port

_SERVER = Path(__file__).with_name("programs") / "functions.py"


class OnStepFunctions(Exported):
    """Machines of a fixture in this process, their functions in another one."""

    engine = "stepfunctions"
    patience = 3.0

    def __init__(self) -> None:
        super().__init__()
        self._stack = ExitStack()
        self._engines: Engine | None = None
        self._port = free_port()
        self._endless: set[str] = set()

    def serve(self) -> None:
        """Write the package, start its functions, make its machines known."""
        folder = self.environment.folder / "package"
        packages.write(write(list(self.definitions.values())).artifacts, folder)
        root = str(self.environment.fixture.root)
        self.environment.variables["PYTHONPATH"] = os.pathsep.join([str(folder), root])
        child = self.child("functions", [sys.executable, str(_SERVER), str(self._port)], Path(root))

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return "serving" in child.log.read_text()

        wait_for(serves, "the functions to be served")
        machines = {
            f"{name}{logical(run.id)}": _named(machine(run, definition), name, definition)
            for name, definition in self.definitions.items()
            for run in definition.runs
        }
        self._engines = self._stack.enter_context(engine(machines, self._call))

    def run(self, flow: str, payload: object) -> Any:
        """Start the machine of the first run and wait for it."""
        assert self._engines is not None
        seconds = self.patience * self.environment.scenario.seconds
        told = self._engines.run(self._first(flow), payload, seconds, alone=False)
        if told["status"] != "SUCCEEDED":
            raise WorkflowFailed(told.get("error"), told.get("cause"))
        return json.loads(told.get("output", "null"))

    def begin(self, flow: str) -> None:
        """Start the machine of the first run."""
        assert self._engines is not None
        self._endless.add(self._engines.begin(self._first(flow), None))

    def is_idle(self) -> bool:
        """Whether no machine is under way."""
        return self._engines is not None and self._engines.running() <= self._endless

    def stop(self) -> None:
        """End the machines and the functions."""
        if self._engines is not None:
            self._engines.stop()
        self._stack.close()
        super().stop()

    def _first(self, flow: str) -> str:
        return f"{flow}{logical(self.definitions[flow].start)}"

    def _call(self, event: Any, function: str) -> Any:
        # Where a function has died, Lambda begins another one.
        wait_for(lambda: answers_on(self._port), "the functions to be served")
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/{function}", json.dumps(event).encode(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise FunctionError(json.loads(error.read())) from error
        except (http.client.HTTPException, OSError) as error:
            raise FunctionError({"errorType": "Runtime.ExitError", "errorMessage": str(error)}) from error


def _named(document: dict[str, Any], flow: str, definition: Definition) -> dict[str, Any]:
    """The machine with the names of its own workflow in the placeholders, as a template puts them in."""
    text = json.dumps(document)
    for run in definition.runs:
        text = text.replace(placeholder(run.id), f"${{{flow}{logical(run.id)}}}")
    return json.loads(text.replace(WORKERS, flow))
