"""A worker of one step: does a piece, or elements that are kept together, and tells what came of it as plain JSON."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from exporters.python_code.runtime.flows import Retry
from exporters.worker.errors import Ended, RefusedError, describe, fits
from exporters.worker.messages import Context, Message
from exporters.worker.performing import Workers

Json = Any
Element = Mapping[str, Any]
Values = dict[str, Json]
_AT_ONCE = 16
_FAILED = "failed with "
"""What stands before an error as data, in the text of an error."""


class _RunEnded(Exception):  # noqa: N818 - an end, not a fault
    def __init__(self, result: Json) -> None:
        super().__init__(result)
        self.result = result


class Kept:
    """Elements that Unmeshed has no steps for, done in order inside one worker, with their loops, tries and waits."""

    def __init__(self, workers: Workers, context: Context) -> None:
        self._workers = workers
        self._context = context
        self.sent: dict[str, list[Message]] = {}
        """What each step has sent."""
        self.messages: list[Message] = []
        """What the starts among the elements have let go."""

    def run(self, elements: Sequence[Element], values: Values) -> None:
        """Do the elements; `values` holds the variables."""
        for element in elements:
            self._element(element, values)

    def _element(self, element: Element, values: Values) -> None:
        match element["type"]:
            case "step":
                self._step(element, values)
            case "decision":
                self.run(element.get("then" if self._ask(element, values) else "otherwise", ()), values)
            case "while":
                while self._ask(element, values):
                    self.run(element.get("steps", ()), values)
            case "loop":
                self._loop(element, values)
            case "parallel":
                branches = [dict(values) for _ in element["branches"]]
                steps = [branch.get("steps", ()) for branch in element["branches"]]
                self._at_once(steps, branches)
                for branch in branches:
                    values.update({name: value for name, value in branch.items() if values.get(name, ...) != value})
            case "try":
                self._try(element, values)
            case "retry":
                again = _retry(element["retry"])
                self._tried(again, lambda: self.run(element.get("steps", ()), values))
            case "wait":
                time.sleep(max(0.0, values[element["variable"]] if element.get("variable") else element["seconds"]))
            case "start":
                sent = self.sent.get(element["of"], [])
                self.messages += [message for message in sent if message["run"] == element["run"]]
            case _:
                raise _RunEnded(values[element["result"]] if element.get("result") else None)

    def _step(self, element: Element, values: Values) -> None:
        retry = _retry(element["retry"]) if element.get("retry") else Retry(attempts=1)
        done = self._tried(retry, lambda: self._workers.perform(element["id"], _inputs(element, values), self._context))
        outputs = element.get("outputs", {})
        values.update({into: done["outputs"][name] for name, into in outputs.items() if name in done["outputs"]})
        self.sent[element["id"]] = done["sent"]

    def _ask(self, element: Element, values: Values) -> bool:
        done = self._workers.perform(element["id"], _inputs(element, values), self._context)
        return bool(done["outputs"]["case"])

    def _loop(self, element: Element, values: Values) -> None:
        items, steps = values[element["over"]], element.get("steps", ())
        if not element.get("parallel"):
            for item in items:
                values[element["item"]] = item
                self.run(steps, values)
            return
        turns = [{**values, element["item"]: item} for item in items]
        self._at_once([steps] * len(turns), turns)
        for name, into in element.get("collect", {}).items():
            values[into] = [turn[name] for turn in turns]

    def _at_once(self, steps: Sequence[Sequence[Element]], values: Sequence[Values]) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for found in [pool.submit(self.run, *pair) for pair in zip(steps, values, strict=True)]:
                found.result()

    def _try(self, element: Element, values: Values) -> None:
        try:
            self.run(element.get("steps", ()), values)
        except (_RunEnded, Ended, RefusedError):
            raise
        except Exception as error:
            described = self._workers.describe(error)
            for catch in element.get("catch", ()):
                if fits(described, catch.get("errors", ())):
                    if catch.get("variable"):
                        values[catch["variable"]] = described["value"]
                    self.run(catch.get("steps", ()), values)
                    break
            else:
                raise
        finally:
            self.run(element.get("last", ()), values)

    def _tried(self, retry: Retry, work: Any) -> Any:
        tries = 0
        while True:
            try:
                return work()
            except (_RunEnded, Ended, RefusedError):
                raise
            except Exception as error:
                tries += 1
                if not fits(describe(error), retry.errors) or retry.is_over(tries):
                    raise
                time.sleep(retry.seconds(tries, random.random))


def kept(workers: Workers, served: Mapping[str, Any], given: Mapping[str, Json]) -> dict[str, Json]:
    """Do elements that are kept together."""
    work, values = Kept(workers, given["context"]), dict(given["values"])
    end: dict[str, Json] = {"ended": False}
    try:
        work.run(served["elements"], values)
    except _RunEnded as ended:
        end = {"ended": True, "result": ended.result}
    held = {step: _by_run(sent) for step, sent in work.sent.items()}
    return {"values": values, "held": held, **_by_run(work.messages, served["starts"]), **end}


def piece(workers: Workers, served: Mapping[str, Any], given: Mapping[str, Json]) -> dict[str, Json]:
    """Do one piece: its variables, and what it has sent, by the run that receives it."""
    done = workers.perform(served["step"], dict(given["inputs"]), given["context"])
    outputs = served["outputs"]
    values = {into: done["outputs"][name] for name, into in outputs.items() if name in done["outputs"]}
    return {"values": values, **_by_run(done["sent"], workers.plan.piece_of[served["step"]].sends)}


def asked(workers: Workers, step: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """Ask a condition."""
    done = workers.perform(step, dict(given["inputs"]), given["context"])
    return {"case": bool(done["outputs"]["case"])}


def begun(workers: Workers, run: str, given: Mapping[str, Json]) -> dict[str, Json]:
    """Begin a run: by the message that starts it, or by a user's input."""
    context = _context(workers, given)
    return {"values": workers.perform(run, {}, context)["outputs"], "context": context}


