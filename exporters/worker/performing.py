"""`perform`: one piece of a workflow, once. Every engine calls the backend's code through here."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from exporters.worker import binding, finding, queues
from exporters.worker.capture import Capture, capturing
from exporters.worker.classes import Classes
from exporters.worker.compiled import call, compiled
from exporters.worker.crossing import Crossing
from exporters.worker.errors import Ended, ExitedError, RefusedError, RetryAsked, describe, fits, told_as
from exporters.worker.hosts import Host, Job
from exporters.worker.messages import Context, Described, Done, Message
from exporters.worker.plan import TOLD_OF_SUCCESS, Piece, Plan, Run
from exporters.worker.responses import request_of
from exporters.worker.targets import load

Body = tuple[Callable[[Callable[[str], Any], dict[str, Any]], Any], Callable[[Any], dict[str, Any]]]
_SENT = "sent_before_failing"


class Workers:
    """The pieces of one definition, ready to run in this process."""

    def __init__(self, plan: Plan, roots: Iterable[str | Path] = ()) -> None:
        self.plan = plan
        self.crossing = Crossing(Classes(roots))
        self._hosts: dict[str, Host] = {}
        self._ready: dict[str, Body] = {}
        queues.install()

    def perform(self, step: str, inputs: dict[str, Any], context: Context) -> Done:
        """Run a step or a condition once. The id of a run begins it: its parameters are the outputs.

        Raises what the backend raises, or `Responded`, `RetryAsked`, `RefusedError`.
        """
        if step in self.plan.run_of:
            return self._begin(self.plan.run_of[step], context)
        piece = self.plan.piece_of.get(step)
        if piece is None:
            raise RefusedError(f"there is no step `{step}`")
        missing = [name for name in piece.inputs if name not in inputs]
        if missing:
            raise RefusedError(f"the step {step} needs `{missing[0]}`, which nothing on the way to it has set")
        run = self.plan.run_of[piece.run]
        with self._sending(piece.id, piece.sends, context) as done, _exiting(piece.guards):
            done["outputs"] = self._outputs(piece, run, inputs, context)
        return done

    def start(self, payload: object) -> Context:
        """The context of a run that the user's input starts."""
        run = self.plan.run_of[self.plan.start]
        if run.is_request:
            return Context(id="", attempt=0, origin={"request": request_of(payload, run.method, run.path)})
        args, kwargs = binding.arguments(payload)
        bound = binding.bind(finding.signature(run), run, args, kwargs)
        arguments = self._encoded(finding.filled(self._host(run), bound.values))
        message = Message(run=run.id, arguments=arguments, due=None, id="", of="", name=run.task)
        return Context(id="", attempt=0, origin=cast("dict[str, Any]", message))

    def answer(self, run: str, error: Described, context: Context) -> Any:
        """The response that the framework makes of a failed request; the error is raised when it makes none."""
        return self._host(self.plan.run_of[run]).answer(context, self.crossing.decode(error["value"]))

    def describe(self, error: BaseException) -> Described:
        """The error as plain data, with a value that can be raised again."""
        cause = told_as(error)
        return describe(cause, self._error_value(cause))

    def check(self) -> None:
        """Load all code now: what can't be found or read is told before anything runs."""
        for run in self.plan.runs:
            with _telling(f"the run {run.id} can't be loaded as {run.function}"):
                self._host(run)
        for piece in self.plan.pieces:
            if piece.call and piece.call == self.plan.run_of[piece.run].function:
                continue
            with _telling(f"the step {piece.id} can't be loaded from {piece.call or piece.module}"):
                self._body(piece, self.plan.run_of[piece.run])

    def _begin(self, run: Run, context: Context) -> Done:
        with self._sending(run.id, (), context) as done:
            found = self._host(run).begin(context, self._encoded)
            anew = set(run.context).difference(run.parameters)
            done["outputs"] = {name: value for name, value in found.items() if name not in anew}
        return done

    def _outputs(self, piece: Piece, run: Run, inputs: dict[str, Any], context: Context) -> dict[str, Any]:
        host = self._host(run)
        if piece.call and piece.call == run.function:
            values = {name: self.crossing.decode(inputs[name]) for name in piece.inputs}
            if piece.fails:
                host.failed(context, self._arguments(context), values["error"])
                return {}
            return self._encoded({"result": host.whole(context, values)}, piece.outputs)
        if piece.call == f"{run.function}.{TOLD_OF_SUCCESS}":
            result = self.crossing.decode(inputs["retval"]) if "retval" in piece.inputs else None
            host.succeeded(context, self._arguments(context), result)
            return {}
        start, take = self._body(piece, run)
        crossing = self.crossing.of_step(piece.id)

        def bound(names: Callable[[str], Any]) -> Any:
            return start(names, {name: crossing.decode(inputs[name]) for name in piece.inputs})

        wanted = ("case",) if piece.condition else piece.outputs
        job = Job(
            run=bound,
            take=take,
            encode=lambda found: self._encoded(found, wanted, crossing),
            guarded=self._guard(piece),
            context=context,
            arguments=self._arguments(context),
            responds=piece.responds,
        )
        return host.perform(job)

    def _arguments(self, context: Context) -> dict[str, Any]:
        return {name: self.crossing.decode(value) for name, value in (context["origin"].get("arguments") or {}).items()}

    def _encoded(
        self, found: dict[str, Any], wanted: Sequence[str] | None = None, crossing: Crossing | None = None
    ) -> dict[str, Any]:
        names = found if wanted is None else [name for name in wanted if name in found]
        encode = (crossing or self.crossing).encode
        return {name: encode(found[name], name) for name in names}

    def _body(self, piece: Piece, run: Run) -> Body:
        if piece.id not in self._ready:
            self._ready[piece.id] = self._made(piece, run)
        return self._ready[piece.id]

    def _made(self, piece: Piece, run: Run) -> Body:
        """What starts the piece, given its context's names and its inputs, and what tells the names that it binds."""
        if piece.function is not None:
            function, names = piece.function, finding.context_of(piece.function, run)
            return lambda give, values: function(**values, **{name: give(name) for name in names}), _bound
        if piece.code:
            made, used = compiled(piece, run.context)
            return lambda give, values: made(**values, **{name: give(name) for name in used}), _bound
        target = load(piece.call)
        take = _held if piece.condition else _resulting
        return lambda _give, values: call(target, values), take

    def _guard(self, piece: Piece) -> Callable[[BaseException], bool]:
        return lambda error: (
            isinstance(error, RetryAsked) or any(fits(describe(error), names) for names in piece.guards)
        )

    def _host(self, run: Run) -> Host:
        if run.id not in self._hosts:
            self._hosts[run.id] = finding.host(run, self.plan.application)
            for module in self.plan.loads:
                importlib.import_module(module)
        return self._hosts[run.id]

    @contextmanager
    def _sending(self, piece: str, sends: tuple[str, ...], context: Context) -> Generator[Done]:
        """What is sent inside leaves with the result, or with what ends the block."""
        done = Done(outputs={}, sent=[])
        with capturing(piece, context["id"], self.plan, sends) as capture:
            try:
                yield done
            except (Ended, RetryAsked) as end:
                end.sent = self._messages(capture, sends)
                raise
            except Exception as error:
                vars(error)[_SENT] = self._messages(capture, sends)
                raise
            done["sent"] = binding.in_order(self._messages(capture, sends))

    def _messages(self, capture: Capture, sends: tuple[str, ...]) -> list[Message]:
        encode = self.crossing.encode
        made = [binding.message(sent, capture.piece, self.plan, sends, encode) for sent in capture.sent]
        piece = self.plan.piece_of.get(capture.piece)
        return binding.reordered(made, dict(piece.order)) if piece is not None else made

    def _error_value(self, error: BaseException) -> Any:
        # What had been sent is no part of the error, and is still to be asked for.
        sent = vars(error).pop(_SENT, None)
        try:
            return self._told_value(error)
        finally:
            if sent is not None:
                vars(error)[_SENT] = sent

    def _told_value(self, error: BaseException) -> Any:
        for cls in type(error).__mro__:
            if self.crossing.classes.knows(cls):
                make: Any = cls
                told = make.__new__(make, str(error))
                try:
                    return self.crossing.encode(error if cls is type(error) else told, "error")
                except RefusedError:
                    return self.crossing.encode(told, "error")
        return None


@contextmanager
def _exiting(guards: Sequence[Sequence[str]]) -> Generator[None]:
    """Code that ends its process ends the run only: well with status zero, unless a guard takes that."""
    try:
        yield
    except SystemExit as end:
        if end.code in {None, 0} and not any(fits(describe(end), names) for names in guards):
            raise Ended from end
        raise ExitedError(end) from end


@contextmanager
def _telling(what: str) -> Generator[None]:
    try:
        yield
    except (Exception, SystemExit) as error:
        raise RefusedError(f"{what}: {type(error).__name__}: {error}") from error


def sent_before(error: BaseException) -> list[Message]:
    """What the code had sent before it failed: a queue would have it by then."""
    if isinstance(error, Ended | RetryAsked):
        return error.sent
    return vars(error).get(_SENT, [])


def _held(value: Any) -> dict[str, Any]:
    return {"case": bool(value)}


def _resulting(value: Any) -> dict[str, Any]:
    return {"result": value}


def _bound(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(f"a step's function returns the names that it binds, not a {type(value).__name__}")
    return value
