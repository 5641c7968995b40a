"""What the processes of one definition share, and the shapes of their steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import msgspec

from exporters.base import Loss
from exporters.canonical.records import Definition, Element, Run, Start, Step
from exporters.canonical.walk import all_elements, are_several, elements, starts_of
from exporters.shared.identifiers import Unique
from exporters.shared.one_line import shown
from exporters.unmeshed.policy import policy, repeats_nothing, says_all
from exporters.unmeshed.scripts import Place, due, picked

NAMESPACE = "default"
_REQUESTS = frozenset({"http", "webhook"})
_LONGEST = 200
Known = dict[str, tuple[Place, ...]]
"""Where each variable may stand, the latest first."""
Step_ = dict[str, Any]


@dataclass(slots=True)
class Flow:
    """What the processes of one definition share."""

    definition: Definition
    name: str
    """Of the process of its first run."""
    names: Unique
    losses: list[Loss] = field(default_factory=list[Loss])
    policies: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    apart: dict[str, str] = field(default_factory=dict[str, str])
    """The process of each run that messages start."""

    def run(self, name: str) -> Run:
        """A run by its id."""
        return next(run for run in self.definition.runs if run.id == name)

    def process_of(self, run: str) -> str:
        """The process that a message for the run starts."""
        if run not in self.apart:
            self.apart[run] = self.names(f"{self.name}_{run}")
        return self.apart[run]

    def lose(self, code: str, where: str, why: str) -> None:
        """Report a loss, once."""
        loss = Loss(code, f"{self.definition.id}#{where}", why)
        if loss not in self.losses:
            self.losses.append(loss)

    def lose_order(self, run: Run) -> None:
        """What a process can't say of messages that come after others."""
        for step in elements(run.steps):
            if isinstance(step, Step) and are_several(starts_of(run, step.id)):
                why = "work that is to come after other work (a chain, a chord, `depends_on`) is refused, not started"
                self.lose("message-order", step.id, why)

    def policy_of(self, run: Run, step: Step | None) -> str:
        """The name of the error policy of a step; empty where there is none."""
        told: dict[str, Any] = {}
        retry = (step.retry if step else None) or run.retry
        if retry is not None and (retry.attempts is None or retry.attempts > 1):
            told |= policy(retry)
        if step is not None and step.timeout is not None:
            told["completionTimeout"] = {"duration": round(step.timeout * 1000), "action": "FAIL"}
        if not told:
            return ""
        own = step is not None and (step.retry is not None or step.timeout is not None)
        name = f"{self.name}_{step.id if own and step else run.id}"
        self.policies[name] = told
        return name

    def lose_of_run(self, run: Run) -> None:
        """What a run means as a whole, and its steps alone don't."""
        if run.retry is not None and not says_all(run.retry):
            why = "an error policy has a number of tries and a constant or doubling interval, for any error"
            self.lose("retry", run.id, why)
        if run.retry is not None and not repeats_nothing(run):
            self.lose("retry-of-pieces", run.id, "a failed step is tried again alone, not the whole run")
        if run.on_failure:
            why = (
                "what happens when the run has failed for good is a process that `onFailProcess` starts: that its "
                "input may name steps of the failed one is our reading, try it"
            )
            self.lose("failure-process", run.id, why)
        if run.kind in _REQUESTS:
            why = "a response before the last step fails the process: the error's text tells it as `ended`"
            self.lose("http-response", run.id, why)


def made_step(
    kind: str,
    ref: str,
    given: dict[str, Any],
    *,
    name: str = "",
    label: str = "",
    note: str = "",
    more: Sequence[Step_] = (),
) -> Step_:
    """A step definition; `more` are its children."""
    return {
        "namespace": NAMESPACE,
        "name": name or ref,
        "type": kind,
        "ref": ref,
        "label": plain(label),
        "description": plain(note),
        "optional": False,
        "configuration": {},
        "children": list(more),
        "input": given,
        "output": {},
    }


def plain(text: str) -> str:
    """Text of analysed code on one line, with nothing that a template would replace."""
    return shown(text).replace("{{", "{ {").replace("}}", "} }")[:_LONGEST]


def starts_in(steps: Sequence[Element]) -> list[str]:
    """The runs that starts among the elements let go."""
    return list(dict.fromkeys(e.run for e in elements(tuple(steps)) if isinstance(e, Start)))


def is_inlined(flow: Flow, run: Run, start: Start, path: Sequence[str]) -> bool:
    """Whether the receiver's steps can follow right here: it always happens, once, and nothing else starts it."""
    everywhere = [e for one in flow.definition.runs for e in all_elements(one) if isinstance(e, Start)]
    alone = sum(1 for e in everywhere if e.run == start.run) == 1
    return alone and not start.many and start in run.steps and start.run not in path and not run.timeout


def wait_until(ref: str, place: Place) -> Step_:
    """A step that waits for a message's time."""
    return made_step("WAIT", ref, {"script": due(place)}, label="Wait until due")


def picking(ref: str, places: dict[str, Sequence[Place]], label: str) -> Step_:
    """A step that picks values which other steps have left."""
    return made_step("JAVASCRIPT", ref, {"script": picked(places)}, label=label)


def plain_elements(steps: Sequence[Element]) -> object:
    """Elements as JSON, for the worker that keeps them together; what only explains is left out."""
    return _without_comments(msgspec.to_builtins(list(steps)))


def _without_comments(value: object) -> object:
    if isinstance(value, list):
        return [_without_comments(item) for item in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    told = cast("dict[str, object]", value)
    dropped = (
        {"at", "effects", "evidence", "confidence", "whole", "code", "module", "call"} if "type" in told else set[str]()
    )
    return {key: _without_comments(item) for key, item in told.items() if key not in dropped}
