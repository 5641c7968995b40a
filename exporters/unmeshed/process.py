"""From sliced runs to process definitions: workers in sequence, switches, waits, and a process for each run apart."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from discover import model
from exporters.base import Loss
from exporters.definition import Definition, TriggerRecord
from exporters.definition import Step as DefinedStep
from exporters.definition.build import CAPTURED_HOPS
from exporters.definition.delays import longest_delay
from exporters.definition.inside import FoundHop, hops
from exporters.shared.identifiers import Unique
from exporters.shared.python_text import quote
from exporters.shared.worker.applications import family
from exporters.unmeshed.pieces import OUTPUT, Block, Choice, Part, Piece, pieces_of
from exporters.unmeshed.slicing import CannotSliceError, Slicer
from exporters.unmeshed.source import Code

NAMESPACE = "default"
REQUEST_KINDS = frozenset({"http", "webhook"})
_DAY_MS = 86_400_000
_RESERVED = frozenset({"Any", "Block", "Callable", "WORKERS", "run", *dir(builtins)})
"""Names that the worker modules use themselves, or that the backend's statements mean something else by."""
_BLOCKS = "workers.engine.blocks"


@dataclass(slots=True)
class Worker:
    """A piece as it is registered: under a queue name of its own."""

    queue: str
    piece: Piece
    receivers: dict[str, str]
    handler: str


@dataclass(slots=True)
class Process:
    """One process definition and its workers."""

    name: str
    document: dict[str, Any]
    workers: list[Worker]


