"""How pieces end, as Conductor's tasks tell it: `goes` says where the workflow goes on, `ending` why it leaves."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Iterable, Mapping
from typing import Any

from exporters.python_code.runtime.flows import Retry
from exporters.python_code.runtime.outcomes import Outcome, answer, limited, outcome
from exporters.worker.errors import fits
from exporters.worker.messages import Context, Message
from exporters.worker.performing import Workers

Json = dict[str, Any]
_MISSING = {"$": "missing"}
"""What stands in a variable that nothing has set."""
_AT_ONCE = 0.001
_log = logging.getLogger(__name__)


def piece(workers: Workers, given: Json) -> Json:
    """Do a step, or ask a condition."""
    inputs = {name: value for name, value in given["inputs"].items() if value != _MISSING}
    context = given["context"]
    work = limited(lambda: outcome(workers, given["step"], inputs, context), given.get("limit"))
    told = asyncio.run(work)
    kept: Mapping[str, Any] = given.get("kept") or {}
    if "done" not in told:
        return {"goes": "out", "ending": _ending(workers, told, given, context), "outputs": dict(kept)}
    outputs = told["done"]["outputs"]
    if "case" in outputs:
        return {"goes": "yes" if outputs["case"] else "no"}
    return {"goes": "on", "outputs": {**kept, **outputs}, "sent": _by_run(told["done"]["sent"])}


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
        return {"ending": _ending(workers, told, {"answers": given["answer"]}, given["context"])}
    context = _context(workers, given)
    return {"context": context, "arguments": context["origin"].get("arguments") or {}}


def caught(given: Json) -> Json:
    """Which catch takes an ending."""
    ending = given["ending"]
    if ending["way"] == "failed":
        for number, names in enumerate(given["catches"], 1):
            if fits(ending["error"], names):
                return {"goes": f"catch_{number}", "value": ending["error"]["value"]}
    return {"goes": "out", "ending": ending}


def tried_again(given: Json) -> Json:
    """Whether there is another try, and after how many seconds; only a whole run takes what its code asks for."""
    ending, retry, tries = given["ending"], Retry(**given["retry"]), int(given["tries"])
    is_whole = bool(given.get("whole"))
    if is_whole and ending["way"] == "ended":
        return {"goes": "ended", "ending": ending}
    asked = is_whole and ending["way"] == "again"
    if not asked and (ending["way"] != "failed" or not fits(ending["error"], retry.errors)):
        return {"goes": "out", "ending": ending}
    if retry.is_over(tries):
        return {"goes": "out", "ending": ending}
    delay = ending.get("delay") if asked else None
    return waited(retry.seconds(tries, _chance) if delay is None else delay)


def timed(given: Json) -> Json:
    """How long to wait: for so many seconds, or until a time."""
    if "seconds" in given:
        return waited(float(given["seconds"]))
    return waited(0.0 if given["until"] is None else given["until"] - time.time())


def waited(seconds: float) -> Json:
    """Whole seconds are the server's to wait; the part of one that is left has passed when this returns."""
    whole = max(0, math.floor(seconds))
    rest = seconds - whole
    if rest > _AT_ONCE:
        time.sleep(rest)
    return {"goes": "wait", "seconds": whole} if whole else {"goes": "on"}


def is_to_try_again(told: Json, again: Json, tries: int) -> bool:
    """Whether the server itself is to try a step again, by the policy of its task definition."""
    ending = told.get("ending")
    return bool(
        ending
        and ending["way"] == "failed"
        and tries + 1 < again["attempts"]
        and fits(ending["error"], again["errors"])
    )


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
        return {"way": "ended", "status": "COMPLETED", "result": told["ended"]}
    way = next(way for way in ("failed", "again", "refused") if way in told)
    error = told[way]
    return {
        "way": way,
        "status": "FAILED",
        "reason": f"{error['types'][0]}: {error['message']}",
        "error": error,
        "delay": told.get("delay"),
    }


def _told(ending: Json) -> Outcome:
    if ending["way"] == "ended":
        return {"ended": ending["result"]}
    return {ending["way"]: ending["error"], "delay": ending["delay"], "sent": []}


def _by_run(sent: Iterable[Message]) -> dict[str, list[Message]]:
    """Messages by the run that receives them; what nobody receives is told in the log."""
    found: dict[str, list[Message]] = {}
    for message in sent:
        if message["run"]:
            found.setdefault(message["run"], []).append(message)
        else:
            _log.warning("work was sent to %s, which no run of the definition receives", message["name"])
    return found


def _chance() -> float:
    return random.random()  # noqa: S311 - spreads retries
