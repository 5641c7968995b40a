"""A small stand-in for the Unmeshed server: it runs process definitions as the public documentation describes them.

It is our reading of the documentation, not the product: it proves that an export is consistent in itself.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable
from typing import Any

TEMPLATE = re.compile(r"\{\{ ([\w.]+) \}\}")
CASE = re.compile(r"\(steps, context\) => \{ return ([\w.]+); \}")
WAIT = re.compile(r"\(steps, context\) => \{ return \{ waitUntil: ([\w.]+) \|\| steps\.__self\.start \}; \}")
Json = dict[str, Any]


class StepFailedError(Exception):
    """A step failed after its last try."""


class Simulation:
    """Process definitions, error policies, and a way to call workers."""

    def __init__(self, definitions: list[Json], policies: Json, call: Callable[[Json, str, Json], Json]) -> None:
        self.definitions = {definition["name"]: definition for definition in definitions}
        self.policies = policies
        self.call = call
        self.ids = itertools.count(1)
        self.apart: list[threading.Thread] = []
        self.records: list[Json] = []

    def run(self, name: str, given: Json) -> Json:
        """Run a process and everything that it starts; the record of the first one."""
        record = self._process(name, given)
        while self.apart:
            self.apart.pop().join()
        return record

    def _process(self, name: str, given: Json) -> Json:
        definition = self.definitions[name]
        context = {"input": {**definition["defaultInput"], **given}, "id": next(self.ids)}
        record: Json = {"id": context["id"], "name": name, "status": "RUNNING", "steps": {}}
        self.records.append(record)
        try:
            self._sequence(definition["steps"], {"steps": record["steps"], "context": context}, record)
            record["status"] = "COMPLETED"
        except StepFailedError as error:
            record["status"] = "FAILED"
            record["error"] = str(error)
        return record

    def _sequence(self, steps: list[Json], scope: Json, record: Json) -> None:
        for step in steps:
            self._one(step, scope, record)

    def _one(self, step: Json, scope: Json, record: Json) -> None:
        mine: Json = {"start": int(time.time() * 1000), "status": "RUNNING", "runs": 0, "output": {}}
        scope["steps"][step["ref"]] = mine
        policy = self.policies.get(step["configuration"].get("errorPolicyName", ""), {}).get("errorConfiguration", {})
        while True:
            mine["runs"] += 1
            try:
                mine["output"] = self._output(step, scope, record)
                break
            except StepFailedError:
                raise
            except Exception as error:
                if mine["runs"] > policy.get("retryCount", 0):
                    mine.update(status="FAILED", error=str(error))
                    raise StepFailedError(f"{step['ref']}: {error}") from error
                growth = 2 ** (mine["runs"] - 1) if policy["retryBackoffExponential"] else 1
                time.sleep(policy["retryInterval"] / 1000 * growth)
        mine["status"] = "COMPLETED"

    def _output(self, step: Json, scope: Json, record: Json) -> Json:
        given = step["input"]
        match step["type"]:
            case "WORKER":
                return self.call(record, step["name"], resolve(given, scope))
            case "SWITCH":
                case = look(matched(CASE, given["script"]), scope)
                target = next((m for m in given["responseMapping"] if m.get("value") == case), None)
                target = target or next(m for m in given["responseMapping"] if m.get("defaultBranch"))
                self._one(next(c for c in step["children"] if c["ref"] == target["targetRef"]), scope, record)
                return {"output": case}
            case "LIST":
                self._sequence(step["children"], scope, record)
                return {}
            case "FOREACH":
                for index, value in enumerate(resolve(given["inputArray"], scope)):
                    self._one(step["children"][0], {**scope, "foreach": {"value": value, "index": index}}, record)
                return {}
            case "SUB_PROCESS":
                arguments = (given["processName"], resolve(given["input"], scope))
                thread = threading.Thread(target=self._process, args=arguments)
                thread.start()
                self.apart.append(thread)
                return {}
            case "WAIT":
                until = look(matched(WAIT, given["script"]), scope) or 0
                time.sleep(max(0.0, until / 1000 - time.time()))
                return {}
            case "NOOP":
                return {}
            case other:
                raise RuntimeError(f"{other} is not simulated")


def matched(pattern: re.Pattern[str], script: str) -> str:
    """The one changing part of a script; any other script is refused."""
    found = pattern.fullmatch(script)
    if not found:
        raise RuntimeError(f"this script is not simulated: {script}")
    return found.group(1)


def look(path: str, scope: Json) -> Any:
    """The value at a dotted path."""
    value: Any = scope
    for part in path.split("."):
        value = value[part]
    return value


def resolve(given: Any, scope: Json) -> Any:
    """The input with the values of its templates."""
    if isinstance(given, dict):
        return {key: resolve(value, scope) for key, value in given.items()}
    if isinstance(given, list):
        return [resolve(value, scope) for value in given]
    if isinstance(given, str) and (found := TEMPLATE.fullmatch(given)):
        return look(found.group(1), scope)
    return given
