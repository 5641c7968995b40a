"""An exported definition on some engine as a runner: what comes in starts the workflow whose trigger it is."""

from __future__ import annotations

import functools
import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from discover import load_config, scan
from exporters.base import Sources
from exporters.canonical.records import Definition
from exporters.cutting import build
from exporters.python_code.package import flow_names
from tests.conformance.children import Child, kill_holder, stop_all
from tests.conformance.environment import Environment
from tests.conformance.original import NO_ANSWER
from tests.conformance.outside import plain
from tests.conformance.record import Response
from tests.conformance.spec import Request, Stimulus, fixture

_PART = re.compile(r"<[^<>]*>|\{[^{}]*\}|:\w+")
DEATH = 25
"""Seconds more that an engine may need when one of its workers is killed."""
REFUSED = 405
"""The status of a request that no workflow begins with: a web server in front of the engine has to refuse it."""
FAILED = 500
"""The status of a request whose run has failed and got no response."""


@functools.cache
def definitions(name: str) -> dict[str, Definition]:
    """The definitions of all workflows of a fixture, by the names that packages give them."""
    root = fixture(name).root
    graph = scan(root, load_config(root))
    triggers = {trigger.id: trigger for trigger in graph.entry_points}
    made = [build(workflow, triggers, _sources(root), graph.import_roots).definition for workflow in graph.workflows]
    return dict(zip(flow_names(made), made, strict=True))


def _sources(root: Path) -> Sources:
    def read(path: str) -> str | None:
        file = root / path
        return file.read_text(encoding="utf-8") if file.is_file() else None

    return read


class WorkflowFailed(Exception):  # noqa: N818 - an outcome
    """The workflow has failed."""


