"""What a step has sent, as workflows to start; one workflow keeps the order of messages that come after others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exporters.python_code.runtime.endings import Json, by_run
from exporters.worker.errors import RefusedError
from exporters.worker.messages import Message

_VERSION = 1
_OWNER = "owner@example.com"
_TAKEN = (
    ". as $in | (($in.before | map(select(.ok | not))) == []) as $on | "
    '{way: (if $on then "on" else "never" end), message: (if $on and ($in.message.takes // "") != "" then '
    "($in.message + {arguments: ($in.message.arguments + {($in.message.takes): "
    "(if $in.message.gathers then ($in.before | map(.result)) else $in.before[0].result end)})}) "
    "else $in.message end)}"
)
_ENDED = '{ok: (.status == "COMPLETED"), result: .result}'


def told(sent: Sequence[Message], flow: str, starts: Mapping[str, Sequence[str]]) -> Json:
    """What a step has sent, for the starts that let it go: by run, or, by the first start of each group, in order."""
    if not any(message.get("after") for message in sent):
        return {"way": "at_once", "runs": by_run(sent)}
    return {
        "way": "in_order",
        "runs": by_run(sent),
        "requests": {start: requests(_of(sent, runs, starts), flow) for start, runs in starts.items()},
    }


def requests(sent: Sequence[Message], flow: str) -> list[Json]:
    """What the server is asked to start: a workflow for each message by itself, one for those that wait for others."""
    return [
        _request(f"{flow}.{part[0]['run']}", {"message": part[0]}) if len(part) == 1 else _in_order(part, flow)
        for part in _parts(sent)
    ]


def left(sent: Sequence[Message], flow: str, starts: Mapping[str, Sequence[str]]) -> list[Json]:
    """What the server is asked to start of what a step had sent before it failed, or ended the run."""
    runs = {run for group in starts.values() for run in group}
    return requests(_let_go([message for message in sent if message["run"] in runs]), flow)


def named(flow: str) -> str:
    """The name of the workflows that keep an order; no run's, for these have no hyphen."""
    return f"{flow}.in-order"


def _of(sent: Sequence[Message], runs: Sequence[str], starts: Mapping[str, Sequence[str]]) -> list[Message]:
    """The messages of one group of starts; what comes after a message that nothing lets go never starts."""
    kept = [message for message in sent if message["run"] in runs]
    others = {message["id"]: message for message in sent if message not in kept}
    elsewhere = {run for group in starts.values() for run in group} - set(runs)
    for message in kept:
        for before in message.get("after", ()):
            if before in others and others[before]["run"] in elsewhere:
                text = f"{message['name']} is to run after {others[before]['name']}, which is let go at another place"
                raise RefusedError(text)
    return _let_go(kept)


def _let_go(sent: Sequence[Message]) -> list[Message]:
    known = {message["id"] for message in sent}
    kept = [message for message in sent if known.issuperset(message.get("after", ()))]
    return kept if len(kept) == len(sent) else _let_go(kept)


def _parts(sent: Sequence[Message]) -> list[list[Message]]:
    """Messages that wait for each other, each part in the order in which they were sent."""
    part_of = {message["id"]: message["id"] for message in sent}
    for message in sent:
        for before in message.get("after", ()):
            old, new = part_of[message["id"]], part_of[before]
            part_of = {name: new if part == old else part for name, part in part_of.items()}
    return [[m for m in sent if part_of[m["id"]] == part] for part in dict.fromkeys(part_of.values())]


def _request(name: str, given: Json) -> Json:
    return {"name": name, "version": _VERSION, "input": given}


def _in_order(part: Sequence[Message], flow: str) -> Json:
    numbers = {message["id"]: number for number, message in enumerate(part, 1)}
    branches = [_branch(message, numbers, flow) for message in part]
    ends = [branch[-1]["taskReferenceName"] for branch in branches]
    document: Json = {
        "name": named(flow),
        "version": _VERSION,
        "schemaVersion": 2,
        "ownerEmail": _OWNER,
        "description": "Work that comes after other work: each message waits for the ends of those before it",
        "tasks": [
            {**_task("FORK_JOIN", "all", {}), "forkTasks": branches},
            {**_task("JOIN", "all_done", {}), "joinOn": ends},
        ],
        "timeoutPolicy": "ALERT_ONLY",
        "timeoutSeconds": 0,
    }
    messages = {f"m{number}": message for number, message in enumerate(part, 1)}
    return {**_request(named(flow), {"messages": messages}), "workflowDef": document}


def _branch(message: Message, numbers: Mapping[str, int], flow: str) -> list[Json]:
    """Wait for what comes before, run the message's workflow if all that has ended well, and tell how it ended."""
    number = numbers[message["id"]]
    run, end = f"run_{number}", f"end_{number}"
    param = {"name": f"{flow}.{message['run']}", "version": _VERSION}
    given = f"${{workflow.input.messages.m{number}}}"
    ended = _jq(end, _ENDED, {"status": f"${{{run}.status}}", "result": f"${{{run}.output.result}}"})
    if not message.get("after"):
        return [_sub_workflow(run, param, given), ended]
    before = [f"end_{numbers[name]}" for name in message.get("after", ())]
    results = [f"${{{name}.output.result}}" for name in before]
    ways = {"on": [_sub_workflow(run, param, f"${{take_{number}.output.result.message}}")]}
    switch = _task("SWITCH", f"goes_{number}", {"way": f"${{take_{number}.output.result.way}}"})
    return [
        {**_task("JOIN", f"after_{number}", {}), "joinOn": before},
        _jq(f"take_{number}", _TAKEN, {"message": given, "before": results}),
        {**switch, "evaluatorType": "value-param", "expression": "way", "decisionCases": ways, "defaultCase": []},
        ended,
    ]


def _sub_workflow(ref: str, param: Json, message: str) -> Json:
    """A failed one does not end the workflow around it: what does not wait for it goes on."""
    task = _task("SUB_WORKFLOW", ref, {"message": message})
    return {**task, "subWorkflowParam": param, "optional": True}


def _jq(ref: str, expression: str, inputs: Json) -> Json:
    return _task("JSON_JQ_TRANSFORM", ref, {**inputs, "queryExpression": expression})


def _task(kind: str, ref: str, inputs: Json) -> Json:
    return {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": inputs}
