"""Temporal as a runner: the package on a real server."""

from __future__ import annotations

import asyncio
import sys
import uuid
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowFailureError

from exporters.temporal.export import write
from tests.conformance.children import wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages


class OnTemporal(Exported):
    """Workflows of a fixture on a server that other runs may share: each run has a task queue of its own."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._queue = f"run-{uuid.uuid4()}"

    def serve(self) -> None:
        """Write the package and start its worker."""
        folder = self.environment.folder / "package"
        packages.write(write(list(self.definitions.values())).artifacts, folder)
        options = ["--address", self._address, "--queue", self._queue, "--root", str(self.environment.fixture.root)]
        child = self.child("worker", [sys.executable, "-m", "workers", "serve", *options], folder)

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return "serving" in child.log.read_text()

        wait_for(serves, "the worker to serve")

    def run(self, flow: str, payload: object) -> Any:
        """Start the workflow and wait for it."""
        return asyncio.run(self._run(f"{flow}.{self.definitions[flow].start}", payload))

    async def _run(self, workflow: str, payload: object) -> Any:
        client = await Client.connect(self._address)
        identifier = f"{workflow}-{uuid.uuid4()}"
        try:
            return await client.execute_workflow(
                workflow,
                {"input": payload},
                id=identifier,
                task_queue=self._queue,
                execution_timeout=timedelta(seconds=2 * self.environment.scenario.seconds),
            )
        except WorkflowFailureError as error:
            raise WorkflowFailed from error

    def is_idle(self) -> bool:
        """Whether no workflow of this run's queue is under way."""
        return asyncio.run(self._is_idle())

    async def _is_idle(self) -> bool:
        client = await Client.connect(self._address)
        found = client.list_workflows(f'TaskQueue="{self._queue}" AND ExecutionStatus="Running"')
        return not [one async for one in found]
