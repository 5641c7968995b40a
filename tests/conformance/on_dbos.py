"""The embedded engine as a runner: `undercurrent run --listen` for each workflow that a scenario starts."""

from __future__ import annotations

import http.client
import json
import sqlite3
import sys
import threading
import urllib.error
import urllib.request
import uuid
from base64 import b64decode
from contextlib import closing
from typing import Any

import psycopg
from psycopg import sql

from exporters.canonical.write import definition_text
from tests.conformance.children import answers_on, kill_holder, wait_for
from tests.conformance.exported import Exported, WorkflowFailed
from tests.conformance.original import NO_ANSWER
from tests.ports import free_port

_UNDER_WAY = "SELECT workflow_uuid FROM {}workflow_status WHERE status IN ('PENDING', 'ENQUEUED', 'DELAYED')"
_ACCEPTED = 202
_SERVER_ERROR = 500
_ANSWER_SECONDS = 15
"""How long a request that is open may take to be answered before its process is killed."""


class OnDbos(Exported):
    """Definitions of a fixture, each served by a process with an SQLite file of its own."""

    engine = "dbos"

    def __init__(self) -> None:
        super().__init__()
        self._ports: dict[str, int] = {}
        self._endless: list[str] = []
        """Ids of runs that go on for as long as the backend runs."""
        self._quiet = threading.Event()
        """No request is open."""
        self._quiet.set()
        self._restarting = threading.Lock()

    def serve(self) -> None:
        """Serve each workflow that the scenario starts by a process of its own, all of them at once."""
        for flow in self.wanted():
            self._serve(flow)
        for flow in self._ports:
            self._wait_for(flow)

    def run(self, flow: str, payload: object) -> Any:
        """Send the request to the workflow's server; what starts by no request is started and waited for."""
        request = payload if isinstance(payload, dict) else {}
        status, body = self._sent(flow, request, payload)
        if request:
            return {"status": status, "body": body}
        if status >= _SERVER_ERROR:
            raise WorkflowFailed(body)
        wait_for(self.is_idle, f"{flow} to end", self.environment.scenario.seconds)
        return None

    def begin(self, flow: str) -> None:
        """Start it on its server, which tells its run's id."""
        status, body = self._sent(flow, {}, None)
        assert status == _ACCEPTED, body
        self._endless.append(json.loads(body)["run"])

    def is_idle(self) -> bool:
        """Whether no workflow is under way."""
        return self.under_way() <= {*self._endless}

    def under_way(self) -> set[str]:
        """The ids of runs that have not ended."""
        return {run for flow in self._ports for run in self._open(flow)}

    def database(self, flow: str) -> str:
        """Where a workflow's runs are kept."""
        return str(self.environment.folder / f"{flow}.sqlite")

    def kill(self, port: int) -> None:
        """Kill the process that calls from the port; started again, it goes on with what it was at."""
        # One process answers and works here. Who is to lose an answer by the kill has it lost in the original too.
        self._quiet.wait(_ANSWER_SECONDS)
        with self._restarting:
            name = kill_holder(self._children, port)
            if name is not None:
                self._children[name].restart()
                self._wait_for(name)

    def _serve(self, flow: str) -> None:
        folder = self.environment.folder
        file = folder / f"{flow}.yaml"
        file.write_text(definition_text(self.definitions[flow]), encoding="utf-8")
        self._ports[flow] = free_port()
        options = ["--root", str(self.environment.fixture.root), "--database", self.database(flow)]
        command = [sys.executable, "-m", "discover", "run", str(file), *options, "--listen", str(self._ports[flow])]
        self.child(flow, command, folder)

    def _wait_for(self, flow: str) -> None:
        def serves() -> bool:
            assert self._children[flow].process.poll() is None, self.logs()
            return answers_on(self._ports[flow])

        wait_for(serves, f"{flow} to be served")

    def _open(self, flow: str) -> list[str]:
        with closing(sqlite3.connect(f"file:{self.database(flow)}?mode=ro", uri=True, timeout=5)) as database:
            return [run for (run,) in database.execute(_UNDER_WAY.format(""))]

    def _sent(self, flow: str, request: dict[str, Any], payload: object) -> tuple[int, str]:
        with self._restarting:  # A process that was killed takes requests again before the next one is sent.
            url = f"http://127.0.0.1:{self._ports[flow]}{request.get('path', '/')}"
        headers = {**({"Content-Type": "application/json"} if "json" in request else {}), **request.get("headers", {})}
        data = _body(request) if request else json.dumps(payload).encode()
        asked = urllib.request.Request(url, data or None, headers, method=request.get("method", "POST"))
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self._quiet.clear()
        try:
            with opener.open(asked, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
            return NO_ANSWER, ""
        finally:
            self._quiet.set()


class OnDbosPostgresql(OnDbos):
    """The same with all processes on one database of a PostgreSQL server."""

    engine = "dbos_postgresql"

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = server
        self._name = f"runs_{uuid.uuid4().hex}"

    def database(self, flow: str) -> str:
        """The database that all share: what each process takes up again is its own."""
        return f"{self._server}/{self._name}"

    def under_way(self) -> set[str]:
        """The ids of runs that have not ended."""
        if not self._ports:
            return set()
        with psycopg.connect(self.database("")) as database:
            return {run for (run,) in database.execute(_UNDER_WAY.format("dbos."))}

    def stop(self) -> None:
        """End the processes, and drop what they kept."""
        super().stop()
        with psycopg.connect(f"{self._server}/postgres", autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self._name)))


def _body(request: dict[str, Any]) -> bytes:
    if "json" in request:
        return json.dumps(request["json"]).encode()
    return b64decode(request["base64"]) if "base64" in request else str(request.get("body", "")).encode()
