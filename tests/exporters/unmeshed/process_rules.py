"""What an Unmeshed process definition may say, after the SDK's records and the public documentation.

There is no public validator: the SDK itself accepts unknown fields and never looks into nested steps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
PROCESS_FIELDS = frozenset(
    [
        "orgId",
        "namespace",
        "name",
        "version",
        "type",
        "description",
        "createdBy",
        "updatedBy",
        "created",
        "updated",
        "configuration",
        "steps",
        "defaultInput",
        "defaultOutput",
        "outputMapping",
        "metadata",
        "tags",
    ]
)
PROCESS_CONFIGURATION = frozenset(
    ["completionTimeout", "onTimeoutProcess", "onFailProcess", "onCompleteProcess", "onCancelProcess"]
)
PROCESS_REQUEST = frozenset({"namespace", "name", "version", "requestId", "correlationId", "input"})
STEP_FIELDS = frozenset(
    [
        "orgId",
        "namespace",
        "name",
        "type",
        "ref",
        "optional",
        "createdBy",
        "updatedBy",
        "description",
        "label",
        "created",
        "updated",
        "configuration",
        "children",
        "input",
        "output",
    ]
)
STEP_CONFIGURATION = frozenset(
    [
        "errorPolicyName",
        "useCache",
        "cacheKey",
        "cacheTimeoutSeconds",
        "stream",
        "streamAllStatuses",
        "preExecutionScript",
        "constructInputFromScript",
        "scriptLanguage",
        "jqTransformer",
        "rateLimitMaxRequests",
        "rateLimitWindowSeconds",
    ]
)
PROCESS_TYPES = frozenset({"STANDARD", "DYNAMIC", "API_ORCHESTRATION", "INTERNAL"})
STEP_TYPES = frozenset(
    [
        "WORKER",
        "HTTP",
        "WAIT",
        "FAIL",
        "PYTHON",
        "JAVASCRIPT",
        "JQ",
        "MANAGED",
        "BUILTIN",
        "NOOP",
        "PERSISTED_STATE",
        "DEPENDSON",
        "GRAPHQL",
        "FLOW_GATEWAY",
        "DECISION_ENGINE",
        "AI_AGENT",
        "SQLITE",
        "INTEGRATION",
        "EXIT",
        "SUB_PROCESS",
        "LIST",
        "PARALLEL",
        "FOREACH",
        "SWITCH",
        "SCHEDULER",
        "PROCESS_TRACKER",
    ]
)
CONTAINERS = frozenset({"LIST", "PARALLEL", "FOREACH", "SWITCH"})
NEEDED = {
    "HTTP": ("method", "url"),
    "JAVASCRIPT": ("script",),
    "WAIT": ("script",),
    "SWITCH": ("script", "responseMapping"),
    "FOREACH": ("inputArray",),
    "SUB_PROCESS": ("processName",),
}
TEMPLATE = re.compile(r"\{\{\s*['\"]?([^}'\"]+?)['\"]?\s*\}\}")
IN_SCRIPT = re.compile(r"steps(?:\.([A-Za-z_]\w*)|\[\"(\w+)\"\])")


def faults(process: Json) -> list[str]:
    """Everything that is wrong with a definition."""
    return [*_process(process), *_Steps(process["steps"]).faults(), *_on_failure(process)]


def _on_failure(process: Json) -> Iterator[str]:
    """The request for a process on failure may name any step: whichever has run by then."""
    request = process.get("configuration", {}).get("onFailProcess")
    if request is None:
        return
    yield from (f"on failure: unknown field {key}" for key in sorted(request.keys() - PROCESS_REQUEST))
    yield from (f"on failure: {key} is missing" for key in ("namespace", "name") if not request.get(key))
    refs = set(_refs(process["steps"]))
    for path in TEMPLATE.findall(json.dumps(request.get("input", {}))):
        root, ref, *_ = path.split(".")
        if root != "context" and (root != "steps" or ref not in refs):
            yield f"on failure: {path} is of no step"


def _process(process: Json) -> Iterator[str]:
    yield from (f"process: unknown field {key}" for key in sorted(process.keys() - PROCESS_FIELDS))
    yield from (f"process: {key} is missing" for key in ("namespace", "name", "type", "steps") if not process.get(key))
    if process.get("type") not in PROCESS_TYPES:
        yield f"process: bad type {process.get('type')}"
    configuration = process.get("configuration", {})
    yield from (f"process: unknown setting {key}" for key in sorted(configuration.keys() - PROCESS_CONFIGURATION))


class _Steps:
    def __init__(self, steps: list[Json]) -> None:
        self.steps = steps
        self.found: list[str] = []
        self.refs: list[str] = list(_refs(steps))

    def faults(self) -> list[str]:
        twice = sorted({ref for ref in self.refs if self.refs.count(ref) > 1})
        self.found.extend(f"{ref}: the reference stands twice" for ref in twice)
        self.walk(self.steps, set(), in_each=False)
        return self.found

    def walk(self, steps: list[Json], done: set[str], *, in_each: bool) -> None:
        done = set(done)
        for step in steps:
            self.found.extend(f"{step.get('ref')}: {fault}" for fault in self.one(step, done, in_each=in_each))
            children = step.get("children", [])
            if step["type"] in {"LIST", "FOREACH"}:
                self.walk(children, done, in_each=in_each or step["type"] == "FOREACH")
            else:
                for child in children:
                    self.walk([child], done, in_each=in_each)
            done |= {step["ref"], *_refs(children)}

    def one(self, step: Json, done: set[str], *, in_each: bool) -> Iterator[str]:
        yield from (f"unknown field {key}" for key in sorted(step.keys() - STEP_FIELDS))
        settings = step.get("configuration", {})
        yield from (f"unknown setting {key}" for key in sorted(settings.keys() - STEP_CONFIGURATION))
        kind, given, children = step["type"], step.get("input", {}), step.get("children", [])
        if kind not in STEP_TYPES:
            yield f"bad type {kind}"
        yield from (f"{kind} needs {key}" for key in NEEDED.get(kind, ()) if key not in given)
        if bool(children) != (kind in CONTAINERS):
            yield f"{kind} with {len(children)} children"
        if kind == "FOREACH" and len(children) != 1:
            yield "FOREACH takes exactly one child"
        if kind == "SWITCH":
            yield from self.switch(given.get("responseMapping", []), {child["ref"] for child in children})
        yield from self.references(json.dumps(given), done, in_each=in_each)
        yield from self.scripts(str(given.get("script", "")), done)

    def switch(self, mapping: list[Json], children: set[str]) -> Iterator[str]:
        targets = {entry.get("targetRef") for entry in mapping}
        yield from (f"the target {target} is no child" for target in sorted(map(str, targets - children)))
        yield from (f"the child {child} is never reached" for child in sorted(children - targets))
        if sum(bool(entry.get("defaultBranch")) for entry in mapping) > 1:
            yield "more than one default"
        if any(not entry.get("defaultBranch") and "value" not in entry for entry in mapping):
            yield "a case without a value"

    def references(self, text: str, done: set[str], *, in_each: bool) -> Iterator[str]:
        for path in TEMPLATE.findall(text):
            root, *rest = path.split(".")
            if root not in {"steps", "context", "foreach", "secrets", "variables"}:
                yield f"unknown root of {path}"
            if root == "steps" and rest[0] not in done:
                yield f"{path} is not finished before"
            if root == "foreach" and not in_each:
                yield f"{path} outside of FOREACH"

    def scripts(self, script: str, done: set[str]) -> Iterator[str]:
        for ref in (one or other for one, other in IN_SCRIPT.findall(script)):
            if ref not in {"__self", *done}:
                yield f"a script uses {ref}, which is not finished before"


def _refs(steps: list[Json]) -> Iterator[str]:
    for step in steps:
        yield step["ref"]
        yield from _refs(step.get("children", []))
