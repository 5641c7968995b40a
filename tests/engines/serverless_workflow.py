"""Serverless Workflow, as its specification (DSL 1.0.0) says it: what an exported workflow uses of it, with jq itself.

No registry has a runtime of the DSL that a test could start. This is a reading of the specification, not a runtime.
"""

from __future__ import annotations

import http.client
import json
import logging
import random
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import jq

Json = Any
_log = logging.getLogger(__name__)
_COMMUNICATION = "https://serverlessworkflow.io/spec/1.0.0/errors/communication"
_EXPRESSION = "https://serverlessworkflow.io/spec/1.0.0/errors/expression"


class Fault(Exception):  # noqa: N818 - what the specification calls it
    """An error of a workflow: problem details."""

    def __init__(self, problem: dict[str, Json]) -> None:
        super().__init__(json.dumps(problem))
        self.problem = problem


class _End(Exception):  # noqa: N818 - an end, not a fault
    def __init__(self, output: Json) -> None:
        super().__init__()
        self.output = output


@dataclass(slots=True)
class _State:
    """`$context`: one for a workflow, a copy for each branch of a fork."""

    context: Json = None


@dataclass(frozen=True)
class _Scope:
    """What an expression sees beside its input."""

    state: _State
    functions: Mapping[str, Json]
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])

    def having(self, **values: Json) -> _Scope:
        return replace(self, values={**self.values, **values})


