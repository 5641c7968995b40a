"""A run's elements as tasks: each that can fail tells how it ended, and a switch behind it leaves the workflow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from exporters.canonical.records import (
    Decision,
    Element,
    End,
    Loop,
    Parallel,
    Retrying,
    Run,
    Start,
    Step,
    Try,
    Wait,
    While,
)
from exporters.canonical.walk import are_several
from exporters.conductor import beside, tasks
from exporters.conductor.names import CATCH, RETRY, TIME, classes, given_back, own, typed
from exporters.conductor.order import groups, together
from exporters.conductor.policy import native, told
from exporters.conductor.scope import Scope, output, sent
from exporters.conductor.tasks import Task
from exporters.python_code.setting import surely_set
from exporters.shared.one_line import on_one_line

Tasks = list[Task]


class Elements:
    """Makes tasks of one run's elements."""

    def __init__(self, run: Run, flow: str, package: str) -> None:
        self.run = run
        self.flow = flow
        self.package = package
        self.documents: list[Task] = []
        """Workflow definitions of their own, for what a fork makes when it runs."""

    def sequence(self, steps: Sequence[Element], scope: Scope) -> Tasks:
        """The tasks of elements, one after the other."""
        found: Tasks = []
        for group in together(steps):
            found += self._group(group, scope)
            for element in group:
                scope.sure |= surely_set(element)
        return found

    def _group(self, group: tuple[Element, ...], scope: Scope) -> Tasks:
        """One element, or starts that stand side by side."""
        starts = tuple(element for element in group if isinstance(element, Start))
        if not starts:
            return self._element(group[0], scope)
        if scope.in_loop and are_several(starts):
            made, ref = self.inside(f"{starts[0].id}_part", starts, scope)
            return [*made, self.guard(ref, scope)]
        return beside.starts(self, starts, scope)

    def _element(self, element: Element, scope: Scope) -> Tasks:
        if scope.in_loop and _forks_or_loops(element):
            made, ref = self.inside(f"{element.id}_part", (element,), scope)
            return [*made, self.guard(ref, scope)]
        match element:
            case Step():
                return self._step(element, scope)
            case Decision():
                return self._decision(element, scope)
            case While():
                return self._while(element, scope)
            case Loop():
                return beside.each(self, element, scope) if element.parallel else self._turns(element, scope)
            case Parallel():
                return beside.together(self, element, scope)
            case Try():
                return self._try(element, scope)
            case Retrying():
                return self._retrying(element, scope)
            case Wait():
                return self._wait(element, scope)
            case Start():
                return self._group((element,), scope)
            case End():
                return self._end(element, scope)

    def _step(self, element: Step, scope: Scope) -> Tasks:
        if _is_looped(element):
            assert element.retry is not None
            once = msgspec.structs.replace(element, retry=None)
            return self._retrying(Retrying(id=element.id, retry=element.retry, steps=(once,)), scope)
        made, ref = self._done(element, scope)
        return [made[0], self.guard(ref, scope, is_answered=True), *made[1:]]

    def _done(self, element: Step, scope: Scope, *, goes_on: bool = False) -> tuple[Tasks, str]:
        """The step and what keeps its outputs; these are as they were when it fails and the workflow goes on."""
        ref = scope.ref(element.id)
        inputs = self._asked(element, scope, answers=scope.answers and not goes_on)
        unsure = element.outputs.values() if goes_on else set(element.outputs.values()) - surely_set(element)
        if unsure:
            kept = {name: variable for name, variable in element.outputs.items() if variable in unsure}
            inputs["kept"] = {name: scope.value(variable) for name, variable in kept.items()}
        if element.timeout is not None:
            inputs["limit"] = element.timeout
        if element.retry is not None:
            inputs["again"] = {"errors": classes(element.retry.errors), "attempts": element.retry.attempts}
        changes = {variable: output(ref, "outputs", name) for name, variable in element.outputs.items()}
        if element.sends:
            changes[sent(element.id)] = output(ref, "sent")
            inputs["starts"] = {group[0].id: [start.run for start in group] for group in groups(self.run, element.id)}
        made = [tasks.simple(typed(self.flow, element.id), ref, inputs, about=_about(element))]
        if changes:
            made.append(tasks.set_variables(scope.ref(f"{ref}_set"), changes))
            scope.known |= set(changes)
        return made, ref

    def _asked(self, element: Step | Decision | While, scope: Scope, *, answers: bool) -> dict[str, Any]:
        inputs: dict[str, Any] = {
            "step": element.id,
            "inputs": {name: scope.value(variable) for name, variable in element.inputs.items()},
            "context": scope.context,
        }
        return {**inputs, "answers": self.run.id} if answers else inputs

    def guard(self, ref: str, scope: Scope, *path: str, is_answered: bool = False) -> Task:
        """Leave the workflow where a task says so."""
        left = self.leave(scope, output(ref, *path, "ending"), is_answered=is_answered)
        return tasks.switch(scope.ref(f"{ref}_goes"), output(ref, *path, "goes"), {"out": left})

    def leave(self, scope: Scope, ending: str, *, is_answered: bool = False) -> Tasks:
        """The tasks that end the workflow with an ending; the framework may have an answer, if it was not asked yet."""
        if scope.is_inner:
            told_out = {"goes": "out", "ending": ending, "variables": scope.values(scope.outs)}
            return [tasks.terminate(scope.ref("leave"), "COMPLETED", told_out)]
        answered: Tasks = []
        if scope.answers and not is_answered:
            ref = scope.ref("answer")
            inputs = {"answer": self.run.id, "ending": ending, "context": scope.context}
            answered = [tasks.simple(typed(self.flow, self.run.id), ref, inputs)]
            ending = output(ref, "ending")
        return [*answered, ended(scope, ending)]

    def _ways(self, ref: str, way: str, made: dict[str, Callable[[], Tasks]], scope: Scope) -> Task:
        """A switch; none of its ways is known to have been taken behind it."""
        cases: dict[str, Tasks] = {}
        for case, make in made.items():
            with scope.way():
                cases[case] = make()
        return tasks.switch(scope.ref(ref), way, cases)

    def _question(self, element: Decision | While, scope: Scope) -> tuple[Task, str]:
        ref = scope.ref(element.id)
        inputs = self._asked(element, scope, answers=scope.answers)
        return tasks.simple(typed(self.flow, element.id), ref, inputs, about=_about(element)), ref

    def _decision(self, element: Decision, scope: Scope) -> Tasks:
        asked, ref = self._question(element, scope)
        ways = {
            "yes": lambda: self.sequence(element.then, scope),
            "no": lambda: self.sequence(element.otherwise, scope),
            "out": lambda: self.leave(scope, output(ref, "ending"), is_answered=True),
        }
        return [asked, self._ways(f"{ref}_goes", output(ref, "goes"), ways, scope)]

    def _while(self, element: While, scope: Scope) -> Tasks:
        loop = scope.ref(f"{element.id}_again")
        with scope.turn():
            asked, ref = self._question(element, scope)
            ways = {
                "yes": lambda: self.sequence(element.steps, scope),
                "out": lambda: self.leave(scope, output(ref, "ending"), is_answered=True),
            }
            body = [asked, self._ways(f"{ref}_goes", output(ref, "goes"), ways, scope)]
        return [tasks.do_while(loop, body, ref, ("goes",), "no")]

    def _turns(self, element: Loop, scope: Scope) -> Tasks:
        loop, ref = scope.ref(element.id), scope.ref(f"{element.id}_next")
        with scope.turn():
            inputs = {"items": scope.value(element.over), "turn": output(loop, "iteration")}
            taken = tasks.jq(ref, _NEXT, inputs)

            def turn() -> Tasks:
                changes = {element.item: output(ref, "result", "item")}
                scope.known |= {element.item}
                scope.sure |= {element.item}
                kept = tasks.set_variables(scope.ref(f"{element.id}_item"), changes)
                return [kept, *self.sequence(element.steps, scope)]

            body = [taken, self._ways(f"{ref}_goes", output(ref, "result", "goes"), {"yes": turn}, scope)]
        return [tasks.do_while(loop, body, ref, ("result", "goes"), "no")]

    def inside(self, wanted: str, steps: Sequence[Element], scope: Scope) -> tuple[Tasks, str]:
        """Elements as a workflow inside: it tells how it ended, and what its variables hold by then."""
        ref = scope.ref(wanted)
        made = self.inner(Scope(f"{scope.name}.{ref}", True, outs=given_back(steps)), steps, scope)
        found = [tasks.sub_workflow(ref, made.inputs, made.document)]
        if made.outs:
            changes = {variable: output(ref, "variables", variable) for variable in made.outs}
            found.append(tasks.set_variables(scope.ref(f"{ref}_set"), changes))
            scope.known |= set(made.outs)
        return found, ref

    def inner(self, inside: Scope, steps: Sequence[Element], scope: Scope, *given: str) -> beside.Inner:
        """The definition of a workflow inside; `given` are variables that it gets beside those of the scope."""
        inside.known, inside.sure = set(given), {*scope.sure, *given}
        made = self.sequence(steps, inside)
        outputs = {"goes": "on", "variables": inside.values(inside.outs)}
        taken = [*given, *inside.missing]
        if taken:
            changes = {name: f"${{workflow.input.variables.{name}}}" for name in taken}
            made.insert(0, tasks.set_variables(inside.ref("begin"), changes))
        if not made:
            made = [tasks.set_variables(inside.ref("begin"), {})]
        document = tasks.document(inside.name, made, outputs)
        return beside.Inner(document, {"variables": scope.values(inside.missing)}, inside.outs)

    def _attempt(self, wanted: str, steps: Sequence[Element], scope: Scope) -> tuple[Tasks, str]:
        """Elements whose failure is not the end: their task says `goes`, and with what `ending`."""
        if len(steps) == 1 and isinstance(step := steps[0], Step) and not _is_looped(step):
            return self._done(step, scope, goes_on=True)
        return self.inside(wanted, steps, scope)

    def _try(self, element: Try, scope: Scope) -> Tasks:
        if element.last:
            steps = (msgspec.structs.replace(element, last=()),) if element.catch else element.steps
            made, ref = self._attempt(f"{element.id}_before_last", steps, scope)
            return [*made, *self.sequence(element.last, scope), self.guard(ref, scope)]
        made, ref = self._attempt(f"{element.id}_try", element.steps, scope)
        caught = scope.ref(f"{element.id}_catch")
        inputs = {"ending": output(ref, "ending"), "catches": [classes(catch.errors) for catch in element.catch]}

        def failed() -> Tasks:
            ways: dict[str, Callable[[], Tasks]] = {}
            for number, catch in enumerate(element.catch, 1):

                def handled(steps: Sequence[Element] = catch.steps, variable: str = catch.variable) -> Tasks:
                    kept: Tasks = []
                    if variable:
                        changes = {variable: output(caught, "value")}
                        kept = [tasks.set_variables(scope.ref(f"{element.id}_error"), changes)]
                        scope.known |= {variable}
                        scope.sure |= {variable}
                    return [*kept, *self.sequence(steps, scope)]

                ways[f"catch_{number}"] = handled
            ways["out"] = lambda: self.leave(scope, output(caught, "ending"))
            asked = tasks.simple(own(self.package, CATCH), caught, inputs)
            return [asked, self._ways(f"{caught}_goes", output(caught, "goes"), ways, scope)]

        return [*made, self._ways(f"{ref}_goes", output(ref, "goes"), {"out": failed}, scope)]

    def _retrying(self, element: Retrying, scope: Scope) -> Tasks:
        loop = scope.ref(f"{element.id}_tries")
        with scope.turn():
            made, ref = self._attempt(f"{element.id}_try", element.steps, scope)
            again = scope.ref(f"{element.id}_again")
            inputs = {
                "ending": output(ref, "ending"),
                "retry": told(element.retry),
                "tries": output(loop, "iteration"),
            }

            def failed() -> Tasks:
                ways: dict[str, Callable[[], Tasks]] = {
                    "wait": lambda: [tasks.wait(scope.ref(f"{again}_wait"), output(again, "seconds"))],
                    "out": lambda: self.leave(scope, output(again, "ending")),
                }
                asked = tasks.simple(own(self.package, RETRY), again, inputs)
                return [asked, self._ways(f"{again}_goes", output(again, "goes"), ways, scope)]

            body = [*made, self._ways(f"{ref}_goes", output(ref, "goes"), {"out": failed}, scope)]
        scope.known |= set(given_back(element.steps))
        return [tasks.do_while(loop, body, ref, ("goes",), "on")]

    def _wait(self, element: Wait, scope: Scope) -> Tasks:
        ref = scope.ref(element.id)
        if not element.variable and (seconds := element.seconds or 0) == int(seconds):
            return [tasks.wait(ref, int(seconds))]
        held = scope.value(element.variable) if element.variable else element.seconds
        return self.timer(ref, {"seconds": held}, scope)

    def timer(self, ref: str, inputs: dict[str, Any], scope: Scope) -> Tasks:
        """Wait for whole seconds on the server; a worker does the part of a second that is left."""
        waits = {"wait": lambda: [tasks.wait(scope.ref(f"{ref}_wait"), output(ref, "seconds"))]}
        asked = tasks.simple(own(self.package, TIME), ref, inputs)
        return [asked, self._ways(f"{ref}_goes", output(ref, "goes"), waits, scope)]

    def _end(self, element: End, scope: Scope) -> Tasks:
        before, result = self.result(element.result, scope)
        if not scope.is_inner:
            return [*before, tasks.terminate(scope.ref(element.id), "COMPLETED", {"result": result})]
        ending = {"way": "ended", "result": result}
        told_out = {"goes": "out", "ending": ending, "variables": scope.values(scope.outs)}
        return [*before, tasks.terminate(scope.ref(element.id), "COMPLETED", told_out)]

    def result(self, variable: str, scope: Scope) -> tuple[Tasks, str | None]:
        """What a run returns: null where the variable has not been set."""
        if not variable:
            return [], None
        if variable in scope.sure:
            return [], scope.value(variable)
        ref = scope.ref("result")
        return [tasks.jq(ref, _OR_NULL, {"value": scope.value(variable)})], output(ref, "result")