@dataclass(slots=True)
class Assembler:
    """Makes the processes of one workflow."""

    definition: Definition
    runs: dict[str, model.Run]
    """By step id."""
    names: dict[str, str]
    """The step id of each run id."""
    code: Code
    process_names: Unique
    losses: list[Loss] = field(default_factory=list[Loss])
    processes: list[Process] = field(default_factory=list[Process])
    policies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    apart: dict[str, str] = field(default_factory=dict[str, str])
    """The process name of each step that has a process of its own."""
    unique: Unique = field(default_factory=Unique)
    workers: list[Worker] = field(default_factory=list[Worker])
    path: tuple[str, ...] = ()

    def assemble(self, main: str) -> None:
        """The process of the workflow, then those of the runs that it starts apart."""
        self.apart[self.definition.start] = main
        queue = [self.definition.start]
        made: set[str] = set()
        while queue:
            step = queue.pop(0)
            if step not in made:
                made.add(step)
                self._process(step)
                queue.extend(key for key in self.apart if key not in made)

    def _process(self, step_id: str) -> None:
        name = self.apart[step_id]
        self.unique, self.workers, self.path = Unique(_RESERVED), [], ()
        step = self._defined(step_id)
        is_request = step.kind in REQUEST_KINDS
        steps: list[dict[str, Any]] = []
        if step_id != self.definition.start and self._is_delayed(step_id):
            steps.append(self._wait("context.input.due"))
        source = "{{ context.input }}" if is_request else "{{ context.input.arguments }}"
        steps += self._run(step_id, source)
        self._settle(steps)
        document = {
            "namespace": NAMESPACE,
            "name": name,
            "version": 1,
            "type": "STANDARD",
            "description": _plain(f"{self.definition.name}: from {step.at}"),
            "configuration": {"completionTimeout": _DAY_MS},
            "steps": steps,
            "defaultInput": self._request() if is_request else {"arguments": {}},
            "defaultOutput": {},
            "outputMapping": {},
            "metadata": {},
            "tags": [{"name": "source", "value": "undercurrent"}],
        }
        self.processes.append(Process(name, document, self.workers))

    def _trigger(self) -> TriggerRecord:
        return next(trigger for trigger in self.definition.triggers if trigger.kind in REQUEST_KINDS)

    def _request(self) -> dict[str, Any]:
        trigger = self._trigger()
        return {"method": (trigger.methods or ("POST",))[0], "path": trigger.path or "/", "json": {}}

    def _run(self, step_id: str, arguments: str) -> list[dict[str, Any]]:
        """The steps of one run; `arguments` is the template of all its arguments (or of its request)."""
        run, step = self.runs[step_id], self._defined(step_id)
        self.path = (*self.path, step_id)
        is_request = step.kind in REQUEST_KINDS
        function = self.code.function(run.unit)
        inside = "{{ context.input.path_params" if is_request else arguments.removesuffix(" }}")
        values = {name: f"{inside}.{name} }}}}" for name in function.parameters} if function else {}
        framework = self._trigger().framework if is_request else ""
        try:
            parts = self._sliced(run, values, framework)
            if function is not None and len(list(pieces_of(parts))) > 1:
                self._lose_covers(step, run, function.node.lineno)
            if is_request:
                why = "the response, error handlers and hooks around requests are not part of the process"
                self._lose("http-response", step, why)
        except CannotSliceError as error:
            parts = [self._whole(step, run, arguments, is_request)]
            self.losses.append(
                Loss("kept-whole", f"{self.definition.id}#{step_id}", f"one worker does it all: {error}")
            )
        if is_request:
            for piece in pieces_of(parts):
                piece.inputs["http_request"] = arguments
        found = {item.hop.id: item for item in hops(run.body)}
        return self._parts(parts, step, found, is_tail=True)

    def _lose_covers(self, step: DefinedStep, run: model.Run, line: int) -> None:
        """What the code puts around all of a function that is cut: an alarm that one piece sets and another ends."""
        for node in run.body:
            if isinstance(node, model.Guard) and node.kind == "covered" and node.line <= line:
                own = [one for one in node.safeguards if not one.is_outside]
                if own or node.timeout is not None or node.retry is not None:
                    why = f"“{node.name}” is around the whole function, of which each piece is a step"
                    self._lose("safeguard", step, why)

    def _sliced(self, run: model.Run, values: dict[str, str], framework: str) -> list[Part]:
        if framework and family(framework) != "flask":
            raise CannotSliceError("only Flask's requests can be given to pieces of a handler")
        return Slicer(self.code, self.unique).slice(run.unit, run.body, values)

    def _whole(self, step: DefinedStep, run: model.Run, arguments: str, is_request: bool) -> Piece:
        key, function = ("http_request", "send") if is_request else ("arguments", "call")
        piece = Piece(self.unique(step.id), step.name or step.id, step.at, inputs={key: arguments})
        known = f"{quote(self._trigger().framework)}, " if is_request else ""
        code = f"{function}({known}{quote(step.run)}, arguments)"
        piece.blocks = [Block(_BLOCKS, code, (function,), {"arguments": key}, {})]
        piece.hops = [item.hop for item in hops(run.body)]
        return piece

    def _parts(
        self, parts: Sequence[Part], step: DefinedStep, found: dict[str, FoundHop], *, is_tail: bool
    ) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for index, part in enumerate(parts):
            if isinstance(part, Choice):
                steps += self._choice(part, step, found)
                continue
            receivers = self._receivers(part, found)
            steps.append(self._worker(part, step, receivers))
            last = is_tail and index == len(parts) - 1
            for receiver in receivers:
                steps += self._hop(part, receiver, [found[h.id] for h in part.hops if h.id in found], is_last=last)
        return steps

    def _receivers(self, piece: Piece, found: dict[str, FoundHop]) -> list[str]:
        named: dict[str, None] = {}
        for hop in piece.hops:
            if hop.id in found and not hop.inline and hop.kind in CAPTURED_HOPS:
                named.update(dict.fromkeys(self.names[run] for run in hop.runs if run in self.names))
        return list(named)

    def _hop(self, piece: Piece, receiver: str, found: list[FoundHop], *, is_last: bool) -> list[dict[str, Any]]:
        """The receiver's steps right here, where the hop always happens once and last; else a process for each."""
        message = f"{{{{ steps.{piece.ref}.output.message.{receiver} }}}}"
        once = len(found) == 1 and not found[0].when and not found[0].repeated and len(found[0].hop.runs) == 1
        if is_last and once and receiver not in self.path and receiver not in self.apart:
            hop = found[0].hop
            waits: list[dict[str, Any]] = []
            if hop.delay is not None or hop.delay_text:
                waits.append(self._wait(f"steps.{piece.ref}.output.message.{receiver}.due"))
            return [*waits, *self._run(receiver, message.replace(" }}", ".arguments }}"))]
        name = self.apart.get(receiver) or self.apart.setdefault(receiver, self.process_names(receiver))
        child = {
            "processName": name,
            "processVersion": 1,
            "waitForCompletion": False,
            "input": {"arguments": "{{ foreach.value.arguments }}", "due": "{{ foreach.value.due }}"},
        }
        ref = self.unique(f"start_{receiver}")
        each = {"inputArray": f"{{{{ steps.{piece.ref}.output.messages.{receiver} }}}}", "concurrency": 1}
        children = [_step("SUB_PROCESS", self.unique(f"one_{receiver}"), child, label=f"Start {receiver}")]
        return [_step("FOREACH", ref, each, children=children, label=f"For each {receiver} that was sent")]

    def _choice(self, choice: Choice, step: DefinedStep, found: dict[str, FoundHop]) -> list[dict[str, Any]]:
        decide = self._worker(choice.decide, step, [])
        branches: list[dict[str, Any]] = []
        mapping: list[dict[str, Any]] = []
        for case, parts in (("yes", choice.yes), ("no", choice.no)):
            inner = self._parts(parts, step, found, is_tail=False)
            ref = self.unique(f"{choice.ref}_{case}")
            target = (
                _step("LIST", ref, {}, children=inner, label=case) if inner else _step("NOOP", ref, {}, label="Skip")
            )
            branches.append(target)
            mapping.append(
                {"value": case, "targetRef": ref} if case == "yes" else {"targetRef": ref, "defaultBranch": True}
            )
        choice.decide.outputs.add("case")
        script = f"(steps, context) => {{ return steps.{choice.decide.ref}.output.case; }}"
        switch = _step(
            "SWITCH", choice.ref, {"script": script, "responseMapping": mapping}, children=branches, label=choice.name
        )
        return [decide, switch]

    def _worker(self, piece: Piece, step: DefinedStep, receivers: list[str]) -> dict[str, Any]:
        queue = f"{self.apart_name()}.{piece.ref}"
        handler = step.run if "http_request" in piece.inputs else ""
        paths = {receiver: self._defined(receiver).run for receiver in receivers}
        self.workers.append(Worker(queue, piece, paths, handler))
        made = _step("WORKER", piece.ref, piece.inputs, name=queue, label=piece.name, description=piece.at)
        policy = self._policy(step)
        if policy:
            made["configuration"] = {"errorPolicyName": policy}
        return made

    def apart_name(self) -> str:
        """The name of the process that is being made."""
        return self.apart[self.path[0]]

    def _policy(self, step: DefinedStep) -> str:
        retry = step.retry
        if retry is None and step.timeout is None:
            return ""
        name = f"{self.apart[self.definition.start]}_{step.id}"
        policy: dict[str, Any] = {}
        if retry is not None:
            limited = retry.max_delay is not None and longest_delay(retry) > retry.max_delay
            if retry.backoff not in {None, 1.0, 2.0} or limited or retry.attempts is None:
                why = "an error policy has a number of retries and an interval, constant or doubling, without a limit"
                self._lose("retry", step, why)
            if retry.jitter:
                why = "the code draws each delay at random up to what is said here: the error policy waits all of it"
                self._lose("retry-jitter", step, why)
            policy["errorConfiguration"] = {
                "action": "RETRY",
                "retryInterval": round((1.0 if retry.delay is None else retry.delay) * 1000),
                "retryBackoffExponential": (retry.backoff or 1.0) > 1.0,
                "retryCount": (retry.attempts or 4) - 1,
            }
            self._lose("retry-of-pieces", step, "a failed piece is tried again alone, not the whole task")
            self._lose("failure-hooks", step, "hooks and signals of the queue after the last failure don't run")
        if step.timeout is not None:
            policy["completionTimeout"] = {"duration": round(step.timeout * 1000), "action": "FAIL"}
        self.policies[name] = policy
        return name

    def _lose(self, code: str, step: DefinedStep, why: str) -> None:
        loss = Loss(code, f"{self.definition.id}#{step.id}", why)
        if loss not in self.losses:
            self.losses.append(loss)

    def _wait(self, due: str) -> dict[str, Any]:
        script = f"(steps, context) => {{ return {{ waitUntil: {due} || steps.__self.start }}; }}"
        return _step("WAIT", self.unique("wait"), {"script": script}, label="Wait")

    def _is_delayed(self, step_id: str) -> bool:
        return any(
            (item.hop.delay is not None or item.hop.delay_text)
            and step_id in {self.names.get(r) for r in item.hop.runs}
            for run in self.runs.values()
            for item in hops(run.body)
        )

    def _settle(self, steps: list[dict[str, Any]]) -> None:
        """Let each worker hand on what some template asks of it."""
        pieces = {worker.piece.ref: worker.piece for worker in self.workers}
        stack = list(steps)
        while stack:
            step = stack.pop()
            stack.extend(step["children"])
            for template in step["input"].values():
                for ref, key in OUTPUT.findall(template) if isinstance(template, str) else ():
                    if ref in pieces and key not in {"message", "messages"}:
                        pieces[ref].outputs.add(key)

    def _defined(self, step_id: str) -> DefinedStep:
        return next(step for step in self.definition.steps if step.id == step_id)


def _step(
    kind: str,
    ref: str,
    given: dict[str, Any],
    *,
    name: str = "",
    label: str = "",
    description: str = "",
    children: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "namespace": NAMESPACE,
        "name": name or ref,
        "type": kind,
        "ref": ref,
        "optional": False,
        "label": _plain(label),
        "description": _plain(description),
        "configuration": {},
        "children": children or [],
        "input": given,
        "output": {},
    }


def _plain(text: str) -> str:
    """One line of text that no template engine finds anything in."""
    return " ".join(text.split()).replace("{{", "{ {").replace("}}", "} }")
