"""Temporal as a runner: the package on a real server."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowFailureError
from temporalio.service import RPCError

from exporters.temporal.export import write
from tests.conformance.children import wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages


class OnTemporal(Exported):
    """Workflows of a fixture on a server that other runs may share: each run has a task queue of its own."""

    engine = "temporal"

    def __init__(self, address: str) -> None:
        super().__init__()
        self._address = address
        self._queue = f"run-{uuid.uuid4()}"
        self._endless: dict[str, str] = {}
        self._schedules: list[str] = []

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
            raise WorkflowFailed(_told(error)) from error

    def begin(self, flow: str) -> None:
        """Start it on the server."""
        asyncio.run(self._begin(flow))

    async def _begin(self, flow: str) -> None:
        client = await Client.connect(self._address)
        name = f"{flow}.{self.definitions[flow].start}"
        self._endless[name] = f"{name}-{uuid.uuid4()}"
        await client.start_workflow(name, {"input": None}, id=self._endless[name], task_queue=self._queue)

    def tick(self, flow: str) -> None:
        """Set the package's own schedules up, and have the server take this one's action."""
        options = ["--address", self._address, "--queue", self._queue]
        command = [sys.executable, "-m", "workers", "schedule", flow, *options]
        folder = self.environment.folder / "package"
        told = subprocess.run(
            command, env=self.environment.variables, cwd=folder, capture_output=True, text=True, timeout=60, check=True
        )
        for line in told.stdout.splitlines():
            asyncio.run(self._trigger(line.partition(":")[0]))

    async def _trigger(self, schedule: str) -> None:
        client = await Client.connect(self._address)
        self._schedules.append(schedule)
        await client.get_schedule_handle(schedule).trigger()

    def stop(self) -> None:
        """End what goes on, and the workers."""
        asyncio.run(self._end())
        super().stop()

    async def _end(self) -> None:
        client = await Client.connect(self._address)
        for schedule in self._schedules:
            await client.get_schedule_handle(schedule).delete()
        for identifier in self._endless.values():
            with suppress(RPCError):
                await client.get_workflow_handle(identifier).terminate()

    def is_idle(self) -> bool:
        """Whether no workflow of this run's queue is under way."""
        return asyncio.run(self._is_idle())

    async def _is_idle(self) -> bool:
        client = await Client.connect(self._address)
        found = client.list_workflows(f'TaskQueue="{self._queue}" AND ExecutionStatus="Running"')
        return not [one async for one in found if one.workflow_type not in self._endless]


def _told(error: BaseException) -> str:
    """The failure and what it comes from, to the bottom."""
    cause = error.__cause__
    return f"{type(error).__name__}: {error}" + (f"\n  from {_told(cause)}" if cause else "")
