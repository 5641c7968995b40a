"""BPMN on SpiffWorkflow as a runner: the package's own command serves the files."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from typing import Any

from exporters.bpmn.export import write
from tests.conformance.children import wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages
from tests.ports import free_ports

_LONGEST = 120
"""Seconds for one answer, and for a server that was killed to be there again."""


class OnBpmn(Exported):
    """Workflows of a fixture, each run's state in one file of the scenario's own."""

    engine = "bpmn"

    def __init__(self) -> None:
        super().__init__()
        (port,) = free_ports(1)
        self._port = port

    def serve(self) -> None:
        """Write the package and start its command."""
        folder = self.environment.folder / "package"
        packages.write(write(list(self.definitions.values())).artifacts, folder)
        options = ["--port", str(self._port), "--root", str(self.environment.fixture.root)]
        options += ["--state", str(self.environment.folder / "runs.sqlite")]
        child = self.child("worker", [sys.executable, "-m", "workers", "serve", *options], folder)

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return "serving on" in child.log.read_text()

        wait_for(serves, "the package to serve")

    def run(self, flow: str, payload: object) -> Any:
        """Start the workflow and wait for it; a server that dies meanwhile goes on with it when it is back."""
        started = self._asked(f"start/{flow}", payload)
        if "run" not in started:
            raise WorkflowFailed
        end = time.monotonic() + _LONGEST
        while time.monotonic() < end:
            told = self._asked(f"runs/{started['run']}", None)
            if told["status"] == "ok":
                return told["result"]
            if told["status"] not in {"open", "waiting"}:
                raise WorkflowFailed
            time.sleep(0.05)
        raise AssertionError(f"{flow} has not ended after {_LONGEST} s: {self.logs()}")

    def is_idle(self) -> bool:
        """Whether no run is under way."""
        return self._asked("", None)["open"] == 0

    def _asked(self, path: str, payload: object) -> dict[str, Any]:
        end = time.monotonic() + _LONGEST
        url = f"http://127.0.0.1:{self._port}/{path}"
        while True:
            request = urllib.request.Request(url, data=json.dumps(payload).encode() if "start/" in path else None)
            try:
                with urllib.request.urlopen(request, timeout=_LONGEST) as answer:
                    return json.loads(answer.read())
            except urllib.error.HTTPError as error:
                return json.loads(error.read())
            except OSError:
                assert time.monotonic() < end, self.logs()
                time.sleep(0.1)
