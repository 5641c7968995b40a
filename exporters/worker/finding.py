"""Finds what a run is made of: its function, its signature, and the host that makes its context."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from exporters.worker import (
    arq_jobs,
    celery_tasks,
    consuming,
    django_commands,
    dramatiq_actors,
    huey_tasks,
    kombu_messages,
    pika_messages,
    rq_jobs,
)
from exporters.worker.errors import CaptureError
from exporters.worker.hosts import Host, MethodHost, PlainHost
from exporters.worker.plan import Run
from exporters.worker.targets import SCRIPT, load


def family(framework: str) -> str:
    """`flask`, `django`, `asgi` or `aiohttp`; empty for a framework whose requests can't be sent."""
    word = framework.lower().replace("-", "_").partition(" ")[0]
    if word.startswith("flask"):
        return "flask"
    if word in {"django", "rest_framework", "ninja", "django_ninja"}:
        return "django"
    if word == "aiohttp":
        return "aiohttp"
    return "asgi" if word in {"fastapi", "starlette"} else ""


def host(run: Run, application: str) -> Host:
    """Where the run's code runs."""
    if run.is_request:
        return _web_host(run, application)
    target = _target(run)
    if celery_tasks.is_task(target):
        return celery_tasks.CeleryHost(target, run)
    if dramatiq_actors.is_actor(target):
        return dramatiq_actors.DramatiqHost(target, run)
    if huey_tasks.is_task(target):
        return huey_tasks.HueyHost(target, run)
    if django_commands.is_command(target):
        return django_commands.CommandHost(target)
    if run.framework in _JOBS and target is not None:
        return _JOBS[run.framework](plain(target), run)
    if run.framework in _CONSUMERS:
        return _CONSUMERS[run.framework](target, run)
    if inspect.ismethod(target):
        return MethodHost(target)
    return PlainHost(plain(target) if target is not None else None)


def filled(found: Host, values: dict[str, Any]) -> dict[str, Any]:
    """What a run begins with, of what its user gives it."""
    return found.filled(values) if isinstance(found, django_commands.CommandHost) else values


_JOBS = {"arq": arq_jobs.ArqHost, "rq": rq_jobs.RqHost}
_CONSUMERS: dict[str, type[consuming.ConsumerHost]] = {
    "kombu": kombu_messages.KombuHost,
    "pika": pika_messages.PikaHost,
}


def _web_host(run: Run, application: str) -> Host:
    match family(run.framework):
        case "flask":
            from exporters.worker import flask_host

            return flask_host.host(run, application)
        case "django":
            from exporters.worker import django_host

            return django_host.host(run)
        case "asgi":
            from exporters.worker import asgi_host

            return asgi_host.host(run, application)
        case "aiohttp":
            from exporters.worker import aiohttp_host

            return aiohttp_host.host(run, application)
        case _:
            raise CaptureError(f"requests to {run.framework or 'an unknown framework'} can't be sent")


def _target(run: Run) -> Any:
    """The run's function; None for one inside another function, which nothing can name."""
    return None if "<locals>" in run.function else load(run.function)


def plain(target: Any) -> Callable[..., Any]:
    """The function below a queue's task or actor; of a Celery task that tries itself again, what it wraps."""
    if isinstance(target, partial):
        return target
    for attribute in ("_orig_run", "run", "fn", "func"):
        found = getattr(target, attribute, None)
        if callable(found) and not inspect.isfunction(target) and not inspect.isclass(target):
            return found
    return target


def signature(run: Run) -> inspect.Signature | None:
    """The parameters that arguments are bound to: all but what nobody sends."""
    if run.framework in _CONSUMERS:
        return consuming.signature(run)
    if run.function.endswith(SCRIPT):
        return inspect.Signature()
    target = _target(run)
    if target is None:
        return None
    if django_commands.is_command(target):
        return django_commands.signature(target)
    try:
        found = inspect.signature(_told(plain(target), run))
    except (TypeError, ValueError):
        return None
    unsent = set(run.context).difference(run.parameters)
    kept = [parameter for name, parameter in found.parameters.items() if name not in unsent]
    return found.replace(parameters=kept)


def _told(function: Callable[..., Any], run: Run) -> Callable[..., Any]:
    """The function whose parameters a run has: below wrappers that take whatever they are given, and do not say so."""
    name = run.function.rpartition(":")[2].rpartition(".")[2]
    found: Any = function
    while not {*run.parameters} <= {*inspect.signature(found).parameters}:
        cells = [cell.cell_contents for cell in getattr(inspect.unwrap(found), "__closure__", None) or ()]
        inner = [one for one in cells if inspect.isfunction(one)]
        named = [one for one in inner if one.__name__ == name]
        if len(named or inner) != 1:
            return function
        found = (named or inner)[0]
    return found


def context_of(function: Callable[..., Any], run: Run) -> tuple[str, ...]:
    """The names of the run's context that a generated function takes."""
    return tuple(name for name in inspect.signature(function).parameters if name in run.context)
