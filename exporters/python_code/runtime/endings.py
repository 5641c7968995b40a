"""How pieces end, as data of a declared workflow: `goes` says where it goes on, `ending` why it leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from exporters.python_code.runtime.outcomes import Outcome, answer, limited, outcome
from exporters.worker.errors import RefusedError, describe
from exporters.worker.messages import Context, Message
from exporters.worker.performing import Workers

Json = dict[str, Any]
_MISSING = {"$": "missing"}
"""What stands in a variable that nothing has set."""
_log = logging.getLogger(__name__)


def piece(workers: Workers, given: Json, shaped: Callable[[Sequence[Message]], Json] | None = None) -> Json:
    """Do a step, or ask a condition.

    `shaped` is how the engine is told what the step has sent. Without it: by run; with `batches`, what comes after
    other work in one batch with it, else nothing may. What a step had sent before it ended otherwise is in `left`.
    """
    inputs = {name: value for name, value in given["inputs"].items() if value != _MISSING}
    context = given["context"]
    work = limited(lambda: outcome(workers, given["step"], inputs, context), given.get("limit"))
    in_order = bool(given.get("batches"))
    told = asyncio.run(work)
    told = told if shaped or in_order else _without_order(told)
    kept: Mapping[str, Any] = given.get("kept") or {}
    if "done" not in told:
        left = list(told.get("sent") or ())
        return {"goes": "out", "ending": _ending(workers, told, given, context), "outputs": dict(kept), "left": left}
    outputs = told["done"]["outputs"]
    if workers.plan.piece_of[given["step"]].condition:
        return {"goes": "yes" if outputs["case"] else "no"}
    sent = (shaped or (batches if in_order else by_run))(told["done"]["sent"])
    return {"goes": "on", "outputs": {**kept, **outputs}, "sent": sent}


def beginning(workers: Workers, given: Json) -> Json:
    """Begin a run, once for each of its tries: its parameters and its context."""
    context: Context | None = None
    try:
        context = {**_context(workers, given), "attempt": int(given["try"]) - 1}
    except Exception as error:  # noqa: BLE001 - whatever the input makes of it
        told: Outcome = {"refused": workers.describe(error)}
    else:
        told = outcome(workers, given["begin"], {}, context)
    if "done" not in told:
        return {"goes": "out", "ending": _ending(workers, told, given, context)}
    return {"goes": "on", "outputs": told["done"]["outputs"], "context": context}


def of_run(workers: Workers, given: Json) -> Json:
    """What a run asks beside its steps: to begin, for its context, for the framework's answer to an error."""
    if "begin" in given:
        return beginning(workers, given)
    if "answer" in given:
        told = _told(given["ending"])
        ending = _ending(workers, told, {"answers": given["answer"]}, given["context"])
        return {"goes": "on" if ending["way"] == "ended" else "out", "ending": ending}
    context = _context(workers, given)
    return {"context": context, "arguments": context["origin"].get("arguments") or {}}


def _context(workers: Workers, given: Json) -> Context:
    """A message that another run has sent, or what a user has put in."""
    message = given["message"]
    if message is not None:
        return Context(id=message["id"], attempt=0, origin=message)
    return workers.start(given["input"])


def _ending(workers: Workers, told: Outcome, given: Json, context: Context | None) -> Json:
    """Why a run, or a part of it, ends before its last element."""
    run = given.get("answers")
    if run and context and "ended" not in told:
        error = next(told[way] for way in ("failed", "again", "refused") if way in told)
        told = answer(workers, run, error, context)
    if "ended" in told:
        return {"way": "ended", "result": told["ended"]}
    way = next(way for way in ("failed", "again", "refused") if way in told)
    error = told[way]
    return {
        "way": way,
        "reason": f"{error['types'][0]}: {error['message']}",
        "error": error,
        "delay": told.get("delay"),
    }


def _without_order(told: Outcome) -> Outcome:
    """Refuse what an engine can't say that starts a run and forgets it."""
    sent = told.get("done", {}).get("sent", ())
    later = next((message for message in sent if message.get("after")), None)
    if later is None:
        return told
    refused = RefusedError(f"{later['name']} is to run after other work that is sent, which this engine can't say")
    return {"refused": describe(refused)}


def _told(ending: Json) -> Outcome:
    if ending["way"] == "ended":
        return {"ended": ending["result"]}
    return {ending["way"]: ending["error"], "delay": ending["delay"], "sent": []}


def batches(sent: Iterable[Message]) -> dict[str, list[list[Message]]]:
    """Messages in batches, by the run of each batch's first: what comes after others stands behind them in theirs."""
    joined: dict[str, list[Message]] = {}
    for message in sent:
        before = [joined[other] for other in message.get("after", ())]
        batch: list[Message] = []
        for other in before:
            batch += [one for one in other if one not in batch]
        batch.append(message)
        joined |= {one["id"]: batch for one in batch}
    found: dict[str, list[list[Message]]] = {}
    for batch in {id(each): each for each in joined.values()}.values():
        for run in by_run(batch[:1]):
            found.setdefault(run, []).append(batch)
    return found


def by_run(sent: Iterable[Message]) -> dict[str, list[Message]]:
    """Messages by the run that receives them; what nobody receives is told in the log."""
    found: dict[str, list[Message]] = {}
    for message in sent:
        if message["run"]:
            found.setdefault(message["run"], []).append(message)
        else:
            _log.warning("work was sent to %s, which no run of the definition receives", message["name"])
    return found
