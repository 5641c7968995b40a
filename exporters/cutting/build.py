"""From the model's workflow to its definition: each run cut where it can be, whole where it can't, and what is lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec

from discover import model
from exporters.base import Loss, Sources
from exporters.canonical import records
from exporters.canonical.walk import elements
from exporters.cutting.afterwards import FRAMEWORKS, Callbacks, without_callbacks, without_called, without_failures
from exporters.cutting.backend import executable_runs, import_path, import_roots, script_of, short_name
from exporters.cutting.context import check_entry, context_of, is_command
from exporters.cutting.cut import CutRun, Cutter
from exporters.cutting.deaths import Deaths
from exporters.cutting.dependencies import dependency_losses
from exporters.cutting.elsewhere import Elsewhere
from exporters.cutting.emit import Emitter
from exporters.cutting.faults import place_of
from exporters.cutting.flow import leaves
from exporters.cutting.kept_state import ProcessState
from exporters.cutting.layers import layers_of, outermost, wrapper_path
from exporters.cutting.left_over import Entry, LeftOver
from exporters.cutting.links import failure_losses, with_links
from exporters.cutting.looked_up import looked_up
from exporters.cutting.marks import count, deep, hops_in
from exporters.cutting.opening import Asked
from exporters.cutting.policies import effects_of, place, retry_losses, retry_of, unsaid_losses
from exporters.cutting.reading import Reading
from exporters.cutting.reasons import CannotCutError
from exporters.cutting.receivers import is_receiver, with_receivers
from exporters.cutting.remaking import Remaking
from exporters.cutting.source import Code, Function
from exporters.cutting.starts import Starts, started
from exporters.cutting.task_classes import (
    around_each_step,
    check_told,
    is_told_of_failure,
    is_told_of_success,
    telling,
)
from exporters.cutting.triggers import trigger_of
from exporters.cutting.unreachable import why_unreachable
from exporters.cutting.vary import vary_losses
from exporters.shared.identifiers import Unique, python_identifier

REQUEST_KINDS = frozenset({"http", "webhook"})
_CALLED_BY_FRAMEWORK = frozenset({"graphql", "rpc", "websocket"})
_OCCASIONS = {"http": "request", "webhook": "request", "graphql": "request", "rpc": "call", "websocket": "connection"}
_AROUND_TASKS = frozenset({"task_prerun", "task_postrun", "task_success", "task_retry"})


@dataclass(frozen=True, slots=True)
class Built:
    """A definition and its losses."""

    definition: records.Definition
    losses: tuple[Loss, ...]
    names: dict[str, str]
    """The run of the definition that each run id of the model became; the first has several ids."""


@dataclass(slots=True)
class Builder:
    """Builds the definition of one workflow."""

    workflow: model.Workflow
    triggers: dict[str, model.Trigger]
    reading: Reading
    known_roots: tuple[str, ...] = (".",)
    """The folders that the document's imports start from."""
    ids: Unique = field(default_factory=Unique)
    losses: list[Loss] = field(default_factory=list[Loss])
    runs: list[model.Run] = field(init=False)
    names: dict[str, str] = field(init=False)
    """The id of each run of the model in the definition."""
    callbacks: Callbacks = field(default_factory=Callbacks)
    called: dict[str, model.Run] = field(init=False)
    """What callbacks do, by their ids."""
    roots: tuple[str, ...] = field(init=False)
    code: Code = field(init=False)
    deaths: Deaths = field(init=False)
    left_over: LeftOver = field(init=False)
    entries: tuple[Entry, ...] = field(init=False)
    cutter: Cutter = field(init=False)

    def __post_init__(self) -> None:
        inside = {run.id: run for run in self.workflow.runs}
        told = [
            msgspec.structs.replace(
                run, body=with_links(without_callbacks(with_receivers(run.body, inside), self.callbacks))
            )
            for run in executable_runs(self.workflow, self.triggers)
        ]
        elsewhere = Elsewhere.of([*told, *inside.values()])
        whole = [elsewhere.run(run) for run in told]
        self.called = {run.id: run for run in whole}
        self.runs = started(without_called(whole, self.callbacks), self._then_called)
        self.names = {run.id: self.ids(python_identifier(short_name(run.unit))) for run in self.runs}
        for alias in (self.workflow.id, self.workflow.unit, *self.workflow.triggers):
            self.names.setdefault(alias, self.names[self.runs[0].id])
        self.roots = import_roots([run.unit for run in self.runs], self.reading.sources, self.known_roots)
        looked = self.reading.below(self.roots)
        self.code, self.deaths, self.left_over = looked.code, looked.deaths, looked.left_over
        self.entries = self.reading.entries(self.triggers)
        process = ProcessState(self.code, looked.touching, looked.remembered)
        self.cutter = Cutter(
            self.code, looked.inference, Remaking(looked.inference), looked.changes, process, elsewhere.filled()
        )

    def build(self) -> Built:
        """The definition."""
        made = tuple(self._run(run, is_first=index == 0) for index, run in enumerate(self.runs))
        if made[0].kind in _CALLED_BY_FRAMEWORK:
            why = (
                f"no worker makes the call that {made[0].framework or made[0].kind} makes: its parameters are the input"
            )
            self.losses.append(Loss("framework-call", f"{self.workflow.id}#{made[0].id}", why))
        if self.workflow.truncated:
            why = "the workflow is larger than the scan's limit: parts are missing"
            self.losses.append(Loss("truncated", self.workflow.id, why))
        definition = records.Definition(
            schema=records.SCHEMA,
            id=self.workflow.id,
            name=self.workflow.name,
            import_roots=self.roots,
            loads=self._receiving(),
            triggers=tuple(trigger_of(self.triggers[key]) for key in self.workflow.triggers if key in self.triggers),
            start=self.names[self.runs[0].id],
            runs=made,
        )
        return Built(definition, tuple(dict.fromkeys(self.losses)), self.names)

    def _then_called(self, run: model.Run) -> tuple[model.Node, ...]:
        """What callbacks do when the run has failed."""
        called = [self.called[one] for one in self.callbacks.get(run.id, self.callbacks.get(run.unit, {}))]
        return tuple(node for one in called for node in one.body)

    def _receiving(self) -> tuple[str, ...]:
        """The modules of signals' receivers: in the backend, some module of its process has imported them."""
        units = [node.callee for run in self.runs for node in deep(run.body) if is_receiver(node)]
        own = {self._module(run.unit) for run in self.runs}
        return tuple(sorted({self._module(unit) for unit in units} - own))

    def _module(self, unit: str) -> str:
        return import_path(unit, self.roots).partition(":")[0]

    def _run(self, run: model.Run, *, is_first: bool) -> records.Run:
        own = self._own_trigger(run, is_first=is_first)
        framework = own.framework if own else ""
        after: tuple[model.Node, ...] = ()
        if framework in FRAMEWORKS:
            body, after = without_failures(run.body)
            run = msgspec.structs.replace(run, body=body)
        after += self._then_called(run)
        function = self.code.function(run.unit)
        context = context_of(function, run.kind, framework, self.code) if function else frozenset[str]()
        parameters = tuple(p for p in (function.all_parameters if function else run.parameters) if p not in context)
        base = records.Run(
            id=self.names[run.id],
            name=run.name,
            kind=run.kind,
            framework=framework,
            function=import_path(run.unit, self.roots),
            at=place(run.unit, run.line, run.end_line),
            task=self._task_name(run),
            queue=run.queue,
            parameters=parameters,
            context=tuple(sorted(context)),
            retry=retry_of(run.retry),
            timeout=run.timeout,
        )
        self.losses.extend(self._losses(run))
        made = self._made(base, run, function, context)
        return msgspec.structs.replace(made, on_failure=self._on_failure(made, function, after))

    def _made(
        self, base: records.Run, run: model.Run, function: Function | None, context: frozenset[str]
    ) -> records.Run:
        if run.closed:
            return self._whole(base, run, "what it does did not fit into the workflow")
        if function is None:
            return self._whole(base, run, self._unread(run))
        mark, told = self.ids.mark(), len(self.losses)
        try:
            return self._cut(base, run, function, context)
        except CannotCutError as error:
            why, losses = str(error), list[Loss]()
        except Exception as error:  # noqa: BLE001 - a fault of ours costs the run its pieces, and nobody the export
            why = f"Undercurrent failed on it ({type(error).__name__})"
            losses = [
                Loss("internal-error", f"{self.workflow.id}#{base.id}", f"{why}, so it is one step: {place_of(error)}")
            ]
        self.ids.back_to(mark)
        self.losses[told:] = losses
        return self._whole(base, run, why)

    def _unread(self, run: model.Run) -> str:
        path = run.unit.partition("::")[0]
        if self.reading.sources(path) is None:
            return f"`{path}` can't be read from here: export from the backend's folder"
        return why_unreachable(run.unit, self.code, _OCCASIONS.get(run.kind, "run"))

    def _cut(self, base: records.Run, run: model.Run, function: Function, context: frozenset[str]) -> records.Run:
        """The run in pieces, as far as it can be cut; raises where it can't be looked into."""
        responds = run.kind in REQUEST_KINDS
        check_told(function, self.code)
        given = looked_up(function, run.body, self.cutter.inference, self.cutter.changes)
        layers = layers_of(function, check_entry(function, run.kind, base.framework, self.code), self.code)
        entry = outermost(function, layers)
        _check_given(given, function, entry)
        if entry.parameters != function.parameters:
            context = context_of(entry, run.kind, base.framework, self.code)
        result = "response" if responds else "result"
        responds = responds or is_command(function, self.code)
        pieces = _called_as(base, entry, function, context)
        if run.kind in REQUEST_KINDS:
            pieces = msgspec.structs.replace(pieces, wrapper=wrapper_path(layers))
        cut = self.cutter.cut(Asked(function, layers, run.body, context | given, result, responds))
        return self._in_pieces(pieces, run, cut)

    def _in_pieces(self, base: records.Run, run: model.Run, cut: CutRun) -> records.Run:
        """The run as the elements of its pieces; raises where it is better left whole."""
        emitter = Emitter(self.code, cut, self._starting())
        steps = emitter.elements(cut.body)
        pieces = [element for element in elements(steps) if isinstance(element, records.Step)]
        placed = {hop.hop.id for leaf in leaves(cut.body) for hop in hops_in(leaf.marks)}
        lost = [hop for hop in hops_in(run.body) if hop.hop.id not in placed and not hop.hop.inline]
        if lost:
            raise CannotCutError("the place where it hands work over is not in its own lines")
        if len(pieces) < 2 and not _tries(steps):
            raise CannotCutError(next((piece.whole for piece in pieces), ""))
        told = self._told_of_success(base, run, cut)
        self.losses.extend(emitter.starts.losses)
        self.losses.extend(self._task_signals(base))
        self.losses.extend(self._task_class(base, run))
        if base.kind in REQUEST_KINDS:
            self.losses.extend(
                vary_losses(
                    cut.body, run.unit, base.framework, self.triggers, self.code, f"{self.workflow.id}#{base.id}"
                )
            )
        result = self._result(cut, base.id)
        context = tuple(sorted({*base.context, *emitter.context}))
        return msgspec.structs.replace(base, steps=(*steps, *told), result=result, context=context)

    def _told_of_success(self, base: records.Run, run: model.Run, cut: CutRun) -> tuple[records.Element, ...]:
        """A step that tells the task's class what the task returned; raises where it can't be told."""
        function = self.code.function(run.unit)
        if function is None or not is_told_of_success(function, self.code):
            return ()
        known = cut.returned
        return (telling(self.ids(f"{base.id}_succeeded"), base, function, known and (cut.result, known), self.code),)

    def _result(self, cut: CutRun, run: str) -> str:
        """The variable for what the run returns, if it returns something that can cross."""
        known = cut.returned
        if known is None or known.kind.crosses:
            return cut.result if known is not None else ""
        why = f"what it returns ({known.kind.reason}) can't leave the process: nobody gets it"
        self.losses.append(Loss("result", f"{self.workflow.id}#{run}", why))
        return ""

    def _whole(self, base: records.Run, run: model.Run, why: str) -> records.Run:
        responds = run.kind in REQUEST_KINDS
        step_id = self.ids(f"run_{base.id}")
        starting = self._starting()
        starts = starting.of(step_id, run.body)
        self.losses.extend(starting.losses)
        calls = [node for node in run.body if isinstance(node, model.Step | model.Call)]
        self.losses.extend(retry_losses(calls, f"{self.workflow.id}#{step_id}"))
        result = "response" if responds else "result"
        step = records.Step(
            id=step_id,
            name=run.name,
            at=base.at,
            call=base.function,
            inputs={name: name for name in base.parameters},
            outputs={"result": result},
            sends=tuple(start.run for start in starts),
            effects=effects_of(run.body),
            whole=(why or "nothing in it can be cut") if count(run.body) > 1 else "",
            responds=responds,
        )
        return msgspec.structs.replace(base, steps=(step, *starts), result=result)

    def _starting(self) -> Starts:
        named = {run.id: script_of(run.unit) or run.name or short_name(run.unit) for run in self.workflow.runs}
        return Starts(self.workflow.id, self.names, named, self.ids)

    def _task_signals(self, run: records.Run) -> Iterator[Loss]:
        """What Celery tells around a task, and nobody does around the steps of one."""
        told = sorted({one.detail.signal or "" for one in self.triggers.values() if one.framework == "celery"})
        for signal in told:
            if run.framework == "celery" and signal.rpartition(".")[2] in _AROUND_TASKS:
                why = f"receivers of `{signal}` are told of no task: its code runs in steps"
                yield Loss("task-signal", f"{self.workflow.id}#{run.id}", why)

    def _task_class(self, base: records.Run, run: model.Run) -> Iterator[Loss]:
        function = self.code.function(run.unit)
        if function is not None and (name := around_each_step(function, self.code)):
            why = f"what `{name}.__call__` does around a task is done around each step of it"
            yield Loss("task-class", f"{self.workflow.id}#{base.id}", why)

    def _on_failure(
        self, base: records.Run, function: Function | None, after: tuple[model.Node, ...]
    ) -> tuple[records.Element, ...]:
        """The framework's own word that the run has failed, where the backend listens to it or has work done then."""
        if not after and (base.framework != "celery" or not self._listens(base, function)):
            return ()
        step_id = self.ids(f"{base.id}_failed")
        starting = self._starting()
        starts = starting.of(step_id, after)
        self.losses.extend(starting.losses)
        told = records.Step(
            id=step_id,
            name="Tell that it failed",
            call=base.function,
            inputs={"error": "error"},
            sends=tuple(start.run for start in starts),
            effects=effects_of(after),
        )
        return (told, *starts)

    def _listens(self, base: records.Run, function: Function | None) -> bool:
        """Whether something has to be told that a Celery task has failed: a whole one tells it itself."""
        if any(isinstance(step, records.Step) and step.call == base.function for step in base.steps):
            return False
        return (function is not None and is_told_of_failure(function, self.code)) or any(
            one.framework == "celery" and "failure" in f"{one.detail.signal or ''} {one.detail.name or ''}"
            for one in self.triggers.values()
        )

    def _own_trigger(self, run: model.Run, *, is_first: bool) -> model.Trigger | None:
        candidates = [self.triggers[key] for key in self.workflow.triggers if key in self.triggers] if is_first else []
        candidates += [one for one in self.triggers.values() if one.handler == run.unit and one.kind == run.kind]
        candidates += [one for one in self.triggers.values() if one.handler == run.unit]
        return candidates[0] if candidates else None

    def _task_name(self, run: model.Run) -> str:
        for one in self.triggers.values():
            if one.handler == run.unit and one.kind in {"task", "consumer"} and one.detail.name:
                return one.detail.name
        return ""

    def _losses(self, run: model.Run) -> Iterator[Loss]:
        where = f"{self.workflow.id}#{self.names[run.id]}"
        yield from self.deaths.of(run, where)
        own = self._own_trigger(run, is_first=run is self.runs[0])
        entry = Entry(run.unit, run.kind, own.framework if own else "")
        yield from self.left_over.of(entry, self.entries, where)
        yield from dependency_losses(run, entry.framework, self.code.function(run.unit), where)
        yield from unsaid_losses(run.retry, where)
        yield from failure_losses(run.body, where)
        if "<locals>" in run.unit and run.kind != "http":
            yield Loss("not-importable", where, f"{run.unit} is defined inside a function: no step can call it")
        if "#" in run.unit:
            reason = f"{run.unit} has the name of an earlier definition: the step calls whichever the module keeps"
            yield Loss("name-taken-twice", where, reason)
        for node in run.body:
            for safeguard in node.safeguards:
                if safeguard.is_outside:
                    reason = f"“{model.safeguard_text(safeguard)}” is the queue's to keep: the step's own code does not"
                    yield Loss("safeguard", f"{self.workflow.id}#{node.id}", reason)


def _check_given(given: frozenset[str], function: Function, entry: Function) -> None:
    if given and entry is not function:
        raise CannotCutError(f"what wraps `{function.node.name}` gets what its class looks up")


def _called_as(run: records.Run, entry: Function, function: Function, context: frozenset[str]) -> records.Run:
    """The run with the parameters of the wrapper around its function, where those are others."""
    if entry.parameters == function.parameters:
        return run
    if run.kind != "consumer":
        raise CannotCutError(f"what wraps `{function.node.name}` takes other arguments than it")
    parameters = tuple(name for name in entry.parameters if name not in context)
    return msgspec.structs.replace(run, parameters=parameters, context=tuple(sorted(context)))


def _tries(steps: tuple[records.Element, ...]) -> bool:
    """Whether the engine tries something of the elements again by itself."""
    return any(getattr(element, "retry", None) is not None for element in elements(steps))


def build(
    workflow: model.Workflow,
    triggers: dict[str, model.Trigger],
    sources: Sources | Reading,
    import_roots: tuple[str, ...] = (".",),
) -> Built:
    """Make the definition of one workflow; `import_roots` are those of its document."""
    reading = sources if isinstance(sources, Reading) else Reading(sources)
    return Builder(workflow, triggers, reading, import_roots).build()
