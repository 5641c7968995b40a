"""Restate as a runner: the package on a real server."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
import uuid
from typing import Any

from exporters.restate.export import write
from tests.conformance.children import answers_on, wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.engines import packages
from tests.engines.restate import Server
from tests.ports import free_port

_LONGEST = 60
"""Seconds that a workflow may take to answer."""


class OnRestate(Exported):
    """Workflows of a fixture on a server that other runs may share: the run that registers last gets what comes."""

    engine = "restate"

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server
        self._port = free_port()
        self._endless: list[str] = []

    def serve(self) -> None:
        """Write the package, start it, make it known to the server."""
        folder = self.environment.folder / "package"
        packages.write(write(list(self.definitions.values())).artifacts, folder)
        options = ["--bind", f"127.0.0.1:{self._port}", "--root", str(self.environment.fixture.root)]
        child = self.child("worker", [sys.executable, "-m", "workers", "serve", *options], folder)

        def serves() -> bool:
            assert child.process.poll() is None, self.logs()
            return answers_on(self._port)

        wait_for(serves, "the worker to serve")
        self._post(f"{self._server.admin}/deployments", {"uri": f"http://127.0.0.1:{self._port}", "force": True})

    def run(self, flow: str, payload: object) -> Any:
        """Start the workflow and wait for it."""
        try:
            return self._post(self._address(flow, str(uuid.uuid4())), {"input": payload})
        except urllib.error.HTTPError as error:
            raise WorkflowFailed from error

    def begin(self, flow: str) -> None:
        """Send it to the server, which takes it and answers at once."""
        self._endless.append(str(uuid.uuid4()))
        self._post(f"{self._address(flow, self._endless[-1])}/send", {"input": None})

    def _address(self, flow: str, key: str) -> str:
        return f"{self._server.ingress}/{flow}.{self.definitions[flow].start}/{key}/run"

    def is_idle(self) -> bool:
        """Whether no invocation of this run's worker is under way."""
        endless = ", ".join(f"'{key}'" for key in ["", *self._endless])
        asked = (
            "SELECT count(*) AS open FROM sys_invocation i JOIN sys_deployment d ON i.pinned_deployment_id = d.id "
            f"WHERE i.status <> 'completed' AND d.endpoint LIKE '%:{self._port}/%' "
            f"AND coalesce(i.target_service_key, '-') NOT IN ({endless})"
        )
        waiting = "SELECT count(*) AS open FROM sys_invocation WHERE status IN ('scheduled', 'inboxed', 'pending')"
        return not any(self._count(query) for query in (asked, waiting))

    def _count(self, query: str) -> int:
        return int(self._post(f"{self._server.admin}/query", {"query": query})["rows"][0]["open"])

    def _post(self, url: str, given: object) -> Any:
        headers = {"content-type": "application/json", "accept": "application/json"}
        request = urllib.request.Request(url, data=json.dumps(given).encode(), headers=headers, method="POST")
        with urllib.request.urlopen(request, timeout=_LONGEST) as answer:
            return json.loads(answer.read() or b"null")
