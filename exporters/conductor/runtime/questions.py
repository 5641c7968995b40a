"""What Conductor asks the workers beside the pieces: which catch, whether to try again, how long to wait."""

from __future__ import annotations

import math
import random
import time
from typing import Any

from exporters.python_code.runtime.flows import Retry
from exporters.worker.errors import fits

Json = dict[str, Any]
_AT_ONCE = 0.001


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
    return waited(retry.seconds(tries, random.random) if delay is None else delay)


def timed(given: Json) -> Json:
    """How long to wait: for so many seconds, or until a time and then a delay."""
    if "seconds" in given:
        return waited(float(given["seconds"]))
    left = 0.0 if given["until"] is None else max(0.0, given["until"] - time.time())
    return waited(left + float(given["delay"] or 0))


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
