"""Serves the states of a workflow: an event names what to do, the result or a named error goes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from exporters.stepfunctions.runtime.sending import named
from exporters.worker.errors import Ended, RefusedError, RetryAsked, fits
from exporters.worker.messages import Context, Described
from exporters.worker.performing import Workers, sent_before
from exporters.worker.plan import Plan
from exporters.worker.settings import enter

Event = dict[str, Any]
_REFUSED = "Refused"
_RETRY_ASKED = "RetryAsked"
_ENDED = "Ended"
_ANY = "Exception"
_CONTEXT = frozenset({"id", "attempt", "origin", "after"})


def handler(plan: Plan, roots: Sequence[str]) -> Callable[..., object]:
    """The function for Lambda, with the backend beside it."""
    return serving(Workers(plan, [enter(Path.cwd(), roots)]))


def serving(workers: Workers) -> Callable[..., object]:
    """What answers the events.

    `{"begin": run, "input": …}` gives the run's variables and context (`before` tells how the executions have ended
    that come before it); `{"step": id, "inputs": …, "context": …}` does a step; `{"collect": [names], "results": […]}`
    lists variables of parallel items; `{"answer": run, "error": …}` asks the web framework for the
    response to an error.
    """

    def handle(event: Event, _context: object = None) -> object:
        try:
            return _served(workers, event)
        except Ended as end:
            raise _named(_ENDED, {"result": end.result}) from end
        except RefusedError as error:
            raise _named(_REFUSED, {"message": str(error)}) from error
        except RetryAsked as error:
            told = {"described": workers.describe(error), "delay": error.delay, "sent": named(error.sent)}
            raise _named(_RETRY_ASKED, told) from error
        except Exception as error:
            described = workers.describe(error)
            told = {"described": described, "sent": named(sent_before(error))}
            piece = workers.plan.piece_of.get(event.get("step", ""))
            raise _named(error_name(described, piece.guards if piece else ()), told) from error

    return handle


def error_name(described: Described, guards: Sequence[Sequence[str]]) -> str:
    """The error's name for `ErrorEquals`: for each guard, from the innermost, the first of its names that it fits."""
    found: list[str] = []
    for names in reversed(guards):
        taken = next((name for name in names or (_ANY,) if fits(described, () if name == _ANY else (name,))), None)
        if taken and taken not in found:
            found.append(taken)
    return "/".join(found) or described["types"][0].rpartition(".")[2]


def _served(workers: Workers, event: Event) -> object:
    if "begin" in event:
        return _begun(workers, event["begin"], event.get("input"), event.get("before") or ())
    if "collect" in event:
        return {name: [result[name] for result in event["results"]] for name in event["collect"]}
    if "answer" in event:
        if event["error"] is None:
            raise RefusedError("the error is not one of the backend's code: there is no response to it")
        return workers.answer(event["answer"], event["error"], event["context"])
    done = workers.perform(event["step"], event["inputs"], event["context"])
    return {"outputs": done["outputs"], "sent": named(done["sent"])}


def _begun(workers: Workers, run: str, given: object, before: Sequence[Event]) -> object:
    """A run that a message starts is given its context; any other input is the user's."""
    is_context = isinstance(given, dict) and {"id", "attempt", "origin"} <= given.keys() <= _CONTEXT
    context = _with_results(cast("Event", given), before) if is_context else workers.start(given)
    return {"variables": workers.perform(run, {}, context)["outputs"], "context": context}


def _with_results(given: Event, before: Sequence[Event]) -> Context:
    """The context of a message; one of its arguments may be what the runs before it have returned."""
    origin = dict(given["origin"])
    results = [json.loads(each["output"] or "null") for each in before]
    if results and origin.get("takes"):
        taken = results if origin.get("gathers") else results[0]
        origin["arguments"] = {**origin["arguments"], origin["takes"]: taken}
    return Context(id=given["id"], attempt=given["attempt"], origin=origin)


def _named(name: str, told: Event) -> Exception:
    """Lambda names an error after its class, and says its text."""
    return type(name, (Exception,), {})(json.dumps(told))
