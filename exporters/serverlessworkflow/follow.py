"""The workflow of messages that come after others: it does their runs one after the other, and each takes results."""

from __future__ import annotations

from collections.abc import Mapping

from exporters.canonical.records import Definition, Run, Start
from exporters.canonical.walk import all_elements, are_several, received_runs, starts_of
from exporters.serverlessworkflow import tasks
from exporters.serverlessworkflow.expressions import embedded, key, text
from exporters.serverlessworkflow.tasks import Task

NAME = "follow"
"""What the document is called, unless a run is called so."""
_ENDED = "$context.ended"


def may_follow(run: Run, step: str) -> bool:
    """Whether what the step sends may be several messages, of which some come after others."""
    return are_several(starts_of(run, step))


def is_needed(definition: Definition) -> bool:
    """Whether some step of the definition can send such messages."""
    return any(
        may_follow(run, element.of)
        for run in definition.runs
        for element in all_elements(run)
        if isinstance(element, Start)
    )


def document(definition: Definition, namespace: str, name: str, names: Mapping[str, str], url: str) -> Task:
    """The document; `names` are those of the runs' documents. Its input: `messages` in order, and `runs` to let go."""
    received = received_runs(definition)
    ways = {run: f"run_{run}" for run in names if run in received}
    cases = {f"is_{run}": (f"$message.run == {text(run)}", way) for run, way in ways.items()}
    before = f"all($message.after // [] | .[]; . as $id | {_ENDED} | has($id))"
    is_ready = f"($workflow.input.runs | any(. == $message.run)) and ({before})"
    delay = embedded("$message.delay // 0")
    turn = [
        {"ready": tasks.switch({"yes": (is_ready, "later"), "no": ("", "exit")})},
        {"later": {"call": tasks.PAUSE, "with": {"seconds": delay}}},
        {"way": tasks.switch({**cases, "other": ("", "exit")})},
        *({way: _awaited(namespace, names[run], run)} for run, way in ways.items()),
    ]
    each = {"for": {"each": "message", "in": embedded("$workflow.input.messages")}, "do": [{"turn": tasks.do(turn)}]}
    begin = {"set": {"begun": True}, "export": {"as": embedded("{ended: {}}")}}
    return {
        "document": {
            "dsl": "1.0.0",
            "namespace": namespace,
            "name": name,
            "version": tasks.VERSION,
            "title": "Work that comes after other work",
        },
        "use": {"functions": tasks.functions(url)},
        "do": [{"begin": begin}, {"each": each}],
    }


def _awaited(namespace: str, name: str, run: str) -> Task:
    """A message's run, until it has ended; what comes after it never happens when it fails."""
    ended = f"(. as $id | {_ENDED}[$id])"
    taken = f"if $message.gathers then [$message.after[] | {ended}] else ($message.after[0] | {ended}) end"
    takes = f'if ($message.takes // "") == "" then {{}} else {{($message.takes): ({taken})}} end'
    message = embedded(f"$message + {{arguments: ($message.arguments + ({takes}))}}")
    workflow = {"namespace": namespace, "name": name, "version": tasks.VERSION, "input": {"message": message}}
    kept = embedded(f"$context + {{ended: ({_ENDED} + {{($message{key('id')}): .result}})}}")
    once = {f"await_{run}": {"run": {"workflow": workflow, "await": True}, "export": {"as": kept}}}
    failed = {"as": "error", "do": [{f"{run}_failed": {"set": {"failed": True}}}]}
    return {**tasks.caught([once], failed), "then": "exit"}