class Exported(ABC):
    """A definition's package on an engine; each engine says how it is served and how a workflow is started."""

    patience = 1.0
    """How much longer than the original may take it may take: polling engines are slower."""

    engine: str
    """Its name in open.yaml."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        self._environment: Environment | None = None
        self._failures: list[str] = []
        self._answers: list[tuple[Request, Response]] = []

    @property
    def environment(self) -> Environment:
        """Where it runs."""
        assert self._environment is not None, "not started"
        return self._environment

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """What is run."""
        return definitions(self.environment.fixture.name)

    @abstractmethod
    def serve(self) -> None:
        """Bring the workers up."""

    @abstractmethod
    def run(self, flow: str, payload: object) -> Any:
        """Start a workflow by the input of its trigger and wait for its result. Raises `WorkflowFailed`."""

    @abstractmethod
    def is_idle(self) -> bool:
        """Whether no workflow is under way."""

    def begin(self, flow: str) -> None:
        """Start a workflow that goes on for as long as the backend runs; it counts as no work under way."""

        def go_on() -> None:
            with suppress(Exception):  # It ends with the engine.
                self.run(flow, None)

        threading.Thread(target=go_on, daemon=True).start()

    def tick(self, flow: str) -> None:
        """Let a schedule's time have come."""
        self._run_job(flow)

    def start(self, environment: Environment) -> None:
        """Serve the definitions of the fixture, and start what its processes do by themselves."""
        self._environment = environment
        self.serve()
        for flow in self._begun():
            self.begin(flow)
        for flow in self._ticked():
            self.tick(flow)

    def wanted(self) -> list[str]:
        """The workflows that the scenario starts."""
        started = [self._started_by(stimulus) for stimulus in self.environment.scenario.stimuli]
        return list(dict.fromkeys([*self._begun(), *self._ticked(), *(flow for flow in started if flow)]))

    def _begun(self) -> list[str]:
        """Those that are processes of the backend."""
        fixture = self.environment.fixture
        always = [name for name, process in fixture.processes.items() if name in fixture.jobs and process.always]
        return [self._of_job(name) for name in always]

    def _ticked(self) -> list[str]:
        """Those of a scheduler that the scenario starts: an interval of its schedules passes."""
        return [
            flow
            for flow, definition in self.definitions.items()
            if self.environment.scenario.processes
            and any(trigger.schedule.startswith("every ") for trigger in definition.triggers)
        ]

    def _started_by(self, stimulus: Stimulus) -> str | None:
        if stimulus.job:
            return self._of_job(stimulus.job)
        return _of_request(self.definitions, stimulus.sent) if stimulus.sent else None

    def _of_job(self, name: str) -> str:
        return _of_handler(self.definitions, self.environment.fixture.jobs[name].handler)

    def deliver(self, stimulus: Stimulus) -> Response | None:
        """Start the workflow that the request, or the clock, starts."""
        if stimulus.job:
            self._run_job(self._of_job(stimulus.job))
            return None
        if stimulus.sent is None:
            return None
        # Who gets no answer from a process that is killed asks again; who gets one after all does not.
        known = next((answer for request, answer in self._answers if request == stimulus.sent), None)
        if known is not None:
            return known
        answer = self._answered(stimulus.sent)
        if stimulus.status == NO_ANSWER:
            self._answers.append((stimulus.sent, answer))
        return answer

    def _run_job(self, flow: str) -> None:
        try:
            self.run(flow, None)
        except WorkflowFailed as failure:
            self._failures.append(str(failure))  # As a cron job that fails: what it left is compared.

    def _answered(self, request: Request) -> Response:
        payload: dict[str, Any] = {"method": request.method, "path": request.path, "headers": request.headers}
        if request.json is not msgspec.UNSET:
            payload["json"] = request.json
        elif request.text:
            payload["body"] = request.text
        try:
            flow = _of_request(self.definitions, request)
            if flow is None:
                return Response(REFUSED)
            response = self.run(flow, payload)
        except WorkflowFailed as failure:
            self._failures.append(str(failure))
            return Response(FAILED)
        return Response(response["status"], plain(response["body"]))

    def settle(self, condition: Callable[[], bool], *, pending: bool = False) -> None:
        """Wait until the condition holds, no call is open and no workflow is under way."""
        scenario = self.environment.scenario
        # An engine takes a dead worker for dead only after a while.
        limit = time.monotonic() + self.patience * scenario.seconds + (DEATH if scenario.kind == "kill" else 0)
        while time.monotonic() < limit:
            if condition() and self.environment.quiet(pending=True) and (pending or self.is_idle()):
                return
            time.sleep(0.05)

    def kill(self, port: int) -> None:
        """Kill the worker that calls from the port, and start it again as a supervisor does."""
        name = kill_holder(self._children, port)
        if name is not None:
            self._children[name].restart()

    def stop(self) -> None:
        """End the workers."""
        stop_all(self._children.values())

    def logs(self) -> str:
        """What workflows failed with and the end of what the workers wrote, for a failure's message."""
        written = [child.log.read_text(errors="replace")[-4000:] for child in self._children.values()]
        return "\n".join([*self._failures, *written])

    def child(self, name: str, command: Sequence[str], folder: Path) -> Child:
        """Start a process of the run, in the backend's environment."""
        log = self.environment.folder / f"{name}.log"
        made = Child(command, environment=self.environment.variables, folder=folder, log=log)
        self._children[name] = made
        return made


def _of_handler(known: Mapping[str, Definition], handler: str) -> str:
    found = [name for name, definition in known.items() if definition.id.removeprefix("workflow:") == handler]
    assert found, f"no workflow begins with {handler}"
    return found[0]


def _of_request(known: Mapping[str, Definition], request: Request) -> str | None:
    path = request.path.partition("?")[0].rstrip("/")
    for name, definition in known.items():
        for trigger in definition.triggers:
            fits = _pattern(trigger.path).fullmatch(path)
            if trigger.path and fits and (not trigger.methods or request.method in trigger.methods):
                return name
    return None


def _pattern(path: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _PART.split(path.rstrip("/"))]
    return re.compile("[^/]+".join(parts))