def failed(workers: Workers, given: Mapping[str, Json]) -> dict[str, Json]:
    """Whether a run of another process has failed, and with what; its arguments are the variables again."""
    errors = [text for text in given["errors"].values() if _FAILED in text]
    if not errors:
        return {"failed": False}
    start = errors[0].index(_FAILED) + len(_FAILED)
    described, _ = json.JSONDecoder().raw_decode(errors[0], start)
    context = _context(workers, given["given"])
    arguments = context["origin"].get("arguments") or {}
    return {"failed": True, "values": {**arguments, "error": described["value"]}, "context": context}


def _context(workers: Workers, given: Mapping[str, Json]) -> Context:
    if "message" in given:
        message = given["message"]
        return Context(id=message["id"], attempt=0, origin=message)
    context = workers.start(given.get("input"))
    context["id"] = str(given.get("id", ""))
    return context


def told(workers: Workers, work: Any, *, tells: bool) -> dict[str, Json]:
    """The outcome of a worker; what ends the run early is an error whose text says with what.

    `tells`: so does any other error, for the process that is started when the run has failed for good.
    """
    try:
        return work()
    except Ended as end:
        raise RuntimeError(json.dumps({"ended": end.result})) from end
    except Exception as error:
        if not tells:
            raise
        described = describe(error) if isinstance(error, RefusedError) else workers.describe(error)
        text = f"{described['types'][0]}: {described['message']}\n{_FAILED}{json.dumps(described)}"
        raise RuntimeError(text) from error


def _by_run(sent: Sequence[Message], runs: Sequence[str] = ()) -> dict[str, Json]:
    """Messages by the run that receives them: all of them, none for the rest of `runs`; and the first alone."""
    found: dict[str, list[Message]] = {run: [] for run in runs}
    for message in sent:
        if message.get("after"):
            raise RefusedError(f"{message['name']} starts after other work has ended, which no process can say")
        if message["run"]:
            found.setdefault(message["run"], []).append(message)
    return {"messages": found, "message": {run: messages[0] for run, messages in found.items() if messages}}


def _inputs(element: Element, values: Values) -> Values:
    return {name: values[variable] for name, variable in element.get("inputs", {}).items() if variable in values}


def _retry(told: Mapping[str, Any]) -> Retry:
    given: dict[str, Any] = {**told}
    given["errors"] = tuple(told.get("errors", ()))
    given["backoff"] = told.get("backoff") or 1.0
    return Retry(**given)