class Runtime:
    """Workflows by namespace and name, and where the host `workers` is."""

    def __init__(self, documents: list[Json], workers: str) -> None:
        self._documents = {(d["document"]["namespace"], d["document"]["name"]): d for d in documents}
        self._workers = workers
        self._begun: list[threading.Thread] = []
        self._kinds: dict[str, Callable[[Json, Json, _Scope], Json]] = {
            "call": self._call,
            "for": self._for,
            "fork": self._fork,
            "try": self._try,
            "raise": self._raise,
            "run": self._run,
            "set": self._set,
            "wait": self._wait,
            "do": lambda task, given, scope: self._do(task["do"], given, scope),
        }

    def run(self, namespace: str, name: str, given: Json) -> Json:
        """Run a workflow and give its output; a fault is raised."""
        document = self._documents[namespace, name]
        scope = _Scope(_State(), document.get("use", {}).get("functions", {})).having(workflow={"input": given})
        try:
            return self._do(document["do"], given, scope)
        except _End as end:
            return end.output

    def is_busy(self) -> bool:
        """Whether something that was started and not awaited is under way."""
        return any(thread.is_alive() for thread in self._begun)

    def _do(self, tasks: list[Json], given: Json, scope: _Scope) -> Json:
        names = [next(iter(task)) for task in tasks]
        at = 0
        while at < len(tasks):
            task = tasks[at][names[at]]
            if "if" in task and not self._told(task["if"], given, scope):
                at += 1
                continue
            given, directed = self._task(task, given, scope)
            then = directed or task.get("then", "continue")
            if then == "end":
                raise _End(given)
            if then == "exit":
                break
            at = at + 1 if then == "continue" else names.index(then)
        return given

    def _task(self, task: Json, given: Json, scope: _Scope) -> tuple[Json, str]:
        scope, directed = scope.having(input=given), ""
        if "switch" in task:
            directed = self._switch(task["switch"], given, scope)
            output = given
        else:
            kind = next(kind for kind in self._kinds if kind in task)
            output = self._kinds[kind](task, given, scope)
        if "export" in task:
            scope.state.context = self._told(task["export"]["as"], output, scope)
        return output, directed

    def _switch(self, cases: list[Json], given: Json, scope: _Scope) -> str:
        for named in cases:
            case = next(iter(named.values()))
            if "when" not in case or self._told(case["when"], given, scope):
                return case["then"]
        return "continue"

    def _call(self, task: Json, given: Json, scope: _Scope) -> Json:
        arguments = self._told(task.get("with", {}), given, scope)
        if task["call"] != "http":
            return self._task(scope.functions[task["call"]], arguments, scope)[0]
        url = arguments["endpoint"].replace("http://workers:8080", self._workers)
        body = json.dumps(arguments["body"]).encode()
        request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except (http.client.HTTPException, OSError) as error:
            raise Fault({"type": _COMMUNICATION, "status": 500, "detail": str(error)}) from error

    def _for(self, task: Json, given: Json, scope: _Scope) -> Json:
        said = task["for"]
        for index, item in enumerate(self._told(said["in"], given, scope)):
            turn = scope.having(**{said.get("each", "item"): item, said.get("at", "index"): index})
            given = self._do(task["do"], given, turn)
        return given

    def _fork(self, task: Json, given: Json, scope: _Scope) -> Json:
        def branch(named: Json) -> Json:
            own = replace(scope, state=_State(scope.state.context))
            return self._do([named], given, own)

        with ThreadPoolExecutor() as pool:
            return list(pool.map(branch, task["fork"]["branches"]))

    def _try(self, task: Json, given: Json, scope: _Scope) -> Json:
        catch, tries = task["catch"], 0
        while True:
            try:
                return self._do(task["try"], given, scope)
            except Fault as fault:
                inside = scope.having(**{catch.get("as", "error"): fault.problem})
                if not self._is_caught(catch, fault, given, inside):
                    raise
                tries += 1
                if "retry" in catch and tries <= catch["retry"].get("limit", {}).get("attempt", {}).get("count", tries):
                    time.sleep(_delay(catch["retry"], tries))
                    continue
                if "do" not in catch:
                    raise
                return self._do(catch["do"], given, inside)

    def _is_caught(self, catch: Json, fault: Fault, given: Json, scope: _Scope) -> bool:
        wanted = catch.get("errors", {}).get("with", {})
        if any(fault.problem.get(name) != value for name, value in wanted.items()):
            return False
        return "when" not in catch or bool(self._told(catch["when"], given, scope))

    def _raise(self, task: Json, given: Json, scope: _Scope) -> Json:
        raise Fault(self._told(task["raise"]["error"], given, scope))

    def _run(self, task: Json, given: Json, scope: _Scope) -> Json:
        said = self._told(task["run"]["workflow"], given, scope)
        arguments = (said["namespace"], said["name"], said["input"])
        if task["run"]["await"]:
            return self.run(*arguments)
        self._begun.append(threading.Thread(target=self._alone, args=arguments, daemon=True))
        self._begun[-1].start()
        return given

    def _alone(self, namespace: str, name: str, given: Json) -> None:
        """A workflow that nobody waits for."""
        try:
            self.run(namespace, name, given)
        except Fault as fault:
            _log.info("%s.%s has failed: %s", namespace, name, fault)

    def _set(self, task: Json, given: Json, scope: _Scope) -> Json:
        return self._told(task["set"], given, scope)

    def _wait(self, task: Json, given: Json, scope: _Scope) -> Json:
        time.sleep(_seconds(task["wait"]))
        return given

    def _told(self, value: Json, given: Json, scope: _Scope) -> Json:
        """The value with its expressions evaluated; what they give is only data."""
        if isinstance(value, dict):
            return {key: self._told(item, given, scope) for key, item in value.items()}
        if isinstance(value, list):
            return [self._told(item, given, scope) for item in value]
        if not isinstance(value, str) or not value.strip().startswith("${"):
            return value
        try:
            program = jq.compile(value.strip()[2:-1], args={"context": scope.state.context, **scope.values})
            return program.input_value(given).first()
        except ValueError as error:
            raise Fault({"type": _EXPRESSION, "status": 400, "detail": f"{value}: {error}"}) from error


def _delay(policy: Json, tries: int) -> float:
    seconds = _seconds(policy["delay"])
    if "exponential" in policy.get("backoff", {}):
        seconds *= 2 ** (tries - 1)
    if "jitter" in policy:
        seconds += random.uniform(_seconds(policy["jitter"]["from"]), _seconds(policy["jitter"]["to"]))
    return seconds


def _seconds(duration: Json) -> float:
    return duration.get("seconds", 0) + duration.get("milliseconds", 0) / 1000
