"""Conductor as a runner: the package on a real server."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
from typing import Any

from exporters.conductor.export import write
from exporters.conductor.runtime.ordering import named
from tests.conformance.children import wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import conductor_api, packages
from tests.engines.conductor import Server


class OnConductor(Exported):
    """Workflows of a fixture on a server that other runs share, one after the other."""

    engine = "conductor"
    patience = 6.0

    def __init__(self, server: Server, *, is_killed: bool = False) -> None:
        super().__init__()
        self._server = server
        self._address = server.address
        self._is_killed = is_killed
        self._endless: set[str] = set()

    def serve(self) -> None:
        """Write the package, make its definitions known, start its worker."""
        folder = self.environment.folder / "package"
        packages.write(write(list(self.definitions.values())).artifacts, folder)
        command = [sys.executable, "-m", "workers"]
        subprocess.run([*command, "register", "--server", self._address], cwd=folder, check=True, timeout=120)
        options = ["--server", self._address, "--root", str(self.environment.fixture.root)]
        child = self.child("worker", [*command, "serve", *options], folder)

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return "serving" in child.log.read_text()

        wait_for(serves, "the worker to serve")

    def run(self, flow: str, payload: object) -> Any:
        """Start the workflow and wait for it."""
        identifier = self._started(flow, payload)
        told = conductor_api.ended(self._address, identifier, self.patience * self.environment.scenario.seconds)
        if told["status"] != "COMPLETED":
            raise WorkflowFailed(told.get("reasonForIncompletion"))
        return told["output"]["result"]

    def begin(self, flow: str) -> None:
        """Start it on the server."""
        self._endless.add(self._started(flow, None))

    def is_idle(self) -> bool:
        """Whether no workflow is under way."""
        return self._running() <= self._endless

    def kill(self, port: int) -> None:
        """Kill the worker that calls from the port, the server too if this is asked for, and start them again."""
        super().kill(port)
        if self._is_killed:
            self._server.kill()

    def stop(self) -> None:
        """End the worker, and what it leaves: a later run's worker would take it up."""
        super().stop()
        for identifier in self._running():
            try:
                conductor_api.terminate(self._address, identifier)
            except urllib.error.HTTPError:
                continue  # It has ended by itself, or with the one around it.

    def _started(self, flow: str, payload: object) -> str:
        return conductor_api.started(self._address, f"{flow}.{self.definitions[flow].start}", payload)

    def _running(self) -> set[str]:
        names = [f"{flow}.{run.id}" for flow, definition in self.definitions.items() for run in definition.runs]
        names += [named(flow) for flow in self.definitions]
        return {one for name in names for one in conductor_api.running(self._address, name)}
