"""Dramatiq without a broker: what actors send is held back, and actors run as a worker's middleware has it."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

from exporters.worker.capture import Sent, current
from exporters.worker.errors import CaptureError, Ended, RetryAsked
from exporters.worker.hosts import Job, PlainHost
from exporters.worker.messages import Context
from exporters.worker.plan import Run

_ENGINE = frozenset(
    {"AgeLimit", "TimeLimit", "Retries", "Callbacks", "Pipelines", "GroupCallbacks", "Results", "Prometheus"}
    | {"ShutdownNotifications", "Shutdown"}
)
"""Dramatiq's own middleware whose work the engine does, or that needs the broker."""


def install() -> None:
    """Every broker that is made from now on records what it is asked to enqueue, and so does the present one."""
    from dramatiq import broker
    from dramatiq.composition import group

    make: Any = broker.Broker.__init__
    if getattr(make, "holds_back", False):
        return

    def made(self: Any, *args: Any, **options: Any) -> None:
        make(self, *args, **options)
        _stand_in(self)

    made.holds_back = True  # type: ignore[attr-defined]
    broker.Broker.__init__ = made  # type: ignore[method-assign]
    if broker.global_broker is not None:
        _stand_in(broker.global_broker)
    run: Any = group.run
    group.run = lambda self, *, delay=None: _run_group(run, self, delay)  # type: ignore[method-assign]


def is_actor(target: object) -> bool:
    """Whether this is an actor."""
    import sys

    module = sys.modules.get("dramatiq.actor")
    return module is not None and isinstance(target, module.Actor)


def _stand_in(broker: Any) -> None:
    broker.enqueue = partial(_enqueue, broker)


def _enqueue(broker: Any, message: Any, *, delay: float | None = None) -> Any:
    """Stands in for `Broker.enqueue`."""
    if current().task_id == message.message_id:
        current().retried = True
        return message
    broker.emit_before("enqueue", message, delay)
    _record(broker, message, delay)
    broker.emit_after("enqueue", message, delay)
    return message


def _record(broker: Any, message: Any, delay: float | None, after: tuple[str, ...] = ()) -> str:
    """Record one message and what comes after it; gives the id of the last one."""
    told = type(message).decode(message.encode())
    options = told.options
    actor = broker.actors.get(told.actor_name)
    for word in ("on_failure", "on_retry_exhausted"):
        if options.get(word):
            raise CaptureError(
                f"{told.actor_name} was sent with `{word}`: what follows a failure stands in `on_failure`"
            )
    ignores = options.get("pipe_ignore") or (actor is not None and actor.options.get("pipe_ignore"))
    seconds = (delay or 0) / 1000
    sent = Sent(
        id=told.message_id,
        name=told.actor_name,
        args=tuple(told.args),
        kwargs=dict(told.kwargs),
        due=time.time() + seconds if seconds and not after else None,
        after=after,
        delay=seconds if after else 0.0,
        takes="last" if after and not ignores else "",
    )
    current().sent.append(sent)
    if options.get("on_success"):
        current().sent.append(
            Sent(
                id=f"{told.message_id}-success",
                name=options["on_success"],
                args=(told.asdict(),),
                after=(told.message_id,),
                takes="last",
            )
        )
    if options.get("pipe_target"):
        following = type(message)(**options["pipe_target"])
        return _record(broker, following, following.options.get("delay"), (told.message_id,))
    return told.message_id


def _run_group(original: Callable[..., Any], group: Any, delay: float | None) -> Any:
    """Stands in for `group.run`: what comes after all of them needs no counting here."""
    if not group.completion_callbacks:
        return original(group, delay=delay)
    ends: list[str] = []
    for child in group.children:
        message = child.messages[0] if hasattr(child, "messages") else child
        ends.append(_record(group.broker, message, delay or message.options.get("delay")))
    for callback in group.completion_callbacks:
        message = _message_class()(**callback)
        current().sent.append(
            Sent(
                id=message.message_id,
                name=message.actor_name,
                args=tuple(message.args),
                kwargs=dict(message.kwargs),
                after=tuple(ends),
            )
        )
    return group


def _message_class() -> Any:
    from dramatiq.message import Message

    return Message


class DramatiqHost(PlainHost):
    """One actor: its message is the current one, and the backend's own middleware is around each piece."""

    def __init__(self, actor: Any, run: Run) -> None:
        super().__init__(inspect.unwrap(actor.fn) if hasattr(actor.fn, "__wrapped__") else actor.fn)
        self._actor = actor
        self._run = run

    def perform(self, job: Job) -> dict[str, Any]:
        """Run the piece as the actor's."""
        with self._under(job.context, job.arguments), _retry_as_asked():
            return job.encode(job.done(self.name))

    def whole(self, context: Context, values: dict[str, Any]) -> Any:
        """One try of the actor."""
        with self._under(context, values), _retry_as_asked():
            return super().whole(context, values)

    def failed(self, context: Context, arguments: dict[str, Any], error: BaseException) -> None:
        """What the actor's options say of failures: these actors get the message."""
        message = self._message(context, arguments)
        tries = {"retries": context["attempt"], "max_retries": (self._run.attempts or 1) - 1}
        described = {"type": type(error).__name__, "message": str(error)}
        for word, told in (("on_failure", described), ("on_retry_exhausted", tries)):
            name = self._actor.options.get(word)
            if name:
                self._actor.broker.get_actor(name).send(message.asdict(), told)

    @contextmanager
    def _under(self, context: Context, arguments: dict[str, Any]) -> Generator[None]:
        from dramatiq.middleware import SkipMessage

        message, broker = self._message(context, arguments), self._actor.broker
        around = [one for one in broker.middleware if type(one).__name__ not in _ENGINE]
        failed: BaseException | None = None
        try:
            for middleware in around:
                middleware.before_process_message(broker, message)
        except SkipMessage as error:
            raise Ended from error
        try:
            yield
        except Exception as error:
            failed = error
            raise
        finally:
            for middleware in reversed(around):
                middleware.after_process_message(broker, message, exception=failed)

    def _message(self, context: Context, arguments: dict[str, Any]) -> Any:
        bound = inspect.signature(self._actor.fn).bind_partial()
        bound.arguments.update(arguments)
        return _message_class()(
            queue_name=self._actor.queue_name,
            actor_name=self._actor.actor_name,
            args=bound.args,
            kwargs=bound.kwargs,
            options={"retries": context["attempt"]},
            message_id=context["id"],
        )


@contextmanager
def _retry_as_asked() -> Generator[None]:
    from dramatiq.errors import Retry

    try:
        yield
    except Retry as error:
        raise RetryAsked(None if error.delay is None else error.delay / 1000, error) from error
