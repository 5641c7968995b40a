"""A run's elements as states: sequences from their end to their beginning, each state pointing to what follows."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from exporters.canonical.conditions import exact
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
from exporters.canonical.walk import are_several, elements, parts, starts_of
from exporters.python_code.setting import set_in
from exporters.shared.identifiers import python_identifier
from exporters.stepfunctions.failing import ENDED, Names
from exporters.stepfunctions.jsonata import condition, embedded, key, text
from exporters.stepfunctions.order import after
from exporters.stepfunctions.scope import Guard, Scope, State, from_the_start, known_names, plain
from exporters.stepfunctions.tasks import delay_of, invoke, native_retry, perform, whole_seconds

Guards = tuple[Guard, ...]


class Elements:
    """Makes states of one run's elements."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._scopes = 0

    def ends_inside(self) -> bool:
        """Whether an `end` stands inside parallel work, where no state can end the machine."""
        branched = [
            e for e in elements(self._run.steps) if isinstance(e, Parallel) or (isinstance(e, Loop) and e.parallel)
        ]
        return any(isinstance(inner, End) for outer in branched for part in parts(outer) for inner in elements(part))

    def sequence(self, steps: Sequence[Element], follow: str, scope: Scope, guards: Guards) -> str:
        """States of the elements; the name of the first, or what follows where there is none."""
        for element in reversed(steps):
            follow = self._element(element, follow, scope, guards)
        return follow

    def _element(self, element: Element, follow: str, scope: Scope, guards: Guards) -> str:
        match element:
            case Step():
                return self._step(element, follow, scope, guards)
            case Decision():
                then = self.sequence(element.then, follow, scope, guards)
                otherwise = self.sequence(element.otherwise, follow, scope, guards)
                return self._asked(element, then, otherwise, scope, guards, scope.name(element.name or element.id))
            case While():
                entry = scope.name(element.name or element.id)
                turn = self.sequence(element.steps, entry, scope, guards)
                return self._asked(element, turn, follow, scope, guards, entry)
            case Loop():
                made = self._map if element.parallel else self._turns
                return made(element, follow, scope, guards)
            case Parallel():
                return self._parallel(element, follow, scope, guards)
            case Try():
                return self._try(element, follow, scope, guards)
            case Retrying():
                return self._retrying(element.id, element.retry, element.steps, follow, scope, guards)
            case Wait():
                return self._wait(element, follow, scope)
            case Start():
                return self._start(element, follow, scope, guards)
            case End():
                return self._end(element, scope)

    def _step(self, element: Step, follow: str, scope: Scope, guards: Guards) -> str:
        title = element.name or element.id
        state = perform(element, scope.variables)
        changes = {variable: f"$states.result.Payload.outputs.{key(out)}" for out, variable in element.outputs.items()}
        if element.sends:
            changes[_sent(element.id)] = "$states.result.Payload.sent"
        if changes:
            state["Assign"] = scope.merged(changes)
        if element.timeout is not None:
            state["TimeoutSeconds"] = whole_seconds(element.timeout)
        inside: list[Names] = []
        if element.retry is not None:
            native = native_retry(element.retry, scope.taken((Guard("", element.retry.errors), *guards), 0))
            if native is None:
                once = msgspec.structs.replace(element, retry=None)
                return self._retrying(element.id, element.retry, (once,), follow, scope, guards)
            state["Retry"] = [native, *state["Retry"]]
            inside.append(element.retry.errors)
        if catches := scope.catches(guards, inside):
            state["Catch"] = catches
        return scope.add(scope.name(title), _commented({**state, "Next": follow}, element.at))

    def _asked(self, element: Decision | While, yes: str, no: str, scope: Scope, guards: Guards, name: str) -> str:
        said = exact(element)
        if said is not None:
            told = embedded(condition(said, scope.variables))
            choice: State = {"Type": "Choice", "Choices": [{"Condition": told, "Next": yes}], "Default": no}
            return scope.add(name, _commented(choice, element.at))
        told = embedded(f"${scope.case}")
        picked: State = {"Type": "Choice", "Choices": [{"Condition": told, "Next": yes}], "Default": no}
        choice_name = scope.add(scope.name(f"{name}: yes or no"), picked)
        state = perform(element, scope.variables)
        state["Assign"] = {scope.case: embedded("$states.result.Payload.outputs.case")}
        if catches := scope.catches(guards):
            state["Catch"] = catches
        return scope.add(name, _commented({**state, "Next": choice_name}, element.at))

    def _turns(self, element: Loop, follow: str, scope: Scope, guards: Guards) -> str:
        counter, items = f"turn_{element.id}", f"${scope.variables}.{key(element.over)}"
        title = element.name or element.id
        more = scope.name(f"{title}: more?")
        turn = scope.name(f"{title}: next")
        body = self.sequence(element.steps, more, scope, guards)
        taken = {**scope.merged({element.item: f"{items}[${counter}]"}), counter: embedded(f"${counter} + 1")}
        scope.add(turn, {"Type": "Pass", "Assign": taken, "Next": body})
        is_left = embedded(f"${counter} < $count({items})")
        choice: State = {"Type": "Choice", "Choices": [{"Condition": is_left, "Next": turn}], "Default": follow}
        scope.add(more, _commented(choice, element.at))
        return scope.add(scope.name(title), {"Type": "Pass", "Assign": {counter: 0}, "Next": more})

    def _map(self, element: Loop, follow: str, scope: Scope, guards: Guards) -> str:
        title = element.name or element.id
        inner = self._branch_scope(scope, guards)
        kept = tuple(element.collect)
        first = self._branch(element.steps, inner, scope, kept, {element.item: "$states.input.item"})
        state: State = {
            "Type": "Map",
            "Items": embedded(f"${scope.variables}.{key(element.over)}"),
            "ItemSelector": {"item": embedded("$states.context.Map.Item.Value")},
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, **first},
        }
        if element.collect:
            results = f"results_{element.id}"
            collect = invoke({"collect": list(kept), "results": embedded(f"${results}")})
            changes = {into: f"$states.result.Payload.{key(name)}" for name, into in element.collect.items()}
            collected = {**collect, "Assign": scope.merged(changes), "Next": follow}
            state["Assign"] = {results: embedded("$states.result")}
            follow = scope.add(scope.name(f"{title}: collect"), collected)
        return self._with_branches(state, element, title, follow, scope, guards)

    def _parallel(self, element: Parallel, follow: str, scope: Scope, guards: Guards) -> str:
        branches: list[State] = []
        for branch in element.branches:
            inner = self._branch_scope(scope, guards)
            branches.append(self._branch(branch.steps, inner, scope, _kept(branch.steps), {}))
        results = ", ".join(f"$states.result[{number}]" for number in range(len(branches)))
        assign = {scope.variables: embedded(f"$merge([${scope.variables}, {results}])")}
        state: State = {"Type": "Parallel", "Branches": branches, "Assign": assign}
        return self._with_branches(state, element, element.name or element.id, follow, scope, guards)

    def _with_branches(
        self, state: State, element: Loop | Parallel, title: str, follow: str, scope: Scope, guards: Guards
    ) -> str:
        inside = [names for part in parts(element) for names in _guards_in(part)]
        if catches := scope.catches(guards, inside):
            state["Catch"] = catches
        return scope.add(scope.name(title), _commented({**state, "Next": follow}, element.at))

    def _branch_scope(self, scope: Scope, guards: Guards) -> Scope:
        self._scopes += 1
        return Scope(f"_{self._scopes}", scope.unique, outside=(*known_names(guards), *scope.outside))

    def _branch(
        self, steps: Sequence[Element], inner: Scope, outer: Scope, kept: Sequence[str], given: dict[str, str]
    ) -> State:
        """The states of a branch; it gives back the variables that it sets, as one object."""
        fields = ", ".join(f"{text(name)}: ${inner.variables}.{key(name)}" for name in kept)
        output: State = {"Type": "Pass", "Output": embedded(f"{{{fields}}}"), "End": True}
        done = inner.add(inner.name("Branch done"), output)
        first = self.sequence(steps, done, inner, ())
        more = ", ".join(f"{text(name)}: {value}" for name, value in given.items())
        start = embedded(f"$merge([${outer.variables}, {{{more}}}])")
        entry = inner.add(inner.name("Branch"), {"Type": "Pass", "Assign": {inner.variables: start}, "Next": first})
        return {"StartAt": entry, "States": from_the_start(entry, inner.states)}

    def _try(self, element: Try, follow: str, scope: Scope, guards: Guards) -> str:
        around = guards
        if element.last:
            again = self.sequence(element.last, self.rethrow(scope, guards), scope, guards)
            follow = self.sequence(element.last, follow, scope, guards)
            around = (Guard(again, takes_all=True), *guards)
        caught: list[Guard] = []
        for catch in element.catch:
            handler = self.sequence(catch.steps, follow, scope, around)
            if catch.variable:
                keep = scope.merged({catch.variable: self.told(scope, "described.value")})
                title = f"{element.name or element.id}: failed"
                handler = scope.add(scope.name(title), {"Type": "Pass", "Assign": keep, "Next": handler})
            caught.append(Guard(handler, catch.errors))
        return self.sequence(element.steps, follow, scope, (*caught, *around))

    def _retrying(
        self, element: str, retry: Retry, steps: Sequence[Element], follow: str, scope: Scope, guards: Guards
    ) -> str:
        counter = f"tries_{element}"
        entry = scope.name(f"Try {element}")
        again = self.again(element, retry, entry, scope, guards, counter=counter)
        first = self.sequence(steps, follow, scope, (Guard(again, retry.errors), *guards))
        scope.add(entry, {"Type": "Pass", "Next": first})
        return self._counted(counter, entry, scope)

    def _counted(self, counter: str, entry: str, scope: Scope) -> str:
        return scope.add(scope.name(f"First {entry}"), {"Type": "Pass", "Assign": {counter: 0}, "Next": entry})

    def again(self, what: str, retry: Retry, entry: str, scope: Scope, guards: Guards, *, counter: str) -> str:
        """Where an error leads that may be tried again from the entry; the name of that state."""
        seconds = delay_of(retry, counter, self.told(scope, "delay"))
        wait: State = {
            "Type": "Wait",
            "Timestamp": embedded(f"$fromMillis($millis() + $floor(1000 * {seconds}))"),
            "Assign": {counter: embedded(f"${counter} + 1")},
            "Next": entry,
        }
        waiting = scope.add(scope.name(f"Wait before {what}"), wait)
        if retry.attempts is None:
            return waiting
        is_left = embedded(f"${counter} < {max(0, retry.attempts - 1)}")
        choice: State = {
            "Type": "Choice",
            "Choices": [{"Condition": is_left, "Next": waiting}],
            "Default": self.rethrow(scope, guards),
        }
        return scope.add(scope.name(f"{what} again?"), choice)

    def rethrow(self, scope: Scope, guards: Guards) -> str:
        """Where an error leads that nothing here takes after all."""
        choices: list[State] = []
        for number, guard in enumerate(guards):
            if guard.takes_all:
                break
            names = ", ".join(text(name) for name in scope.taken(guards, number, ()))
            choices.append({"Condition": embedded(f"${scope.error}.name in [{names}]"), "Next": guard.target})
        last = next((guard.target for guard in guards if guard.takes_all), "") or self.fail(scope)
        if not choices:
            return last
        return scope.add(scope.name("Which error?"), {"Type": "Choice", "Choices": choices, "Default": last})

    def fail(self, scope: Scope) -> str:
        """A state that fails with the last error. Names that Step Functions keeps for itself may not be given."""
        name = f"${scope.error}.name"
        state: State = {
            "Type": "Fail",
            "Error": embedded(f"$substring({name}, 0, 7) = {text('States.')} ? {text('Failed')} : {name}"),
            "Cause": embedded(f"${scope.error}.cause"),
        }
        return scope.add(scope.name("Fail"), state)

    def told(self, scope: Scope, path: str) -> str:
        """What the workers told of the last error; null where it is not theirs, or not told."""
        cause = f"${scope.error}.cause"
        found = f"$parse($parse({cause}).errorMessage).{path}"
        return f"$contains({cause}, {text('errorMessage')}) and $exists({found}) ? {found} : null"

    def _wait(self, element: Wait, follow: str, scope: Scope) -> str:
        state: State = {"Type": "Wait", "Next": follow}
        if element.variable:
            seconds = f"${scope.variables}.{key(element.variable)}"
            state["Timestamp"] = embedded(f"$fromMillis($millis() + $floor(1000 * {seconds}))")
        elif element.seconds is not None and element.seconds != int(element.seconds):
            state["Timestamp"] = embedded(f"$fromMillis($millis() + {round(1000 * element.seconds)})")
        else:
            state["Seconds"] = int(element.seconds or 0)
        return scope.add(scope.name(element.name or "Wait"), _commented(state, element.at))

    def _start(self, element: Start, follow: str, scope: Scope, guards: Guards) -> str:
        held = f"${scope.variables}.{key(_sent(element.of))}.{key(element.run)}"
        sent = "$states.input.sent" if element.many else f"{held}[0]"
        state: State = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution",
            "Arguments": {
                "StateMachineArn": placeholder(element.run),
                "Name": embedded(f"{sent}.name"),
                "Input": self._input(element, sent),
            },
        }
        title = element.name or f"Start {element.run}"
        if not element.many:
            if catches := scope.catches(guards):
                state["Catch"] = catches
            return scope.add(scope.name(title), _commented({**state, "Next": follow}, element.at))
        once = scope.name(f"{title}: each")
        each: State = {
            "Type": "Map",
            "Items": embedded(f"$exists({held}) ? {held} : []"),
            "ItemSelector": {"sent": embedded("$states.context.Map.Item.Value")},
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": once,
                "States": {once: {**state, "End": True}},
            },
        }
        if catches := scope.catches(guards):
            each["Catch"] = catches
        return scope.add(scope.name(title), _commented({**each, "Next": follow}, element.at))

    def _input(self, element: Start, sent: str) -> State | str:
        """What the receiver's machine is given: its context, and the executions that come before it, if any do."""
        message = f"{sent}.message"
        beside = starts_of(self._run, element.of)
        if not are_several(beside):
            return {"id": embedded(f"{message}.id"), "attempt": 0, "origin": embedded(message)}
        context = f'{{"id": {message}.id, "attempt": 0, "origin": {message}}}'
        before = f'{{"after": {after(sent, {start.run: placeholder(start.run) for start in beside})}}}'
        return embedded(f"$exists({sent}.after) ? $merge([{context}, {before}]) : {context}")

    def _end(self, element: End, scope: Scope) -> str:
        path = f"${scope.variables}.{key(element.result)}"
        result = f"$exists({path}) ? {path} : null" if element.result else "null"
        if not scope.suffix:
            return scope.add(scope.name("End"), {"Type": "Succeed", "Output": embedded(result)})
        cause = f"$string({{{text('errorMessage')}: $string({{{text('result')}: {result}}})}})"
        return scope.add(scope.name("End"), {"Type": "Fail", "Error": ENDED, "Cause": embedded(cause)})


def placeholder(run: str) -> str:
    """What stands for a run's state machine; the template puts its name in."""
    return f"${{{logical(run)}}}"


def logical(name: str) -> str:
    """A name among the template's resources: letters and digits."""
    return "".join(part.capitalize() for part in python_identifier(name).split("_")) or "Run"


def _sent(step: str) -> str:
    return f"@{step}"


def _kept(steps: Sequence[Element]) -> tuple[str, ...]:
    """The variables that elements set, and the messages that they keep."""
    sending = [element for element in elements(tuple(steps)) if isinstance(element, Step) and element.sends]
    return (*set_in(steps), *(_sent(element.id) for element in sending))


def _guards_in(steps: Sequence[Element]) -> list[Names]:
    """The names of guards that stand in the elements, as errors may bear them; the innermost first."""
    found: list[Names] = []
    for element in elements(tuple(steps)):
        match element:
            case Try():
                found += [catch.errors for catch in element.catch]
            case Retrying():
                found.append(element.retry.errors)
            case Step(retry=Retry() as retry):
                found.append(retry.errors)
            case _:
                pass
    return list(dict.fromkeys(reversed(found)))


def _commented(state: State, at: str) -> State:
    return {**state, "Comment": plain(at)} if at else state
