"""Messages that come after others: the machine of such a message waits until the executions before it have ended well.

A message's execution has its name when the message is sent, so that another one can be told to look for it. A machine
asks Step Functions itself how those executions stand, in growing pauses.
"""

from __future__ import annotations

from collections.abc import Mapping

from exporters.canonical.records import Definition, Start
from exporters.canonical.walk import all_elements, are_several, starts_of
from exporters.stepfunctions.jsonata import embedded, text
from exporters.stepfunctions.scope import Scope, State

BEFORE = "before"
"""The variable that holds how the executions before this one have ended."""
INPUT = "$states.context.Execution.Input"
_AFTER = f"{INPUT}.after"
_LONGEST_PAUSE = 60
_OVER = ("FAILED", "TIMED_OUT", "ABORTED")


def is_ordered(definition: Definition, run: str) -> bool:
    """Whether messages to the run may come after others: some step can send it, or it and others, more than one."""
    return any(
        are_several(starts_of(each, start.of))
        for each in definition.runs
        for start in all_elements(each)
        if isinstance(start, Start) and start.run == run
    )


def after(sent: str, machines: Mapping[str, str]) -> str:
    """The ARNs of the executions that come before a message's, as JSONata; `machines` are those that may do them."""
    known = "{" + ", ".join(f"{text(run)}: {text(machine)}" for run, machine in machines.items()) + "}"
    machine = f'$replace($lookup({known}, $each.run), ":stateMachine:", ":execution:")'
    return f'[$map({sent}.after, function($each) {{ {machine} & ":" & $each.name }})]'


def when_all_before_have_ended(scope: Scope, entry: str) -> str:
    """States that wait for what comes before, then for the message's delay; the name of the first."""
    delay = f"{INPUT}.origin.delay"
    later: State = {
        "Type": "Wait",
        "Timestamp": embedded(f"$fromMillis($millis() + $floor(1000 * {delay}))"),
        "Next": entry,
    }
    wait = scope.add(scope.name("Wait for its delay"), later)
    is_later = embedded(f"$exists({delay}) and {delay} > 0")
    go_on = scope.add(scope.name("Later still?"), _choice({is_later: wait}, entry))
    look, told, pause = (scope.name(name) for name in ("Look before", "Have all ended well?", "Wait for those before"))
    scope.add(look, {**_look(scope), "Next": told})
    over = ", ".join(text(status) for status in _OVER)
    lost: State = {
        "Type": "Fail",
        "Error": "NotStarted",
        "Cause": "What comes before has not ended well: this never starts.",
    }
    failed = scope.add(scope.name("Never"), lost)
    ways = {
        embedded(f"$count(${BEFORE}[status in [{over}]]) > 0"): failed,
        embedded(f'$count(${BEFORE}[status != "SUCCEEDED"]) > 0'): pause,
    }
    scope.add(told, _choice(ways, go_on))
    longer = embedded(f"$min([{_LONGEST_PAUSE}, 2 * $pause])")
    scope.add(pause, {"Type": "Wait", "Seconds": embedded("$pause"), "Assign": {"pause": longer}, "Next": look})
    has_before = embedded(f"$exists({_AFTER})")
    first = scope.add(scope.name("After others?"), _choice({has_before: look}, entry))
    begin: State = {"Type": "Pass", "Assign": {BEFORE: [], "pause": 1}, "Next": first}
    return scope.add(scope.name("Sent"), begin)


def _look(scope: Scope) -> State:
    """How the executions before stand; one that is not there yet is still to come."""
    ask, missing = scope.name("Look at one"), scope.name("Not yet there")
    task: State = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:describeExecution",
        "Arguments": {"ExecutionArn": embedded("$states.input.execution")},
        "Output": {
            "status": embedded("$states.result.Status"),
            "output": embedded("$exists($states.result.Output) ? $states.result.Output : null"),
        },
        "Catch": [{"ErrorEquals": ["Sfn.ExecutionDoesNotExistException"], "Next": missing}],
        "End": True,
    }
    return {
        "Type": "Map",
        "Items": embedded(_AFTER),
        "ItemSelector": {"execution": embedded("$states.context.Map.Item.Value")},
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "INLINE"},
            "StartAt": ask,
            "States": {
                ask: task,
                missing: {"Type": "Pass", "Output": {"status": "RUNNING", "output": None}, "End": True},
            },
        },
        "Assign": {BEFORE: embedded("$states.result")},
    }


def _choice(ways: dict[str, str], default: str) -> State:
    choices = [{"Condition": condition, "Next": name} for condition, name in ways.items()]
    return {"Type": "Choice", "Choices": choices, "Default": default}
