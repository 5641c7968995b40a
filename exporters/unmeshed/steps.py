"""A run's elements as steps. What Unmeshed has no steps for is kept together in one worker, which keeps its meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from exporters.canonical.limits import is_of_the_whole
from exporters.canonical.records import (
    Decision,
    Element,
    End,
    Loop,
    Parallel,
    Run,
    Start,
    Step,
    Wait,
    While,
)
from exporters.canonical.walk import elements
from exporters.python_code.setting import set_in, surely_set
from exporters.shared.identifiers import Unique, python_identifier
from exporters.unmeshed.flow import (
    Flow,
    Known,
    Step_,
    is_inlined,
    made_step,
    picking,
    plain_elements,
    starts_in,
    wait_until,
)
from exporters.unmeshed.policy import says_all
from exporters.unmeshed.scripts import Place, case, later

_SIDE_BY_SIDE = 10


@dataclass(frozen=True, slots=True)
class Failing:
    """A run in a process that asks for something when it has failed for good."""

    run: Run
    given: dict[str, Any]
    """What it begins with."""
    refs: tuple[str, ...]
    """The workers' steps whose error is the run's."""


class Steps:
    """Makes the steps of one process."""

    def __init__(self, flow: Flow, process: str) -> None:
        self._flow = flow
        self._process = process
        self._unique = Unique()
        self.workers: list[dict[str, Any]] = []
        self.result: Place | None = None
        """Where the first run's result stands."""
        self._run: Run | None = None
        self._context = ""
        self._path: tuple[str, ...] = ()
        self._sent: dict[str, Place] = {}
        """Where the messages of each step stand."""
        self._results: list[Place] = []
        self._following: list[tuple[Start, Place]] = []
        self.failing: list[Failing] = []
        """The runs in the process that ask for something when they have failed."""

    def of_run(self, run: Run, given: dict[str, Any], *, waits: bool, is_whole: bool) -> list[Step_]:
        """The steps of a run, and of those that follow it in the same process."""
        self._flow.lose_of_run(run)
        if run.timeout is not None and not (is_whole and is_of_the_whole(run, self._flow.definition)):
            self._flow.lose("timeout", run.id, f"the time limit of {run.timeout:g} s is not kept")
        self._flow.lose_order(run)
        self._run, self._path, self._sent, self._results = run, (*self._path, run.id), {}, []
        served_before = len(self.workers)
        begin = self._worker(f"begin_{run.id}", "Take the input", run.at, given, {"does": "begin", "run": run.id})
        self._context = Place(begin["ref"], ("context",)).template
        steps = [begin]
        if waits:
            steps.append(wait_until(self._ref(f"due_{run.id}"), Place(begin["ref"], ("context", "origin", "due"))))
        known: Known = {name: (Place(begin["ref"], ("values", name)),) for name in run.parameters}
        steps += self._sequence(run.steps, known, is_first=True)
        steps += self._told_result(run)
        if run.on_failure:
            own = tuple(worker["queue"].rpartition(".")[2] for worker in self.workers[served_before:])
            self.failing.append(Failing(run, given, own))
        return [*steps, *self._following_runs(run)]

    def _following_runs(self, run: Run) -> list[Step_]:
        """The runs that follow in the same process: side by side where there are several, as none waits for another."""
        following, self._following = self._following, []
        path = self._path
        made: list[list[Step_]] = []
        for start, place in following:
            self._path = path
            message = {"message": place.template}
            waits = start.delay is not None or start.delay_in
            made.append(self.of_run(self._flow.run(start.run), message, waits=waits, is_whole=False))
        if len(made) < 2:
            return [step for steps in made for step in steps]
        lists = [
            self._list(f"after_{run.id}_{number}", start.run, steps)
            for number, ((start, _), steps) in enumerate(zip(following, made, strict=True), 1)
        ]
        return [made_step("PARALLEL", self._ref(f"after_{run.id}"), {}, label="What it has sent", more=lists)]

    def of_failure(self, run: Run) -> list[Step_]:
        """The steps of what happens when a run of another process has failed for good; none where it has not."""
        self._run, self._path, self._sent = run, ("", run.id), {}
        given = {key: f"{{{{ context.input.{run.id}.{key} }}}}" for key in ("given", "errors")}
        asked = self._worker(f"failed_{run.id}", "Has it failed?", run.at, given, {"does": "failed"})
        self._context = Place(asked["ref"], ("context",)).template
        known: Known = {
            name: (Place(asked["ref"], ("values", name)),) for name in dict.fromkeys((*run.parameters, "error"))
        }
        then = self._list(f"{run.id}_has_failed", "Failed", self._sequence(run.on_failure, known))
        ended = made_step("NOOP", self._ref(f"{run.id}_has_not"), {}, label="Not failed")
        return [asked, self._switch(f"if_failed_{run.id}", "Failed?", Place(asked["ref"], ("failed",)), then, ended)]

    def _told_result(self, run: Run) -> list[Step_]:
        """What the process as a whole returns: what its first run does, by whichever way it has ended."""
        if not self._results or not self._is_first:
            return []
        self.result = self._results[0]
        if len(self._results) == 1:
            return []
        made = picking(self._ref(f"result_of_{run.id}"), {"result": self._results}, "Result")
        self.result = Place(made["ref"], ("result", "result"))
        return [made]

    def _sequence(self, steps: Sequence[Element], known: Known, *, is_first: bool = False) -> list[Step_]:
        """The steps of elements up to the end of the run, which they reach when `is_first`."""
        made: list[Step_] = []
        for number, element in enumerate(steps):
            rest = tuple(steps[number + 1 :])
            if isinstance(element, End):
                return [*made, *self._end(element.id, element.result, known)]
            if _has_end(element):
                return [*made, *self._ending(element, rest, known)]
            made += self._element(element, known)
        return [*made, *self._end("end", self._now.result, known)] if is_first else made

    @property
    def _is_first(self) -> bool:
        return len(self._path) == 1

    @property
    def _now(self) -> Run:
        assert self._run is not None
        return self._run

    def _end(self, wanted: str, result: str, known: Known) -> list[Step_]:
        """The run ends: its result is picked here, where it is known what has happened."""
        places = known.get(result, ())
        if not places or not self._is_first:
            return []
        made = picking(self._ref(f"{wanted}_of_{self._now.id}"), {"result": places}, "End")
        self._results.append(Place(made["ref"], ("result", "result")))
        return [made]

    def _ending(self, element: Element, rest: tuple[Element, ...], known: Known) -> list[Step_]:
        """An element that may end the run: what follows it is a way of its own."""
        if isinstance(element, Decision):
            whole = _with_rest(element, rest)
            if whole is not None:
                return self._decision(whole, known, is_last=True)
        made = self._kept(element, known)
        ref = made[0]["ref"]
        self._results.append(Place(ref, ("result",)))
        go_on = self._list(f"behind_{element.id}", "Go on", self._sequence(rest, dict(known), is_first=True))
        ended = made_step("NOOP", self._ref(f"ended_{element.id}"), {}, label="Ended")
        return [*made, self._switch(f"if_ended_{element.id}", "Ended?", Place(ref, ("ended",)), ended, go_on)]

    def _element(self, element: Element, known: Known) -> list[Step_]:
        match element:
            case Step() if element.retry is None or says_all(element.retry):
                return self._step(element, known)
            case Decision():
                return self._decision(element, known, is_last=False)
            case Loop() if _is_plain(element) and not self._now.on_failure:
                return self._loop(element, known)
            case Parallel():
                return self._parallel(element, known)
            case Wait():
                return self._wait(element, known)
            case Start():
                return self._start(element)
            case _:
                return self._kept(element, known)

    def _ref(self, wanted: str) -> str:
        return self._unique(python_identifier(wanted))

    def _worker(
        self, wanted: str, label: str, at: str, given: dict[str, Any], served: dict[str, Any], step: Step | None = None
    ) -> Step_:
        ref = self._ref(wanted)
        queue = f"{self._process}.{ref}"
        tells = {"tells": True} if self._now.on_failure and self._path[0] else {}
        self.workers.append({"queue": queue, **served, **tells})
        made = made_step("WORKER", ref, given, name=queue, label=label, note=at)
        if policy := self._flow.policy_of(self._now, step):
            made["configuration"] = {"errorPolicyName": policy}
        return made

    def _templates(self, names: Sequence[str], known: Known) -> tuple[list[Step_], dict[str, str]]:
        """Where variables stand; a step before that picks those which may stand in several places."""
        several: dict[str, Sequence[Place]] = {name: known[name] for name in names if len(known.get(name, ())) > 1}
        before: list[Step_] = []
        if several:
            label = "Pick " + ", ".join(several)
            before = [picking(self._ref(f"pick_{'_'.join(several)}"), several, label)]
            known.update({name: (Place(before[0]["ref"], ("result", name)),) for name in several})
        return before, {name: known[name][0].template for name in names if known.get(name)}

    def _given(self, element: Step | Decision | While, known: Known) -> tuple[list[Step_], dict[str, Any]]:
        before, places = self._templates(list(dict.fromkeys(element.inputs.values())), known)
        inputs = {name: places[variable] for name, variable in element.inputs.items() if variable in places}
        return before, {"inputs": inputs, "context": self._context}

    def _step(self, element: Step, known: Known) -> list[Step_]:
        before, given = self._given(element, known)
        served = {"does": "piece", "step": element.id, "outputs": element.outputs}
        made = self._worker(element.id, element.name or element.id, element.at, given, served, element)
        sure = surely_set(element)
        for variable in element.outputs.values():
            place = Place(made["ref"], ("values", variable))
            known[variable] = (place,) if variable in sure else (place, *known.get(variable, ()))
        self._sent[element.id] = Place(made["ref"], ())
        return [*before, made]

    def _decision(self, element: Decision, known: Known, *, is_last: bool) -> list[Step_]:
        before, given = self._given(element, known)
        name = element.name or element.id
        asked = self._worker(
            f"ask_{element.id}", f"Ask: {name}", element.at, given, {"does": "ask", "step": element.id}
        )
        ways: list[Step_] = []
        after: list[Known] = []
        for word, steps in (("yes", element.then), ("no", element.otherwise)):
            inner = dict(known)
            made = self._sequence(steps, inner, is_first=is_last)
            after.append(inner)
            ways.append(self._list(f"{element.id}_{word}", word, made))
        for variable in dict.fromkeys(name for inner in after for name in inner):
            places = [place for inner in after for place in inner.get(variable, ())]
            latest = [place for place in places if place not in known.get(variable, ())]
            known[variable] = tuple(dict.fromkeys([*latest, *places]))
        switch = self._switch(element.id, name, Place(asked["ref"], ("case",)), ways[0], ways[1])
        return [*before, asked, switch]

    def _list(self, wanted: str, label: str, steps: list[Step_]) -> Step_:
        kind = "LIST" if steps else "NOOP"
        return made_step(kind, self._ref(wanted), {}, label=label if steps else "Skip", more=steps)

    def _switch(self, wanted: str, label: str, place: Place, yes: Step_, no: Step_) -> Step_:
        ways = [{"value": "yes", "targetRef": yes["ref"]}, {"targetRef": no["ref"], "defaultBranch": True}]
        given = {"script": case(place), "responseMapping": ways}
        return made_step("SWITCH", self._ref(wanted), given, label=label, more=[yes, no])

    def _loop(self, element: Loop, known: Known) -> list[Step_]:
        (step,) = element.steps
        assert isinstance(step, Step)
        names = [name for name in step.inputs.values() if name != element.item]
        before, places = self._templates([element.over, *names], known)
        inner: Known = {**known, element.item: ()}
        inputs = {
            name: "{{ foreach.value }}" if variable == element.item else inner[variable][0].template
            for name, variable in step.inputs.items()
            if variable == element.item or inner.get(variable)
        }
        served = {"does": "piece", "step": step.id, "outputs": {}}
        given = {"inputs": inputs, "context": self._context}
        child = self._worker(step.id, step.name or step.id, step.at, given, served, step)
        each = {
            "inputArray": places.get(element.over, "[]"),
            "concurrency": _SIDE_BY_SIDE if element.parallel else 1,
        }
        ref = self._ref(element.id)
        return [*before, made_step("FOREACH", ref, each, label=element.name or element.id, more=[child])]

    def _parallel(self, element: Parallel, known: Known) -> list[Step_]:
        before, _ = self._templates([name for name in _reads(element) if name in known], known)
        children: list[Step_] = []
        found: Known = {}
        for number, branch in enumerate(element.branches, 1):
            inner = dict(known)
            made = self._sequence(branch.steps, inner)
            found |= {name: inner[name] for name in set_in(branch.steps) if name in inner}
            children.append(self._list(f"{element.id}_{number}", branch.name or f"Branch {number}", made))
        known.update(found)
        return [*before, made_step("PARALLEL", self._ref(element.id), {}, label=element.name, more=children)]

    def _wait(self, element: Wait, known: Known) -> list[Step_]:
        before: list[Step_] = []
        seconds = repr(element.seconds or 0)
        if element.variable:
            before, _ = self._templates([element.variable], known)
            seconds = known[element.variable][0].expression if known.get(element.variable) else "0"
        made = made_step("WAIT", self._ref(element.id), {"script": later(seconds)}, label=element.name or "Wait")
        return [*before, made]

    def _start(self, element: Start) -> list[Step_]:
        place = self._sent.get(element.of)
        if place is None:
            return []
        if is_inlined(self._flow, self._now, element, self._path) and not any(map(_has_end, self._now.steps)):
            self._following.append((element, Place(place.ref, (*place.keys, "message", element.run))))
            return []
        return self._apart(element.id, element.run, Place(place.ref, (*place.keys, "messages", element.run)))

    def _apart(self, wanted: str, run: str, messages: Place) -> list[Step_]:
        """A process of its own for each message."""
        name = self._flow.process_of(run)
        child = {
            "processName": name,
            "processVersion": 1,
            "waitForCompletion": False,
            "input": {"message": "{{ foreach.value }}"},
        }
        inner = made_step("SUB_PROCESS", self._ref(f"one_{wanted}"), child, label=f"Start {name}")
        each = {"inputArray": messages.template, "concurrency": 1}
        return [made_step("FOREACH", self._ref(wanted), each, label=f"For each {run} that was sent", more=[inner])]

    def _kept(self, element: Element, known: Known) -> list[Step_]:
        """One worker that does the element as a whole."""
        why = "one worker does it all, with its waits and tries inside: when it dies, all of it is done again"
        self._flow.lose("kept-whole", element.id, why)
        names = [name for name in _reads(element) if name in known]
        before, places = self._templates(names, known)
        given = {"values": places, "context": self._context}
        inside = (element,)
        served = {"does": "kept", "elements": plain_elements(inside), "starts": starts_in(inside)}
        title = getattr(element, "name", "") or element.id
        made = self._worker(element.id, title, element.at, given, served)
        sure = surely_set(element)
        for variable in set_in(inside):
            place = Place(made["ref"], ("values", variable))
            known[variable] = (place,) if variable in sure else (place, *known.get(variable, ()))
        for step in elements(inside):
            if isinstance(step, Step):
                self._sent[step.id] = Place(made["ref"], ("held", step.id))
        apart = [self._apart(f"start_{run}", run, Place(made["ref"], ("messages", run))) for run in starts_in(inside)]
        return [*before, made, *(step for each in apart for step in each)]


