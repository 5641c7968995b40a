"""The workflow of one run: its beginning, its tries, its failure, its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exporters.canonical.limits import is_of_the_whole
from exporters.canonical.records import Definition, Run
from exporters.canonical.schedules import cron
from exporters.canonical.walk import received_runs
from exporters.serverlessworkflow import follow, tasks
from exporters.serverlessworkflow.elements import Elements, Place, value_of
from exporters.serverlessworkflow.expressions import embedded, ending, fits, plain, text
from exporters.serverlessworkflow.policy import retry_of
from exporters.serverlessworkflow.tasks import Task, Tasks
from exporters.shared.identifiers import Unique, slug

WORKERS = "http://workers:8080"
_REQUESTS = frozenset({"http", "webhook"})
_GIVEN = {"input": embedded("$workflow.input.input"), "message": embedded("$workflow.input.message")}
LONGEST = 56
"""Of 63 letters of a name; the rest is for a number."""
_ERROR, _TRY = "error_run", "error_try"


def document_names(definition: Definition) -> dict[str, str]:
    """The names of the runs' documents: letters, digits and hyphens, not too long."""
    unique = Unique(separator="-")
    return {run.id: unique(slug(run.id, limit=LONGEST)) for run in definition.runs}


def follow_name(names: Mapping[str, str]) -> str:
    """The name of the document for messages that come after others: one that no run's has."""
    return Unique(names.values(), separator="-")(follow.NAME)


def follow_document(definition: Definition, flow: str, namespace: str) -> Task:
    """The document for messages that come after others."""
    names = document_names(definition)
    return follow.document(definition, namespace, follow_name(names), names, f"{WORKERS}/{flow}")


def workflow(run: Run, definition: Definition, flow: str, namespace: str) -> Task:
    """The run's document."""
    names = document_names(definition)
    elements = Elements(run, namespace, names, follow_name(names))
    document: Task = {
        "document": {
            "dsl": "1.0.0",
            "namespace": namespace,
            "name": names[run.id],
            "version": tasks.VERSION,
            "title": plain(run.name or run.id),
            "summary": plain(f"{run.function} ({run.at})" if run.at else run.function),
        }
    }
    if run.id == definition.start and (schedule := schedule_of(definition)):
        document["schedule"] = {"cron": schedule}
    if run.timeout is not None and is_of_the_whole(run, definition):
        document["timeout"] = {"after": tasks.duration(run.timeout)}
    document["use"] = {"functions": tasks.functions(f"{WORKERS}/{flow}")}
    document["do"] = [*_due(run, definition), {"run": _guarded(run, elements)}]
    return document


def schedule_of(definition: Definition) -> str:
    """The first cron text among the triggers: a document holds one."""
    texts = (cron(trigger.schedule) for trigger in definition.triggers if trigger.schedule)
    return next((text for text in texts if text), "")


def _due(run: Run, definition: Definition) -> Tasks:
    """A message does not start its run before its time."""
    if run.id not in received_runs(definition):
        return []
    due = "$workflow.input.message.due"
    pause = {"call": tasks.PAUSE, "with": {"seconds": embedded(f"[{due} - now, 0] | max")}}
    return [{"until_due": {"if": embedded(f"{due} != null"), **pause}}]


def _guarded(run: Run, elements: Elements) -> Task:
    """The run with what takes the errors that leave it."""
    made = _once(run, elements)
    if run.retry is not None:
        asked = f"${_TRY}.type == {text(tasks.AGAIN)}"
        failed = f"${_TRY}.type == {text(tasks.FAILED)} and ({fits(_TRY, run.retry.errors)})"
        again = retry_of(run.retry, _TRY, embedded(f"{asked} or ({failed})"), any_type=True)
        made = [{"tries": tasks.caught(made, again)}]
    cases = {"ended": (f"${_ERROR}.type == {text(tasks.ENDED)}", "ended")}
    ended = {"set": {"result": embedded(f"{ending(_ERROR)}.result")}, "then": "exit"}
    failed = [*_failed(run, elements)]
    if not failed:
        catch: Task = {"errors": {"with": {"type": tasks.ENDED}}, "as": _ERROR, "do": [{"ended": ended}]}
        return tasks.caught(made, catch)
    cases["failed"] = ("", next(iter(failed[0])))
    way = {"way": tasks.switch(cases)}
    when = embedded(f'${_ERROR}.type | startswith("workers://")')
    return tasks.caught(made, {"as": _ERROR, "when": when, "do": [way, {"ended": ended}, *failed]})


def _once(run: Run, elements: Elements) -> Tasks:
    tries = "(($context.tries // 0) + 1)"
    begun = f"{{run: .context, vars: .outputs, sent: {{}}, tries: {tries}}}"
    begin = tasks.perform({"begin": run.id, **_GIVEN, "try": embedded(tries)}, begun)
    place = Place(frozenset(run.parameters))
    made = elements.sequence(run.steps, place)[0]
    return [{"begin": begin}, *made, {"done": {"set": {"result": embedded(value_of(run.result))}}}]


def _failed(run: Run, elements: Elements) -> Tasks:
    """What happens when the run has failed for good; nothing where the workflow just fails."""
    context: dict[str, Any] = {"context_of": run.id, **_GIVEN}
    if run.kind in _REQUESTS:
        arguments = {"answer": run.id, "ending": embedded(ending(_ERROR)), "context": embedded(".context")}
        answered = {"set": {"result": embedded(".ending.result")}, "then": "exit"}
        return [
            {"failed": tasks.perform(context)},
            {"answer": tasks.perform(arguments)},
            {"answered": answered},
        ]
    if not run.on_failure:
        return []
    kept = f"{{run: .context, vars: (.arguments + {{error: {ending(_ERROR)}.error.value}}), sent: {{}}}}"
    place = Place(frozenset({"error", *run.parameters}), is_open=False)
    return [
        {"failed": tasks.perform(context, kept)},
        *elements.sequence(run.on_failure, place)[0],
        {"goes_on": tasks.raised_again(_ERROR)},
    ]
