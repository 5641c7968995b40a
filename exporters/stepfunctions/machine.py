"""The state machine of one run: its beginning, its tries, its end."""

from __future__ import annotations

from exporters.canonical.limits import is_of_the_whole
from exporters.canonical.records import Definition, Run
from exporters.canonical.walk import received_runs
from exporters.shared.identifiers import Unique
from exporters.stepfunctions.elements import Elements, Guards
from exporters.stepfunctions.failing import ENDED, RETRY_ASKED
from exporters.stepfunctions.jsonata import embedded, key, text
from exporters.stepfunctions.order import BEFORE, INPUT, is_ordered, when_all_before_have_ended
from exporters.stepfunctions.scope import Guard, Scope, State, from_the_start, plain
from exporters.stepfunctions.tasks import invoke, whole_seconds

_DUE = f"{INPUT}.origin.due"
_REQUESTS = frozenset({"http", "webhook"})


def machine(run: Run, definition: Definition) -> State:
    """The ASL document of a run."""
    made = _Machine(run, definition).made()
    document: State = {"Comment": plain(f"{run.name or run.id} ({run.at})"), "QueryLanguage": "JSONata", **made}
    if run.timeout is not None and is_of_the_whole(run, definition):
        document["TimeoutSeconds"] = whole_seconds(run.timeout)
    return document


class _Machine:
    """Lays what belongs to a whole run around its elements."""

    def __init__(self, run: Run, definition: Definition) -> None:
        self._run = run
        self._scope = Scope("", Unique())
        self._elements = Elements(run)
        self._is_received = run.id in received_runs(definition)
        self._is_ordered = is_ordered(definition, run.id)

    def made(self) -> State:
        run, scope = self._run, self._scope
        begin = scope.name("Begin")
        guards = self._guards(begin)
        done = scope.add(scope.name("Done"), {"Type": "Succeed", "Output": embedded(self._result())})
        first = self._elements.sequence(run.steps, done, scope, guards)
        scope.add(begin, self._begin(first, guards))
        entry = begin
        if run.retry is not None:
            zero: State = {"Type": "Pass", "Assign": {"attempt": 0}, "Next": entry}
            entry = scope.add(scope.name("First try"), zero)
        if self._is_ordered:
            entry = when_all_before_have_ended(scope, entry)
        if self._is_received:
            entry = self._when_due(entry)
        return {"StartAt": entry, "States": from_the_start(entry, scope.states)}

    def _begin(self, first: str, guards: Guards) -> State:
        attempt = "$attempt" if self._run.retry is not None else "0"
        before = {BEFORE: embedded(f"${BEFORE}")} if self._is_ordered else {}
        state = invoke({"begin": self._run.id, "input": embedded(INPUT), **before})
        state["Assign"] = {
            "vars": embedded("$states.result.Payload.variables"),
            "context": embedded(f'$merge([$states.result.Payload.context, {{"attempt": {attempt}}}])'),
        }
        if catches := self._scope.catches(guards):
            state["Catch"] = catches
        return {**state, "Next": first}

    def _guards(self, begin: str) -> Guards:
        """What takes the errors of the run, the innermost first."""
        run, scope, guards = self._run, self._scope, list[Guard]()
        if run.kind in _REQUESTS or self._elements.ends_inside():
            output = embedded(self._elements.told(scope, "result"))
            guards.append(
                Guard(scope.add(scope.name("Ended"), {"Type": "Succeed", "Output": output}), special=(ENDED,))
            )
        failed = self._failed()
        if failed:
            guards.append(Guard(failed, takes_all=True))
        if run.retry is not None:
            again = self._elements.again(run.name or run.id, run.retry, begin, scope, tuple(guards), counter="attempt")
            guards.insert(len(guards) - bool(failed), Guard(again, run.retry.errors, (RETRY_ASKED,)))
        return tuple(guards)

    def _failed(self) -> str:
        """What happens when the run has failed for good; empty where the execution just fails."""
        run, scope = self._run, self._scope
        if not run.on_failure and run.kind not in _REQUESTS:
            return ""
        fail = self._elements.fail(scope)
        if run.kind in _REQUESTS:
            payload = {
                "answer": run.id,
                "error": embedded(self._elements.told(scope, "described")),
                "context": embedded("$context"),
            }
            answered = scope.add(scope.name("Answered"), {"Type": "Succeed", "Output": embedded(f"${scope.case}")})
            answer = invoke(payload)
            answer["Assign"] = {scope.case: embedded("$states.result.Payload")}
            answer["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": fail}]
            return scope.add(scope.name("Answer the error"), {**answer, "Next": answered})
        steps = self._elements.sequence(run.on_failure, fail, scope, ())
        keep = scope.merged({"error": self._elements.told(scope, "described.value")})
        return scope.add(scope.name("Failed"), {"Type": "Pass", "Assign": keep, "Next": steps})

    def _result(self) -> str:
        if not self._run.result:
            return "null"
        path = f"$vars.{key(self._run.result)}"
        return f"$exists({path}) ? {path} : null"

    def _when_due(self, entry: str) -> str:
        scope = self._scope
        stamp = embedded(f"$fromMillis({_DUE} * 1000)")
        wait = scope.add(scope.name("Wait until due"), {"Type": "Wait", "Timestamp": stamp, "Next": entry})
        is_due = embedded(f"$type({_DUE}) = {text('number')}")
        choice: State = {"Type": "Choice", "Choices": [{"Condition": is_due, "Next": wait}], "Default": entry}
        return scope.add(scope.name("Due now?"), choice)
