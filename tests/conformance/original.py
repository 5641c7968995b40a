"""The original of a fixture as a runner: its real processes, started as fixture.yaml says."""

from __future__ import annotations

import http.client
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import msgspec

from tests.conformance.children import Child, answers_on, kill_holder, stop_all, wait_for
from tests.conformance.environment import Environment
from tests.conformance.outside import plain
from tests.conformance.record import Response
from tests.conformance.spec import Request, Stimulus

RESPONSE_SECONDS = 30
NO_ANSWER = 0
"""The status of a response that never came: the web process was killed in the middle."""


class Original:
    """The backend as it stands: web process, workers, schedulers, scripts."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        self._environment: Environment | None = None
        self._restarting = threading.Lock()

    @property
    def environment(self) -> Environment:
        """Where it runs."""
        assert self._environment is not None, "not started"
        return self._environment

    def start(self, environment: Environment) -> None:
        """Start all processes at once, then wait for each."""
        self._environment = environment
        wanted = [
            n for n, p in environment.fixture.processes.items() if p.always or n in environment.scenario.processes
        ]
        for name in wanted:
            self._child(name, environment.fixture.processes[name].run)
        for name in wanted:
            self._wait_for(name)

    def deliver(self, stimulus: Stimulus) -> Response | None:
        """Send a request to the web process, or run a job's command to its end."""
        if stimulus.job:
            status = self._run(stimulus.job)
            assert status == (stimulus.status or 0), f"{stimulus.job} ended with {status}\n{self.logs()}"
            return None
        with self._restarting:  # A web process that was killed takes requests again before the next one is sent.
            url = self._url()
        return _sent(url, stimulus.sent) if stimulus.sent else None

    def settle(self, condition: Callable[[], bool], *, pending: bool = False) -> None:
        """Wait until the condition holds, no call is open and the broker has no work."""
        limit = time.monotonic() + self.environment.scenario.seconds
        while not (condition() and self.environment.quiet(pending=pending)) and time.monotonic() < limit:
            time.sleep(0.05)

    def kill(self, port: int) -> None:
        """Kill the process that calls from the port, and start again what has ended by that, as a supervisor does."""
        with self._restarting:
            name = kill_holder(self._children, port)
            if name in self.environment.fixture.processes:
                self._children[name].restart()
                self._wait_for(name)

    def stop(self) -> None:
        """End all processes."""
        with self._restarting:
            stop_all(self._children.values())

    def logs(self) -> str:
        """The end of what each process wrote, for a failure's message."""
        files = sorted(self.environment.folder.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)

    def _child(self, name: str, run: tuple[str, ...]) -> Child:
        self._children[name] = Child(
            self.environment.command(run, self.environment.ports.get(name, 0)),
            environment=self.environment.variables,
            folder=self.environment.folder,
            log=self.environment.folder / f"{name}.log",
        )
        return self._children[name]

    def _run(self, job: str) -> int:
        """Run a job's command to its end, which may be a kill, and return its status."""
        child = self._child(job, self.environment.fixture.jobs[job].run)
        status = child.process.wait(RESPONSE_SECONDS)
        with self._restarting:
            child.stop()
            del self._children[job]
        return status

    def _url(self) -> str:
        return f"http://127.0.0.1:{self.environment.ports[self.environment.fixture.web]}"

    def _wait_for(self, name: str) -> None:
        ready, child = self.environment.fixture.processes[name].ready, self._children[name]

        def serves() -> bool:
            assert child.process.poll() is None, f"{name} ended\n{self.logs()}"
            if ready.port:
                return answers_on(self.environment.ports[name])
            return not ready.log or ready.log.encode() in child.log.read_bytes()

        wait_for(serves, f"{name} to serve")


def _sent(url: str, request: Request) -> Response:
    has_json = request.json is not msgspec.UNSET
    data = (json.dumps(request.json) if has_json else request.text).encode()
    headers = {**({"Content-Type": "application/json"} if has_json else {}), **request.headers}
    asked = urllib.request.Request(url + request.path, data or None, headers, method=request.method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(asked, timeout=RESPONSE_SECONDS) as answer:
            return Response(answer.status, plain(answer.read().decode()))
    except urllib.error.HTTPError as error:
        return Response(error.code, plain(error.read().decode()))
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
        return Response(NO_ANSWER)
