"""Celery's tasks after they are found: hooks of their base class, retries that they ask for, routes to queues.

`self` in a bound task is the task object only because the decorator's option says so, and hooks belong to the class
named by another option: neither stands at the call that a rule would match.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

import msgspec

from discover.catalog.spec import Pick
from discover.facts import records as ir
from discover.facts.source_text import ending, text_of
from discover.frameworks.entry_points.retry_policies import ANY_ERROR
from discover.frameworks.handing_over.celery_base_classes import ATTEMPTS, DECORATORS, DELAY, TaskClasses
from discover.frameworks.reading.schedules import duration_of
from discover.frameworks.records import Dispatch, EntryPoint, HookEdge, called_at
from discover.frameworks.rules.given import Given
from discover.model import RetryPolicy, Unsaid
from discover.resolve.values import ConstantValue, ContainerValue, Value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discover.frameworks.workbench import Workbench
    from discover.resolve.sites import CallSite
    from discover.resolve.symbols import Class, Function

_HOOKS: dict[str, Literal["before", "after", "success", "failure", "retry"]] = {
    "__call__": "before",
    "before_start": "before",
    "on_success": "success",
    "on_failure": "failure",
    "on_retry": "retry",
    "after_return": "after",
}
_ROUTES = ("CELERY_TASK_ROUTES", "CELERY_ROUTES", "task_routes")
_RETRY = "celery.app.task.Task.retry"
_ASKED = "celery.exceptions.Retry"
"""What `retry` raises."""
_COUNTDOWN = Pick(keyword="countdown")
_HANDED = 40
"""More tasks than these that one function may try again say nothing about any of them."""


def register(bench: Workbench) -> None:
    """Add what the tasks' base classes and the routes say."""
    for function, cls in TaskClasses(bench).of.items():
        _hooks(bench, function, cls)
    _route(bench)


def connect(bench: Workbench) -> None:
    """Find the tasks that put themselves on the queue again."""
    tasks = {
        e.unit: (key, e) for key, e in bench.found.entry_points.items() if e.kind == "task" and e.framework == "celery"
    }
    classes = TaskClasses(bench)
    tried: set[str] = set()
    for unit, (key, entry) in tasks.items():
        function = bench.program.functions.get(unit)
        if function is None:
            continue
        sites = _retries(bench, function, entry)
        usual = _learn(bench, key, sites)
        for site in sites:
            _retried(bench, (function,), site, usual)
            tried.add(key)
    for match in bench.index.calls(_RETRY):
        if match.site.function.id in tasks:
            continue
        behind = bench.handlers.functions(match.receivers) or classes.below(match.site.function.owner)
        handed = sorted((f for f in behind if f.id in tasks), key=lambda f: f.id)
        if len(handed) > _HANDED:
            continue
        if handed:
            _retried(bench, tuple(handed), match.site)
        for function in handed:
            _learn(bench, tasks[function.id][0], [match.site])
            tried.add(tasks[function.id][0])
    _settle(bench, tried, classes)
    classes.lead_through_own_sending()


def _settle(bench: Workbench, tried: set[str], classes: TaskClasses) -> None:
    """Say which tasks are tried again only when they ask; `max_retries` of one that never does means nothing."""
    automatic = _automatic(bench, classes)
    for key, entry in bench.found.entry_points.items():
        if entry.framework != "celery" or entry.kind != "task" or entry.retry is None:
            continue
        if bool(entry.retry.on) or entry.retry.backoff is not None or entry.unit in automatic:
            bench.found.entry_points[key] = _with_unknown_errors(entry, automatic.get(entry.unit))
            continue
        asks = key in tried or _hands_itself_on(bench, entry)
        retry = msgspec.structs.replace(entry.retry, on=(_ASKED,), asked=True) if asks else None
        bench.found.entry_points[key] = msgspec.structs.replace(entry, retry=retry)


def _with_unknown_errors(entry: EntryPoint, told: Unsaid | None) -> EntryPoint:
    """The task, with what is to be told of options that may name errors, where nothing else names or tells any."""
    if told is None or entry.retry is None or entry.retry.on or entry.retry.unsaid:
        return entry
    return msgspec.structs.replace(entry, retry=msgspec.structs.replace(entry.retry, unsaid=(told,)))