_NEXT = 'if .turn <= (.items | length) then {goes: "yes", item: .items[.turn - 1]} else {goes: "no"} end'
_OR_NULL = 'if .value == {"$": "missing"} then null else .value end'


def ended(scope: Scope, ending: str) -> Task:
    """A run's workflow ends with an ending: well, or with its error."""
    path = ending.removesuffix("}")
    well = tasks.terminate(scope.ref("ended"), "COMPLETED", {"result": f"{path}.result}}"})
    failed = tasks.terminate(scope.ref("fail"), "FAILED", {"error": f"{path}.error}}"}, f"{path}.reason}}")
    return tasks.switch(scope.ref("ending"), f"{path}.way}}", {"ended": [well]}, [failed])


def _is_looped(step: Step) -> bool:
    """Whether the step's retries need a loop around it."""
    return step.retry is not None and native(step.retry) is None


def _forks_or_loops(element: Element) -> bool:
    """Whether it is a loop or a fork itself, which no other loop may hold."""
    match element:
        case Loop() | While() | Retrying() | Parallel():
            return True
        case Step():
            return _is_looped(element)
        case _:
            return False


def _about(element: Step | Decision | While) -> str:
    return " — ".join(text for text in (on_one_line(element.name), on_one_line(element.at)) if text)
