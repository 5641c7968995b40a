"""A run's elements as tasks. Its variables live in `$context.vars`, what its steps have sent in `$context.sent`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from exporters.canonical.records import (
    Decision,
    Element,
    End,
    Loop,
    Parallel,
    Retry,
    Retrying,
    Run,
    Start,
    Step,
    Try,
    Wait,
    While,
)
from exporters.canonical.walk import starts_of
from exporters.python_code.setting import set_in, surely_set
from exporters.serverlessworkflow import tasks
from exporters.serverlessworkflow.expressions import chosen, embedded, ending, fits, key, text, variable
from exporters.serverlessworkflow.expressions import field as named_field
from exporters.serverlessworkflow.follow import may_follow
from exporters.serverlessworkflow.policy import retry_of
from exporters.serverlessworkflow.tasks import Task, Tasks, named


@dataclass(frozen=True, slots=True)
class Place:
    """Where elements stand."""

    sure: frozenset[str] = field(default_factory=frozenset[str])
    """The variables that surely hold a value."""
    is_open: bool = True
    """Nothing around has to happen when the run ends here."""


class Elements:
    """Makes tasks of one run's elements."""

    def __init__(self, run: Run, namespace: str, names: Mapping[str, str], follow: str) -> None:
        self._run = run
        self._namespace = namespace
        self._names = names
        """Of the documents, by their runs."""
        self._follow = follow
        """The name of the document for messages that come after others."""

    def sequence(self, steps: Sequence[Element], place: Place) -> tuple[Tasks, frozenset[str]]:
        """The tasks of elements, and the variables that surely hold a value behind them."""
        found: Tasks = []
        for element in steps:
            found += self._element(element, place)
            place = replace(place, sure=place.sure | surely_set(element))
        return found, place.sure

    def block(self, steps: Sequence[Element], place: Place) -> Tasks:
        """The tasks of elements; a list of tasks is never empty."""
        return self.sequence(steps, place)[0] or [{"nothing": {"set": {"nothing": None}}}]

    def _element(self, element: Element, place: Place) -> Tasks:
        title, at = element.name if not isinstance(element, End) else "", element.at
        match element:
            case Step():
                made = self._step(element, place)
            case Decision():
                made = self._decision(element, place)
            case While():
                made = self._while(element, place)
            case Loop():
                return self._each(element, place) if element.parallel else [self._turns(element, place)]
            case Parallel():
                made = self._parallel(element, place)
            case Try():
                return self._try(element, place)
            case Retrying():
                made = self._retrying(element.retry, element.id, self.block(element.steps, place))
            case Wait():
                made = _wait(element)
            case Start():
                made = self._start(element)
            case End():
                made = self._end(element, place)
        return [named(element.id, made, at, title)]

    def _asked(self, element: Step | Decision | While, place: Place) -> dict[str, Any]:
        if set(element.inputs.values()) <= place.sure:
            inputs: object = {name: embedded(variable(held)) for name, held in element.inputs.items()}
        else:
            inputs = embedded(chosen("$context.vars", element.inputs, place.sure))
        return {"step": element.id, "inputs": inputs, "context": embedded("$context.run")}

    def _step(self, element: Step, place: Place) -> Task:
        arguments = self._asked(element, place)
        if may_follow(self._run, element.id):
            arguments["batches"] = True
        if element.timeout is not None:
            arguments["limit"] = element.timeout
        export = ""
        if element.outputs or element.sends:
            sure = {name for name, held in element.outputs.items() if held in surely_set(element)}
            found = chosen(".outputs", {held: name for name, held in element.outputs.items()}, sure)
            sent = f", sent: ($context.sent + {{{named_field(element.id)}: .sent}})" if element.sends else ""
            export = f"$context + {{vars: ($context.vars + {found}){sent}}}"
        made = tasks.perform(arguments, export)
        if element.retry is None:
            return made
        return self._retrying(element.retry, element.id, [{f"{element.id}_once": made}])

    def _retrying(self, retry: Retry, name: str, made: Tasks) -> Task:
        error = f"error_{name}"
        return tasks.caught(made, retry_of(retry, error, embedded(fits(error, retry.errors))))

    def _decision(self, element: Decision, place: Place) -> Task:
        ask, yes, no = (f"{element.id}_{way}" for way in ("asked", "yes", "no"))
        ways = {
            yes: self.block(element.then, place),
            **({no: self.block(element.otherwise, place)} if element.otherwise else {}),
        }
        cases = {"yes": ('.goes == "yes"', yes), "no": ("", no if element.otherwise else "exit")}
        return tasks.do(
            [
                {ask: tasks.perform(self._asked(element, place))},
                {f"{element.id}_way": tasks.switch(cases)},
                *({name: tasks.do(steps, then="exit")} for name, steps in ways.items()),
            ]
        )

    def _while(self, element: While, place: Place) -> Task:
        ask, turn = f"{element.id}_asked", f"{element.id}_turn"
        return tasks.do(
            [
                {ask: tasks.perform(self._asked(element, place))},
                {f"{element.id}_way": tasks.switch({"yes": ('.goes == "yes"', turn), "no": ("", "exit")})},
                {turn: tasks.do(self.block(element.steps, place), then=ask)},
            ]
        )

    def _turns(self, element: Loop, place: Place) -> Task:
        each = f"item_{element.id}"
        inside = replace(place, sure=place.sure | {element.item})
        keep = _kept(f"{element.id}_item", {element.item: f"${each}"})
        loop = {
            "for": {"each": each, "in": embedded(variable(element.over))},
            "do": [keep, *self.sequence(element.steps, inside)[0]],
        }
        return named(element.id, loop, element.at, element.name)

    def _each(self, element: Loop, place: Place) -> Tasks:
        """Items one after the other, each with the variables as they were before the loop."""
        each, kept = f"item_{element.id}", f"$context.kept{key(element.id)}"
        inside = Place(place.sure | {element.item}, is_open=False)

        def keeping(name: str, value: str, vars_: str) -> Task:
            outer = f"($context.kept // {{}}) + {{{named_field(element.id)}: {value}}}"
            export = f"$context + {{vars: ({vars_}), kept: ({outer})}}"
            return {name: {"set": {"kept": True}, "export": {"as": embedded(export)}}}

        before = keeping(f"{element.id}_before", "{vars: $context.vars, turns: []}", "$context.vars")
        item = f"{kept}.vars + {{{named_field(element.item)}: ${each}}}"
        begin = keeping(f"{element.id}_item", kept, item)
        end = keeping(f"{element.id}_done", f"({kept} | .turns += [$context.vars])", "$context.vars")
        collected = ", ".join(
            f"{named_field(into)}: [{kept}.turns[] | .{key(name).removeprefix('.')}]"
            for name, into in element.collect.items()
        )
        after = keeping(f"{element.id}_after", "null", f"{kept}.vars + {{{collected}}}")
        steps = self.sequence(element.steps, inside)[0]
        loop = {"for": {"each": each, "in": embedded(variable(element.over))}, "do": [begin, *steps, end]}
        return [before, named(element.id, loop, element.at, element.name), after]

    def _parallel(self, element: Parallel, place: Place) -> Task:
        branches: Tasks = []
        inside = replace(place, is_open=False)
        for number, branch in enumerate(element.branches, 1):
            made, sure = self.sequence(branch.steps, inside)
            names = set_in(branch.steps)
            found = chosen("$context.vars", {name: name for name in names}, sure)
            give = {"set": {"vars": embedded(found), "sent": embedded("$context.sent")}}
            branches.append({f"{element.id}_{number}": tasks.do([*made, {f"{element.id}_{number}_gives": give}])})
        merged = "vars: ($context.vars + (map(.vars) | add)), sent: ($context.sent + (map(.sent) | add))"
        export = embedded(f"$context + {{{merged}}}")
        return {"fork": {"compete": False, "branches": branches}, "export": {"as": export}}

    def _try(self, element: Try, place: Place) -> Tasks:
        if element.last:
            return self._with_last(element, place)
        error = f"error_{element.id}"
        catches = element.catch
        cases: dict[str, tuple[str, str]] = {}
        handlers: Tasks = []
        for number, catch in enumerate(catches, 1):
            name = f"{element.id}_catch_{number}"
            inside = replace(place, sure=place.sure | {catch.variable}) if catch.variable else place
            made = self.sequence(catch.steps, inside)[0]
            if catch.variable:
                made.insert(0, _kept(f"{name}_error", {catch.variable: f"{ending(error)}.error.value"}))
            handlers.append({name: tasks.do(made or self.block((), place), then="exit")})
            cases[f"catch_{number}"] = (fits(error, catch.errors), name)
        when = " or ".join(f"({fits(error, catch.errors)})" for catch in catches)
        catch = {"errors": {"with": {"type": tasks.FAILED}}, "as": error, "when": embedded(when)}
        body = self.block(element.steps, place)
        if not catches:
            return [named(element.id, tasks.do(body), element.at, element.name)]
        way = {f"{element.id}_way": tasks.switch(cases)}
        made_try = tasks.caught(body, {**catch, "do": [way, *handlers]})
        return [named(element.id, made_try, element.at, element.name)]

    def _with_last(self, element: Try, place: Place) -> Tasks:
        """What is last stands twice: behind the error, which then goes on, and behind the good end."""
        inside = replace(place, is_open=False)
        tried = (msgspec.structs.replace(element, last=()),) if element.catch else element.steps
        error = f"left_{element.id}"
        failed = [*self.block(element.last, inside), {f"{element.id}_goes_on": tasks.raised_again(error)}]
        guarded = tasks.caught(self.block(tried, inside), {"as": error, "do": failed})
        after = replace(place, sure=place.sure | surely_set(msgspec.structs.replace(element, last=())))
        last = tasks.do(self.block(element.last, after))
        return [
            named(f"{element.id}_before_last", guarded, element.at, element.name),
            {f"{element.id}_last": last},
        ]

    def _start(self, element: Start) -> Task:
        sent = f"$context.sent{key(element.of)}{key(element.run)}"
        message = f"message_{element.id}"
        loop = {"each": message, "in": embedded(f"{sent} // []")}
        if not may_follow(self._run, element.of):
            alone = self._begun(self._names[element.run], {"message": embedded(f"${message}")})
            return {"for": loop, "do": [{f"{element.id}_once": alone}]}
        runs = sorted({start.run for start in starts_of(self._run, element.of)})
        alone = self._begun(self._names[element.run], {"message": embedded(f"${message}[0]")})
        several = self._begun(self._follow, {"messages": embedded(f"${message}"), "runs": runs})
        one = embedded(f"(${message} | length) == 1")
        many = embedded(f"(${message} | length) > 1")
        once = {f"{element.id}_once": {"if": one, **alone}}
        return {"for": loop, "do": [once, {f"{element.id}_in_order": {"if": many, **several}}]}

    def _begun(self, name: str, given: dict[str, Any]) -> Task:
        """Another workflow begins, and nobody waits for it."""
        workflow = {"namespace": self._namespace, "name": name, "version": tasks.VERSION, "input": given}
        return {"run": {"workflow": workflow, "await": False}}

    def _end(self, element: End, place: Place) -> Task:
        result = value_of(element.result)
        if place.is_open:
            return {"set": {"result": embedded(result)}, "then": "end"}
        return tasks.raised(tasks.ENDED, f"{{way: {text('ended')}, result: {result}}} | tojson")


def _wait(element: Wait) -> Task:
    if element.variable:
        return {"call": tasks.PAUSE, "with": {"seconds": embedded(variable(element.variable))}}
    return tasks.wait(element.seconds or 0)


def value_of(name: str) -> str:
    """What a run returns: null where its variable has not been set."""
    return variable(name) if name else "null"


def _kept(name: str, changes: dict[str, str]) -> Task:
    """A task that sets variables of the run."""
    held = {variable: embedded(value) for variable, value in changes.items()}
    return {name: {"set": held, "export": {"as": embedded("$context + {vars: ($context.vars + .)}")}}}