def _hands_itself_on(bench: Workbench, entry: EntryPoint) -> bool:
    """Whether a bound task gives itself to something else, which may try it again."""
    function = bench.program.functions.get(entry.unit)
    if function is None or not (entry.given or function.owner is not None) or not function.record.parameters:
        return False
    own = function.record.parameters[0].name
    return any(
        isinstance(argument, ir.Name) and argument.id == own
        for site in bench.program.sites(function)
        for argument in (*site.call.arguments, *(k.value for k in site.call.keywords))
    )


def _automatic(bench: Workbench, classes: TaskClasses) -> dict[str, Unsaid]:
    """Tasks that Celery itself tries again, though the errors may not be known; and those of unknown options."""
    found: dict[str, Unsaid] = {}
    for decoration, _ in bench.index.decorations(DECORATORS):
        call, module = decoration.call, decoration.definition.module
        for keyword in call.keywords if call is not None else ():
            is_none = isinstance(keyword.value, ir.Sequence) and not keyword.value.items
            if call is not None and keyword.name in (None, "autoretry_for") and not is_none:
                text = f"{keyword.name}={text_of(keyword.value)}" if keyword.name else f"**{text_of(keyword.value)}"
                told = Unsaid(text=text, means=ANY_ERROR, at=f"{module.path}:{call.line}")
                found.setdefault(decoration.definition.id, told)
    for function, cls in classes.of.items():
        if bench.program.class_attribute(cls, "autoretry_for"):
            told = Unsaid(text="autoretry_for", means=ANY_ERROR, at=f"{cls.module.path}:{cls.record.line}")
            found.setdefault(function.id, told)
    return found


def _learn(bench: Workbench, key: str, sites: list[CallSite]) -> float | None:
    """Take over how a task is tried again from the calls that do so.

    Where these wait for different times, no one time is the task's: the policy has that of the calls which say none,
    else the last one, and tells the others. The answer is then what a call that says none waits for.
    """
    known = bench.found.entry_points[key]
    policy = known.retry
    for site in sites:
        policy = _policy(bench, policy, site)
    delays = [_delay(bench, site) for site in sites]
    if policy is None or (len(set(delays)) < 2 and not any(isinstance(one, str) for one in delays)):
        bench.found.entry_points[key] = msgspec.structs.replace(known, retry=policy)
        return None
    usual = DELAY if known.retry is None or known.retry.delay is None else known.retry.delay
    numbers = [one for one in delays if isinstance(one, float)]
    said = usual if None in delays or not numbers else numbers[-1]
    others = [_otherwise(site, said) for site, one in zip(sites, delays, strict=True) if one not in (None, said)]
    policy = msgspec.structs.replace(policy, delay=said, unsaid=(*policy.unsaid, *others))
    bench.found.entry_points[key] = msgspec.structs.replace(known, retry=policy)
    return usual


def _delay(bench: Workbench, site: CallSite) -> float | str | None:
    """What a call waits for before the next try: seconds, or the code's words; None where it does not say."""
    expression = bench.picker.expression(_COUNTDOWN, site.call)
    if expression is None or (isinstance(expression, ir.Constant) and expression.value is None):
        return None
    number = bench.picker.number(_COUNTDOWN, Given(site.call, site.function))
    return text_of(expression) if number is None else float(number)


def _otherwise(site: CallSite, said: float) -> Unsaid:
    """A try that waits for another time than the policy can say."""
    given = next((one for one in site.call.keywords if one.name == "countdown"), None)
    text = f"countdown={text_of(given.value)}" if given is not None else text_of(site.call)
    at = f"{site.function.module.path}:{site.line}"
    return Unsaid(
        text=text, means=f"the time is not the same for each try: the next one follows after {said:g} s", at=at
    )


def _hooks(bench: Workbench, function: Function, cls: Class) -> None:
    for level in cls.mro:
        for method in level.methods() if level.is_project else ():
            if method.record.name == "__call__":
                _runs(bench, method, function)
    order = 0
    for name, moment in _HOOKS.items():
        method = bench.program.find_method(cls, name)
        if method is None or not method.is_project:
            continue
        order += 1
        bench.found.hook(
            HookEdge(
                unit=function.id,
                number=None,
                line=function.record.line,
                target=method.id,
                receiver="" if function.owner is not None else cls.id,
                order=order,
                library="celery",
                moment=moment,
                confidence=0.95,
                evidence=f"base class {cls.id}",
            )
        )


