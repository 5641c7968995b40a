"""Serves the states of a workflow: an event names what to do, the result or a named error goes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

from exporters.python_code.runtime.endings import by_run
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


def handler(plan: Plan, roots: Sequence[str]) -> Callable[..., object]:
    """The function for Lambda, with the backend beside it."""
    return serving(Workers(plan, [enter(Path.cwd(), roots)]))


def serving(workers: Workers) -> Callable[..., object]:
    """What answers the events.

    `{"begin": run, "input": …}` gives the run's variables and context; `{"step": id, "inputs": …, "context": …}` does a
    step; `{"collect": [names], "results": […]}` lists variables of parallel items; `{"answer": run, "error": …}` asks
    the web framework for the response to an error.
    """

    def handle(event: Event, _context: object = None) -> object:
        try:
            return _served(workers, event)
        except Ended as end:
            raise _named(_ENDED, {"result": end.result}) from end
        except RefusedError as error:
            raise _named(_REFUSED, {"message": str(error)}) from error
        except RetryAsked as error:
            told = {"described": workers.describe(error), "delay": error.delay, "sent": by_run(error.sent)}
            raise _named(_RETRY_ASKED, told) from error
        except Exception as error:
            described = workers.describe(error)
            told = {"described": described, "sent": by_run(sent_before(error))}
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
        return _begun(workers, event["begin"], event.get("input"))
    if "collect" in event:
        return {name: [result[name] for result in event["results"]] for name in event["collect"]}
    if "answer" in event:
        if event["error"] is None:
            raise RefusedError("the error is not one of the backend's code: there is no response to it")
        return workers.answer(event["answer"], event["error"], event["context"])
    done = workers.perform(event["step"], event["inputs"], event["context"])
    return {"outputs": done["outputs"], "sent": by_run(done["sent"])}


def _begun(workers: Workers, run: str, given: object) -> object:
    """A run that a message starts is given its context; any other input is the user's."""
    is_context = isinstance(given, dict) and given.keys() == {"id", "attempt", "origin"}
    context = cast("Context", given) if is_context else workers.start(given)
    return {"variables": workers.perform(run, {}, context)["outputs"], "context": context}


def _named(name: str, told: Event) -> Exception:
    """Lambda names an error after its class, and says its text."""
    return type(name, (Exception,), {})(json.dumps(told))
