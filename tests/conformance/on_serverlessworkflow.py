"""Serverless Workflow as a runner: the documents as the specification says them, the steps served by the package."""

from __future__ import annotations

import sys
from typing import Any

import yaml

from exporters.serverlessworkflow.export import write
from exporters.shared.identifiers import slug
from tests.conformance.children import wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages
from tests.engines.serverless_workflow import Fault, Runtime
from tests.ports import free_port


class OnServerlessWorkflow(Exported):
    """Documents of a fixture in this process, their steps in another one."""

    engine = "serverlessworkflow"

    def __init__(self) -> None:
        super().__init__()
        self._runtime: Runtime | None = None

    def serve(self) -> None:
        """Write the package and serve its steps."""
        folder = self.environment.folder / "package"
        artifacts = write(list(self.definitions.values())).artifacts
        packages.write(artifacts, folder)
        bind = f"127.0.0.1:{free_port()}"
        options = ["--bind", bind, "--root", str(self.environment.fixture.root)]
        child = self.child("workers", [sys.executable, "-m", "workers", "serve", *options], folder)

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return "serving" in child.log.read_text()

        wait_for(serves, "the workers to serve")
        documents = [yaml.safe_load(a.text) for a in artifacts if a.path.startswith("workflows/")]
        self._runtime = Runtime(documents, f"http://{bind}")

    def run(self, flow: str, payload: object) -> Any:
        """Run the first run's document."""
        assert self._runtime is not None
        start = slug(self.definitions[flow].start)
        try:
            return self._runtime.run(slug(flow), start, {"input": payload})["result"]
        except Fault as fault:
            raise WorkflowFailed from fault

    def is_idle(self) -> bool:
        """Whether nothing that was started is under way."""
        return self._runtime is not None and not self._runtime.is_busy()
