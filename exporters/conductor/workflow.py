"""The workflow definitions of one run: its beginning, its tries, its failure, its end."""

from __future__ import annotations

from typing import Any

from exporters.canonical.limits import is_of_the_whole
from exporters.canonical.records import Definition, Run
from exporters.canonical.walk import received_runs
from exporters.conductor import tasks
from exporters.conductor.elements import Elements
from exporters.conductor.names import RETRY, own, typed
from exporters.conductor.policy import told
from exporters.conductor.scope import CONTEXT, MISSING, Scope, output
from exporters.conductor.tasks import Task
from exporters.shared.one_line import on_one_line

_REQUESTS = frozenset({"http", "webhook"})
_INPUT = {"input": "${workflow.input.input}", "message": "${workflow.input.message}"}


def workflows(run: Run, definition: Definition, flow: str, package: str) -> list[Task]:
    """The run's workflow definition, and those of its forks."""
    return _Workflow(run, definition, flow, package).made()


class _Workflow:
    """Lays what belongs to a whole run around its elements."""

    def __init__(self, run: Run, definition: Definition, flow: str, package: str) -> None:
        self._run = run
        self._definition = definition
        self._package = package
        self._name = typed(flow, run.id)
        self._elements = Elements(run, flow, package)
        self._is_request = run.kind in _REQUESTS
        self._is_received = run.id in received_runs(definition)

    def made(self) -> list[Task]:
        run = self._run
        scope = Scope(self._name, answers=self._is_request)
        before: list[Task] = []
        if self._is_received:
            inputs = {"until": "${workflow.input.message.due}", "delay": "${workflow.input.message.delay}"}
            before = self._elements.timer(scope.ref("due"), inputs, scope)
        if run.retry is not None or (run.on_failure and not self._is_request):
            body, result = self._tries(scope)
        else:
            body, result = self._body(scope, None)
        about = on_one_line(f"{run.name or run.id} ({run.at})" if run.at else run.name or run.id)
        document = tasks.document(self._name, [*before, *body], {"result": result}, about)
        if run.timeout is not None and is_of_the_whole(run, self._definition):
            document |= {"timeoutPolicy": "TIME_OUT_WF", "timeoutSeconds": max(1, round(run.timeout + 0.5))}
        return [document, *self._elements.documents]

    def _body(self, scope: Scope, tries: str | None) -> tuple[list[Task], str | None]:
        """The run once, and a reference to its result."""
        run = self._run
        ref = scope.ref("begin")
        inputs = {"begin": run.id, **_INPUT, "try": tries or 1}
        if scope.answers:
            inputs["answers"] = run.id
        begin = tasks.simple(self._name, ref, inputs)
        guard = self._elements.guard(ref, scope, is_answered=True)
        changes = {CONTEXT: output(ref, "context")}
        changes |= {name: output(ref, "outputs", name) for name in run.parameters}
        scope.known |= set(changes)
        scope.sure |= set(changes)
        made = self._elements.sequence(run.steps, scope)
        more, result = self._elements.result(run.result, scope)
        unset = dict.fromkeys((name for name in scope.missing if name not in changes), MISSING)
        return [begin, guard, tasks.set_variables(scope.ref("begun"), {**changes, **unset}), *made, *more], result

    def _tries(self, scope: Scope) -> tuple[list[Task], str]:
        """The run as a workflow inside: tried again as a whole, and what happens when it has failed for good."""
        run = self._run
        ref = scope.ref("run")
        loop = scope.ref("tries") if run.retry else ""
        inside = Scope(f"{self._name}.run", is_inner=True)
        made, result = self._body(inside, "${workflow.input.try}" if loop else None)
        document = tasks.document(inside.name, made, {"goes": "on", "result": result})
        inputs: dict[str, Any] = {**_INPUT, "try": output(loop, "iteration")} if loop else dict(_INPUT)
        once = tasks.sub_workflow(ref, inputs, document)
        if not run.retry:
            failed = self._over(scope, ref, output(ref, "ending", "way"))
            return [once, tasks.switch(scope.ref("run_goes"), output(ref, "goes"), {"out": failed})], output(
                ref, "result"
            )
        again = scope.ref("again")
        asked = {"ending": output(ref, "ending"), "retry": told(run.retry), "tries": output(loop, "iteration")}
        wait = tasks.wait(scope.ref("again_wait"), output(again, "seconds"))
        with scope.turn():
            over = self._over(scope, again, output(again, "goes"), {"wait": [wait]})
        question = tasks.simple(own(self._package, RETRY), again, {**asked, "whole": True})
        failed = tasks.switch(scope.ref("run_goes"), output(ref, "goes"), {"out": [question, *over]})
        return [tasks.do_while(loop, [once, failed], ref, ("goes",), "on")], output(ref, "result")

    def _over(self, scope: Scope, ref: str, way: str, more: dict[str, list[Task]] | None = None) -> list[Task]:
        """What happens when the run has ended before its last element: well, or failed for good."""
        ending = output(ref, "ending")
        path = ending.removesuffix("}")
        well = tasks.terminate(scope.ref("ended"), "COMPLETED", {"result": f"{path}.result}}"})
        failed = self._failed(scope, ending)
        switch = scope.ref(f"{ref}_way")
        if more is None:
            return [tasks.switch(switch, way, {"ended": [well]}, failed)]
        return [tasks.switch(switch, way, {**more, "ended": [well], "out": failed})]

    def _failed(self, scope: Scope, ending: str) -> list[Task]:
        run = self._run
        if not run.on_failure and not self._is_request:
            return self._elements.leave(scope, ending)
        ref = scope.ref("failed")
        changes: dict[str, Any] = {CONTEXT: output(ref, "context")}
        if not self._is_request:
            changes |= {name: output(ref, "arguments", name) for name in run.parameters}
            changes["error"] = f"{ending.removesuffix('}')}.error.value}}"
        scope.known |= set(changes)
        scope.sure |= set(changes)
        made = [] if self._is_request else self._elements.sequence(run.on_failure, scope)
        unset = dict.fromkeys((name for name in scope.missing if name not in changes), MISSING)
        return [
            tasks.simple(self._name, ref, {"context_of": run.id, **_INPUT}),
            tasks.set_variables(scope.ref("failed_set"), {**changes, **unset}),
            *made,
            *self._elements.leave(scope, ending),
        ]