def _has_end(element: Element) -> bool:
    return any(isinstance(inner, End) for inner in elements((element,)))


def _with_rest(element: Decision, rest: tuple[Element, ...]) -> Decision | None:
    """The decision with what follows it in the way that goes on; None where neither way surely ends."""
    if _surely_ends(element.then) and not any(map(_has_end, element.otherwise)):
        return msgspec.structs.replace(element, otherwise=(*element.otherwise, *rest))
    if _surely_ends(element.otherwise) and not any(map(_has_end, element.then)):
        return msgspec.structs.replace(element, then=(*element.then, *rest))
    return None


def _surely_ends(steps: Sequence[Element]) -> bool:
    return bool(steps) and isinstance(steps[-1], End) and not any(map(_has_end, steps[:-1]))


def _is_plain(loop: Loop) -> bool:
    """Whether each turn is one step that leaves nothing for later."""
    step = loop.steps[0] if len(loop.steps) == 1 else None
    if not isinstance(step, Step) or step.outputs or step.sends or loop.collect:
        return False
    return step.retry is None or says_all(step.retry)


def _reads(element: Element) -> list[str]:
    """The variables that the element, or one inside of it, reads."""
    found: dict[str, None] = {}
    for inner in elements((element,)):
        match inner:
            case Step() | Decision() | While():
                found.update(dict.fromkeys(inner.inputs.values()))
            case Loop():
                found[inner.over] = None
            case Wait() if inner.variable:
                found[inner.variable] = None
            case End() if inner.result:
                found[inner.result] = None
            case _:
                pass
    return list(found)