def _runs(bench: Workbench, method: Function, function: Function) -> None:
    """A base class's `__call__` runs the tasks that have it."""
    bench.found.hook(
        HookEdge(
            unit=method.id,
            number=None,
            line=method.record.line,
            target=function.id,
            order=0,
            library="celery",
            moment="entry",
            confidence=0.7,
            evidence="base class of the task",
        )
    )


def _retries(bench: Workbench, function: Function, entry: EntryPoint) -> list[CallSite]:
    parameters = function.record.parameters
    found: list[CallSite] = []
    for site in bench.program.sites(function):
        called = site.call.function
        if not isinstance(called, ir.Attribute) or called.name != "retry":
            continue
        known = any(external.path == _RETRY for external in site.externals)
        own = isinstance(called.value, ir.Name) and bool(parameters) and called.value.id == parameters[0].name
        if known or (own and (entry.given or function.owner is not None)):
            found.append(site)
    return found


def _retried(bench: Workbench, functions: tuple[Function, ...], site: CallSite, usual: float | None = None) -> None:
    """Add the hop to the next try; `usual` is what it waits for where the call does not say it."""
    given = Given(site.call, site.function)
    delay = Pick(keyword=["countdown", "eta"])
    expression = bench.picker.expression(delay, site.call)
    bench.found.dispatch(
        Dispatch(
            **called_at(site),
            edge="dispatch",
            library="celery",
            targets=tuple(function.id for function in functions),
            channel="retry",
            delay=duration_of(bench.program, given.scope, expression) if expression is not None else usual,
            delay_text=text_of(expression) if expression is not None else "",
            confidence=0.95 if len(functions) == 1 else 0.8,
            evidence=_RETRY,
        )
    )


def _policy(bench: Workbench, known: RetryPolicy | None, site: CallSite) -> RetryPolicy:
    given = Given(site.call, site.function)
    attempts = bench.picker.number(Pick(keyword="max_retries", plus=1), given)
    delay = bench.picker.number(_COUNTDOWN, given)
    policy = known or RetryPolicy(attempts=ATTEMPTS, delay=DELAY)
    return msgspec.structs.replace(
        policy,
        attempts=int(attempts) if attempts is not None else policy.attempts,
        delay=delay if delay is not None else policy.delay,
        text=policy.text or text_of(site.call),
    )


def _route(bench: Workbench) -> None:
    """Queues that a table of routes gives to tasks by name."""
    rules = [rule for value in _routings(bench) for rule in _rules(value)]
    if not rules:
        return
    for key, entry in bench.found.entry_points.items():
        if entry.kind != "task" or entry.detail.queue or not entry.names:
            continue
        for pattern, queue in rules:
            if fnmatchcase(entry.names[0], pattern):
                detail = msgspec.structs.replace(entry.detail, queue=queue)
                bench.found.entry_points[key] = msgspec.structs.replace(entry, detail=detail)
                break


def _routings(bench: Workbench) -> Iterator[Value]:
    """The tables: settings, `app.conf.task_routes = {…}`, `app.conf.update(task_routes={…})`."""
    for name in _ROUTES:
        yield from bench.program.setting(name)
    for function in bench.program.all_functions:
        for _, value in bench.contexts.attributes_set(function, {"task_routes"}):
            yield from bench.program.values_of(function, value)
        for site in function.sites.values():
            for keyword in site.call.keywords:
                if keyword.name == "task_routes" and ending(site.call.function) == "update":
                    yield from bench.program.values_of(function, keyword.value)


def _rules(value: Value) -> list[tuple[str, str]]:
    if not isinstance(value, ContainerValue):
        return []
    found: list[tuple[str, str]] = []
    if value.kind == "dict":
        for pattern, slot in value.items.items():
            found += [(str(pattern), queue) for one in slot.values for queue in _queues(one)]
        return found
    for slot in value.items.values():
        for one in slot.values:
            if isinstance(one, ContainerValue) and one.kind == "tuple" and 0 in one.items and 1 in one.items:
                patterns = [str(v.value) for v in one.items[0].values if isinstance(v, ConstantValue)]
                queues = [queue for v in one.items[1].values for queue in _queues(v)]
                found += [(pattern, queue) for pattern in patterns for queue in queues]
            else:
                found += _rules(one)
    return found


def _queues(value: Value) -> list[str]:
    if isinstance(value, ContainerValue) and "queue" in value.items:
        return [str(v.value) for v in value.items["queue"].values if isinstance(v, ConstantValue)]
    return [str(value.value)] if isinstance(value, ConstantValue) and isinstance(value.value, str) else []
